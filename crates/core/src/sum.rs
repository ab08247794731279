//! A sum that does not drift, even over many small parts.

/// Neumaier's compensated sum. Its error stays near one rounding, whereas the error of a plain sum grows with the
/// number of parts (a year of readings at 1 Hz has thirty million).
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    /// Adds a part, which is a finite number of either sign.
    pub fn add(&mut self, part: f64) {
        let total = self.total + part;
        self.lost += if self.total.abs() >= part.abs() {
            (self.total - total) + part
        } else {
            (part - total) + self.total
        };
        self.total = total;
    }

    /// The sum of all parts.
    #[must_use]
    pub fn value(self) -> f64 {
        self.total + self.lost
    }
}

#[cfg(test)]
mod tests {
    use super::Sum;

    #[test]
    fn a_compensated_sum_is_exact_where_a_plain_sum_is_not() {
        let mut sum = Sum::default();
        sum.add(1e16);
        for _ in 0..1000 {
            sum.add(1.0);
        }
        sum.add(-1e16);
        assert_eq!(sum.value(), 1000.0);
    }
}
