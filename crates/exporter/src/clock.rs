//! The only file that asks what time it is.

use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use gpu_carbon_core::{Span, Timestamp};
use rustix::time::{ClockId, clock_gettime};

/// One moment by three clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// By the calendar. This clock may be set.
    pub wall: Timestamp,
    /// Since the machine was booted, its sleep included: how much time truly passed.
    pub uptime: Span,
    /// Since the machine was booted, its sleep left out: for how long somebody could have answered.
    pub awake: Span,
}

/// The wall clock was set: what it called `was`, it calls `is`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockSet {
    /// What it would show.
    pub was: Timestamp,
    /// What it shows.
    pub is: Timestamp,
}

/// A clock that leads or lags by less was not set, but slewed.
const LEAST_JUMP: Span = Span::from_seconds(1);

/// For tests on a wall clock that runs fast: how many of its seconds pass in one of the machine's.
const RATE: &str = "GPU_CARBON_CLOCK_RATE";

impl Moment {
    /// On a machine that was booted at the epoch, never slept, and has a clock that was never set.
    #[cfg(test)]
    pub(crate) fn steady(wall: Timestamp) -> Moment {
        let uptime = wall.duration_since(Timestamp::EPOCH);
        Moment { wall, uptime, awake: uptime }
    }

    /// Whether the wall clock was set since an earlier moment of the same boot.
    pub(crate) fn clock_set_since(self, earlier: Moment) -> Option<ClockSet> {
        let was = earlier.wall + self.uptime.saturating_sub(earlier.uptime);
        let is = self.wall;
        (was.duration_since(is).max(is.duration_since(was)) > LEAST_JUMP)
            .then_some(ClockSet { was, is })
    }
}

impl ClockSet {
    /// By how many seconds the clock was set forward.
    pub(crate) fn seconds(self) -> f64 {
        self.is.duration_since(self.was).as_seconds()
            - self.was.duration_since(self.is).as_seconds()
    }
}

/// Now, by the wall clock.
#[must_use]
pub(crate) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
}

/// Now, by every clock.
#[must_use]
pub(crate) fn moment() -> Moment {
    Moment { wall: now(), uptime: times(read(ClockId::Boottime), rate()), awake: awake() }
}

/// Since the machine was booted, its sleep left out.
#[must_use]
pub(crate) fn awake() -> Span {
    read(ClockId::Monotonic)
}

/// What tells one boot of the machine from another; empty where the kernel does not say.
#[must_use]
pub(crate) fn boot_id() -> String {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    id.unwrap_or_default().trim().to_owned()
}

fn read(clock: ClockId) -> Span {
    let time = clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    let micros = u64::try_from(time.tv_nsec).unwrap_or_default() / 1000;
    Span::from_seconds(seconds) + Span::from_micros(micros)
}

fn rate() -> u64 {
    static READ: OnceLock<u64> = OnceLock::new();
    let from_environment = || std::env::var(RATE).ok()?.parse().ok();
    *READ.get_or_init(|| from_environment().unwrap_or(1))
}

const fn times(span: Span, rate: u64) -> Span {
    Span::from_micros(span.as_micros().saturating_mul(rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(wall: i64, uptime: u64) -> Moment {
        let uptime = Span::from_seconds(uptime);
        Moment { wall: Timestamp::from_unix_seconds(wall), uptime, awake: uptime }
    }

    #[test]
    fn a_clock_that_was_set_is_told_from_time_that_passed() {
        let before = moment(10_000, 500);
        assert_eq!(moment(13_600, 4100).clock_set_since(before), None, "an hour passed");
        assert_eq!(moment(10_002, 501).clock_set_since(before), None, "slewed");
        let forward = moment(13_601, 501).clock_set_since(before).unwrap();
        assert_eq!((forward.was, forward.seconds()), (moment(10_001, 0).wall, 3600.0));
        let back = moment(6401, 501).clock_set_since(before).unwrap();
        assert_eq!((back.is, back.seconds()), (moment(6401, 0).wall, -3600.0));
    }

    #[test]
    fn the_clocks_advance() {
        let (first, second) = (super::moment(), super::moment());
        assert!(first.awake > Span::ZERO);
        assert!(second.uptime >= first.uptime && second.awake >= first.awake);
        assert_eq!(second.clock_set_since(first), None);
    }
}
