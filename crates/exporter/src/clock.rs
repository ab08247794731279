//! The exporter's only access to clocks.
#![expect(clippy::disallowed_methods, reason = "the one file of the exporter that reads clocks")]

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use gpu_carbon_core::{Span, Timestamp};
use rustix::time::{ClockId, clock_gettime};

/// One point in time on three clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    /// The calendar time. An operator or NTP may set this clock.
    pub wall: Timestamp,
    /// The time since the machine booted, including its sleep: the time that has really passed.
    pub uptime: Span,
    /// The time since the machine booted, without its sleep: the time in which a program could have run.
    pub awake: Span,
}

/// A jump of the wall clock: instead of the time `was`, it shows the time `is`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockJump {
    /// The time that the clock would show without the jump.
    pub was: Timestamp,
    /// The time that the clock shows.
    pub is: Timestamp,
}

/// Smaller differences are slewing by NTP, not a jump.
const LEAST_JUMP: Span = Span::from_seconds(1);

/// The environment variable that tests use to run the wall clock fast: the number of its seconds that pass
/// in one second of the machine.
const RATE: &str = "GPU_CARBON_CLOCK_RATE";

impl ClockReading {
    /// A reading on a machine that booted at the epoch, never slept, and whose clock was never set.
    #[cfg(test)]
    pub(crate) fn steady(wall: Timestamp) -> ClockReading {
        let uptime = wall.duration_since(Timestamp::EPOCH);
        ClockReading { wall, uptime, awake: uptime }
    }

    /// The same moment on a wall clock that was set.
    #[must_use]
    pub(crate) const fn on_clock_set(self, jump: ClockJump) -> ClockReading {
        ClockReading { wall: jump.moved(self.wall), ..self }
    }

    /// The jump of the wall clock since an earlier reading of the same boot, if it jumped.
    pub(crate) fn jump_since(self, earlier: ClockReading) -> Option<ClockJump> {
        let was = earlier.wall + self.uptime.saturating_sub(earlier.uptime);
        let is = self.wall;
        (was.duration_since(is).max(is.duration_since(was)) > LEAST_JUMP)
            .then_some(ClockJump { was, is })
    }
}

impl ClockJump {
    /// The time of the same moment on the clock that was set.
    pub(crate) const fn moved(self, at: Timestamp) -> Timestamp {
        at.on_clock_set(self.was, self.is)
    }

    /// The number of seconds that the clock was set forward; negative if it was set back.
    pub(crate) fn seconds(self) -> f64 {
        self.is.duration_since(self.was).as_seconds()
            - self.was.duration_since(self.is).as_seconds()
    }
}

/// A time before every build of this program, 2026-01-01T00:00:00Z. A wall clock that shows an earlier one was never set.
const EARLIEST: Timestamp = Timestamp::from_unix_seconds(1_767_225_600);

/// The end of the time that a ledger can have, 2200-01-01T00:00:00Z. A wall clock that shows a later one was set wrongly.
const END: Timestamp = Timestamp::from_unix_seconds(7_258_118_400);

/// The time that replaces that of a wall clock that is not set: it goes on from here by the uptime. It is the last one that
/// the wall clock has shown while it was set, or that of the last reading in the ledger.
#[derive(Debug, Clone, Copy)]
struct Substitute {
    at: Timestamp,
    uptime: Span,
}

static SUBSTITUTE: Mutex<Substitute> = Mutex::new(Substitute { at: EARLIEST, uptime: Span::ZERO });

impl Substitute {
    /// The time at an uptime.
    fn at(&mut self, uptime: Span) -> Timestamp {
        if self.uptime == Span::ZERO {
            self.uptime = uptime;
        }
        self.at + uptime.saturating_sub(self.uptime)
    }

    /// Goes on from a reading, unless that is earlier.
    fn continue_after(&mut self, read: Timestamp, uptime: Span) {
        *self = Substitute { at: self.at(uptime).max(read), uptime };
    }
}

