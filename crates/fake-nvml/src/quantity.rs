//! Power and energy as integers, so that sums of integrals are exact.

use std::ops::{Add, AddAssign, Sub};

/// Power in whole microwatts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Microwatts(i64);

impl Microwatts {
    /// The highest power of a waveform, in watts.
    pub(crate) const MAX_WATTS: f64 = 1e6;

    /// Converts watts to the nearest microwatt; `None` for values that are negative, not finite or above
    /// [`Self::MAX_WATTS`].
    #[expect(clippy::cast_possible_truncation, reason = "checked first")]
    pub(crate) fn from_watts(watts: f64) -> Option<Self> {
        (0.0..=Self::MAX_WATTS).contains(&watts).then(|| Self((watts * 1e6).round() as i64))
    }

    /// Converts a number of microwatts; negative values become zero.
    #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
    pub(crate) fn from_float(microwatts: f64) -> Self {
        Self(microwatts.round().max(0.0) as i64)
    }

    #[expect(clippy::cast_precision_loss, reason = "at most 1e12")]
    pub(crate) fn as_watts(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The nearest number of milliwatts, the unit of NVML.
    pub(crate) fn as_milliwatts(self) -> u32 {
        u32::try_from((self.0 + 500) / 1_000).unwrap_or(u32::MAX)
    }

    /// The sum of two powers.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The energy of this power over a time.
    pub(crate) fn for_nanos(self, nanos: i64) -> Femtojoules {
        Femtojoules(i128::from(self.0) * i128::from(nanos))
    }
}

/// Energy in whole femtojoules. One femtojoule is one microwatt for one nanosecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Femtojoules(i128);

impl Femtojoules {
    pub(crate) const ZERO: Self = Self(0);

    /// Converts joules to the nearest femtojoule.
    #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
    pub(crate) fn from_joules(joules: f64) -> Self {
        Self((joules * 1e15).round() as i128)
    }

    #[expect(clippy::cast_precision_loss, reason = "the caller needs a floating-point number")]
    pub(crate) fn as_joules(self) -> f64 {
        self.0 as f64 / 1e15
    }

    /// The number of whole millijoules, rounded down; negative values become zero.
    pub(crate) fn as_millijoules(self) -> u64 {
        u64::try_from((self.0 / 1_000_000_000_000).max(0)).unwrap_or(u64::MAX)
    }

    /// A multiple of the energy.
    pub(crate) fn times(self, count: i64) -> Self {
        Self(self.0 * i128::from(count))
    }

    /// The energy times a factor, which counts in millionths, so that more energy never becomes less.
    #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
    pub(crate) fn scaled(self, factor: f64) -> Self {
        Self(self.0 * i128::from((factor * 1e6).round() as i64) / 1_000_000)
    }

    /// The mean power that gives this energy over a time; zero for no time.
    pub(crate) fn mean_power(self, nanos: i64) -> Microwatts {
        let mean = if nanos > 0 { self.0 / i128::from(nanos) } else { 0 };
        Microwatts(i64::try_from(mean.max(0)).unwrap_or(i64::MAX))
    }
}

impl Add for Femtojoules {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Femtojoules {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Femtojoules {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_hundred_watts_for_a_tenth_of_a_second_are_thirty_joules() {
        let power = Microwatts::from_watts(300.0).unwrap();
        let energy = power.for_nanos(100_000_000);
        assert_eq!(energy.as_millijoules(), 30_000);
        assert_eq!(energy.mean_power(100_000_000), power);
        assert_eq!(energy, Femtojoules::from_joules(30.0));
    }

    #[test]
    fn impossible_power_is_rejected() {
        for watts in [-1.0, f64::NAN, f64::INFINITY, 1e6 + 1.0] {
            assert_eq!(Microwatts::from_watts(watts), None, "{watts}");
        }
        assert_eq!(Microwatts::from_watts(0.0006).map(Microwatts::as_milliwatts), Some(1));
    }
}
