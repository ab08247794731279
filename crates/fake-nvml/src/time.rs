//! Instants on the wall clock that every process shares.

use std::time::{SystemTime, UNIX_EPOCH};

/// Nanoseconds in a second.
pub(crate) const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// An instant of `CLOCK_REALTIME`, in whole nanoseconds since 1970-01-01T00:00:00Z.
///
/// Whole, so that a phase or a multiple of a step is exact however long ago the epoch was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(i64);

impl UnixTime {
    /// The epoch itself.
    pub const EPOCH: Self = Self(0);

    /// From nanoseconds since the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// From seconds since the epoch, to the nearest microsecond.
    ///
    /// A double holds today's date to a quarter of a microsecond only: rounding makes `1790000000.1` mean a tenth exactly.
    /// What is not finite or lies beyond the year 2200 is clamped.
    #[expect(clippy::cast_possible_truncation, reason = "clamped first")]
    pub fn from_seconds(seconds: f64) -> Self {
        let limit = 7.3e9;
        let seconds = if seconds.is_nan() { 0.0 } else { seconds.clamp(-limit, limit) };
        let whole = seconds.floor();
        let micros = ((seconds - whole) * 1e6).round() as i64;
        Self(whole as i64 * NANOS_PER_SECOND + micros * 1_000)
    }

    /// Reads the clock.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    pub fn now() -> Self {
        Self::from_system(SystemTime::now())
    }

    /// From the standard library's clock or a file's time of change.
    pub fn from_system(time: SystemTime) -> Self {
        let nanos = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |n| -n),
        };
        Self(nanos)
    }

    /// Nanoseconds since the epoch.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Seconds since the epoch, rounded to what a double holds.
    #[expect(clippy::cast_precision_loss, reason = "documented")]
    pub fn as_seconds(self) -> f64 {
        let whole = self.0.div_euclid(NANOS_PER_SECOND) as f64;
        let rest = self.0.rem_euclid(NANOS_PER_SECOND) as f64;
        whole + rest / 1e9
    }

    /// The latest multiple of `step_nanos` since the epoch that is not after `self`; `self` where the step is 0.
    pub(crate) fn floor_to(self, step_nanos: i64) -> Self {
        if step_nanos <= 0 { self } else { Self(self.0.div_euclid(step_nanos) * step_nanos) }
    }

    /// `nanos` later.
    pub(crate) fn plus_nanos(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }
}

/// When the system booted, to the second: the kernel's own figure, which every process reads alike.
///
/// The epoch where there is no `/proc/stat`.
pub(crate) fn boot_time() -> UnixTime {
    std::fs::read_to_string("/proc/stat")
        .ok()
        .and_then(|stat| {
            stat.lines().find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())
        })
        .map_or(UnixTime::EPOCH, |seconds: i64| UnixTime(seconds.saturating_mul(NANOS_PER_SECOND)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tenths_of_a_second_survive_the_double() {
        let at = UnixTime::from_seconds(1_790_000_000.1);
        assert_eq!(at.as_nanos(), 1_790_000_000_100_000_000);
        assert_eq!(at.floor_to(100_000_000), at);
        assert!((at.as_seconds() - 1_790_000_000.1).abs() < 1e-6);
    }

    #[test]
    fn a_step_of_zero_keeps_the_instant() {
        let at = UnixTime::from_nanos(123_456_789);
        assert_eq!(at.floor_to(0), at);
        assert_eq!(at.floor_to(100_000_000).as_nanos(), 100_000_000);
        assert_eq!(UnixTime::from_nanos(-1).floor_to(10).as_nanos(), -10);
    }

    #[test]
    fn what_is_not_a_number_is_the_epoch() {
        assert_eq!(UnixTime::from_seconds(f64::NAN), UnixTime::EPOCH);
        assert_eq!(
            UnixTime::from_seconds(f64::INFINITY).as_nanos(),
            7_300_000_000 * NANOS_PER_SECOND
        );
    }

    #[test]
    fn the_system_booted_before_now() {
        assert!(boot_time() < UnixTime::now());
    }
}