/// The current time on the wall clock. If the wall clock is not set, it is a time that goes on from the last one that it has
/// shown in this process, or from the last reading in the ledger.
#[must_use]
pub(crate) fn now() -> Timestamp {
    let (time, uptime) = (system_time(), uptime());
    let mut substitute = SUBSTITUTE.lock().unwrap_or_else(PoisonError::into_inner);
    if !is_possible(time) {
        return substitute.at(uptime);
    }
    *substitute = Substitute { at: time, uptime };
    time
}

/// True if the wall clock is not set: it shows a time before this program was built, or one far in the future.
#[must_use]
pub(crate) fn is_unset() -> bool {
    !is_possible(system_time())
}

fn is_possible(time: Timestamp) -> bool {
    (EARLIEST..END).contains(&time)
}

/// Continues, from a reading, the time that is used in place of a wall clock that is not set.
pub(crate) fn continue_after(read: Timestamp) {
    let mut substitute = SUBSTITUTE.lock().unwrap_or_else(PoisonError::into_inner);
    substitute.continue_after(read, uptime());
}

fn system_time() -> Timestamp {
    let micros = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_micros()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_micros()).unwrap_or(i64::MAX),
    };
    Timestamp::from_unix_micros(micros)
}

/// The time since the machine booted, including its sleep.
fn uptime() -> Span {
    times(since_boot(ClockId::Boottime), rate())
}

/// The current time on the clock for waiting and timeouts, which is never set.
#[must_use]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// The time that has passed since an earlier [`instant`].
#[must_use]
pub(crate) fn elapsed_since(earlier: Instant) -> Duration {
    earlier.elapsed()
}

/// The current time on all three clocks.
#[must_use]
pub(crate) fn read() -> ClockReading {
    ClockReading { wall: now(), uptime: uptime(), awake: awake_time() }
}

/// The time since the machine booted, without its sleep.
#[must_use]
pub(crate) fn awake_time() -> Span {
    since_boot(ClockId::Monotonic)
}

/// The kernel's identifier of the current boot; empty if it cannot be read.
#[must_use]
pub(crate) fn boot_id() -> String {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    id.unwrap_or_default().trim().to_owned()
}

fn since_boot(clock: ClockId) -> Span {
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

    fn reading(wall: i64, uptime: u64) -> ClockReading {
        let uptime = Span::from_seconds(uptime);
        ClockReading { wall: Timestamp::from_unix_seconds(wall), uptime, awake: uptime }
    }

    #[test]
    fn a_clock_jump_differs_from_time_that_passed() {
        let before = reading(10_000, 500);
        assert_eq!(reading(13_600, 4100).jump_since(before), None, "an hour passed");
        assert_eq!(reading(10_002, 501).jump_since(before), None, "slewed");
        let forward = reading(13_601, 501).jump_since(before).unwrap();
        assert_eq!((forward.was, forward.seconds()), (reading(10_001, 0).wall, 3600.0));
        let back = reading(6401, 501).jump_since(before).unwrap();
        assert_eq!((back.is, back.seconds()), (reading(6401, 0).wall, -3600.0));
    }

    #[test]
    fn a_clock_that_was_never_set_is_replaced_by_the_uptime() {
        let seconds = Span::from_seconds;
        let mut substitute = Substitute { at: EARLIEST, uptime: Span::ZERO };
        assert_eq!(substitute.at(seconds(50)), EARLIEST);
        assert_eq!(substitute.at(seconds(51)), EARLIEST + seconds(1));
        let read = EARLIEST + seconds(1000);
        substitute.continue_after(read, seconds(52));
        assert_eq!(substitute.at(seconds(54)), read + seconds(2), "after the reading");
        substitute.continue_after(EARLIEST, seconds(60));
        assert_eq!(substitute.at(seconds(60)), read + seconds(8));
    }

    #[test]
    fn the_clocks_advance() {
        let (first, second) = (read(), read());
        assert!(first.awake > Span::ZERO);
        assert!(second.uptime >= first.uptime && second.awake >= first.awake);
        assert_eq!(second.jump_since(first), None);
    }
}
