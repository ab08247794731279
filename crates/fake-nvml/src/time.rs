//! Times of the wall clock, which all processes share.

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

/// The environment variable that chooses the clock: with the value [`OF_KERNEL`], the kernel's is read, which a library
/// that replaces the clock of the program does not change. GPUs are then as real ones: a wall clock that is set does not
/// set their counters.
pub const CLOCK_VARIABLE: &str = "FAKE_NVML_CLOCK";

/// The value of [`CLOCK_VARIABLE`] for the kernel's clock.
pub const OF_KERNEL: &str = "kernel";

/// The number of nanoseconds in a second.
pub(crate) const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// A time of `CLOCK_REALTIME`, in whole nanoseconds since 1970-01-01T00:00:00Z.
///
/// With integers, phases and multiples of a step are exact, however long ago the epoch was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixTime(i64);

impl UnixTime {
    /// The epoch.
    pub const EPOCH: Self = Self(0);

    /// Converts nanoseconds since the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Converts seconds since the epoch, to the nearest microsecond.
    ///
    /// For present dates, a double has a resolution of a quarter of a microsecond; rounding makes `1790000000.1` an exact
    /// tenth. Values after the year 2200 are cut to it, and NaN becomes the epoch.
    #[expect(clippy::cast_possible_truncation, reason = "clamped first")]
    pub fn from_seconds(seconds: f64) -> Self {
        let limit = 7.3e9;
        let seconds = if seconds.is_nan() { 0.0 } else { seconds.clamp(-limit, limit) };
        let whole = seconds.floor();
        let micros = ((seconds - whole) * 1e6).round() as i64;
        Self(whole as i64 * NANOS_PER_SECOND + micros * 1_000)
    }

    /// The present time.
    #[expect(clippy::disallowed_methods, reason = "the clock is read only here")]
    pub fn now() -> Self {
        static IS_OF_KERNEL: LazyLock<bool> =
            LazyLock::new(|| std::env::var_os(CLOCK_VARIABLE).is_some_and(|it| it == OF_KERNEL));
        if *IS_OF_KERNEL {
            let time = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
            return Self(time.tv_sec.saturating_mul(NANOS_PER_SECOND).saturating_add(time.tv_nsec));
        }
        Self::from_system(SystemTime::now())
    }

    /// Converts a time of the standard library, such as the modification time of a file.
    pub fn from_system(time: SystemTime) -> Self {
        let nanos = match time.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |n| -n),
        };
        Self(nanos)
    }

    /// The number of nanoseconds since the epoch.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// The number of seconds since the epoch, rounded to a double.
    #[expect(clippy::cast_precision_loss, reason = "documented")]
    pub fn as_seconds(self) -> f64 {
        let whole = self.0.div_euclid(NANOS_PER_SECOND) as f64;
        let rest = self.0.rem_euclid(NANOS_PER_SECOND) as f64;
        whole + rest / 1e9
    }

    /// The latest multiple of a step since the epoch that is not after this time; this time for a step of 0.
    pub(crate) fn floor_to(self, step_nanos: i64) -> Self {
        if step_nanos <= 0 { self } else { Self(self.0.div_euclid(step_nanos) * step_nanos) }
    }

    /// The time that is `nanos` later.
    pub(crate) fn plus_nanos(self, nanos: i64) -> Self {
        Self(self.0.saturating_add(nanos))
    }
}

/// The time of the system's boot, in whole seconds, by the kernel's value, which is the same for all processes. Without
/// `/proc/stat`, it is the epoch.
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
    fn tenths_of_a_second_are_exact() {
        let at = UnixTime::from_seconds(1_790_000_000.1);
        assert_eq!(at.as_nanos(), 1_790_000_000_100_000_000);
        assert_eq!(at.floor_to(100_000_000), at);
        assert!((at.as_seconds() - 1_790_000_000.1).abs() < 1e-6);
    }

    #[test]
    fn a_step_of_zero_keeps_the_time() {
        let at = UnixTime::from_nanos(123_456_789);
        assert_eq!(at.floor_to(0), at);
        assert_eq!(at.floor_to(100_000_000).as_nanos(), 100_000_000);
        assert_eq!(UnixTime::from_nanos(-1).floor_to(10).as_nanos(), -10);
    }

    #[test]
    fn not_a_number_becomes_the_epoch() {
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
