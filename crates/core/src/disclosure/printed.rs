//! Numbers as documents print them.

/// A number as a document prints it. It stands for every number that rounds to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Printed {
    /// The number.
    pub value: f64,
    /// Half of the unit of its last printed digit.
    pub half_unit: f64,
}

impl Printed {
    /// A number that is not rounded.
    #[must_use]
    pub const fn exact(value: f64) -> Printed {
        Printed { value, half_unit: 0.0 }
    }

    /// The number times a factor above 0.
    #[must_use]
    pub fn times(self, factor: f64) -> Printed {
        Printed { value: self.value * factor, half_unit: self.half_unit * factor }
    }

    /// The sum, which may be off by what both may.
    #[must_use]
    pub fn plus(self, other: Printed) -> Printed {
        Printed { value: self.value + other.value, half_unit: self.half_unit + other.half_unit }
    }

    /// The product, with the larger of its two errors.
    pub(super) fn by(self, other: Printed) -> Printed {
        let value = self.value * other.value;
        let highest = (self.value + self.half_unit) * (other.value + other.half_unit);
        Printed { value, half_unit: highest - value }
    }

    /// The quotient, with the larger of its two errors; `None` where the divisor may be 0.
    pub(super) fn over(self, other: Printed) -> Option<Printed> {
        let least = other.value - other.half_unit;
        let value = self.value / other.value;
        (least > 0.0).then(|| {
            let highest = (self.value + self.half_unit) / least;
            Printed { value, half_unit: highest - value }
        })
    }

    /// True where both may stand for the same number.
    #[must_use]
    pub fn agrees_with(self, other: Printed) -> bool {
        let rounding = 1e-9 * self.value.abs().max(other.value.abs());
        (self.value - other.value).abs() <= self.half_unit + other.half_unit + rounding
    }
}
