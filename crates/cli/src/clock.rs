//! The command line's only access to a clock.
#![expect(
    clippy::disallowed_methods,
    reason = "the one file of the command line that reads a clock"
)]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use gpu_carbon_core::{Span, Timestamp};

/// Returns the current time.
pub(crate) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::EPOCH + Span::from_micros(u64::try_from(since_epoch.as_micros()).unwrap_or(u64::MAX))
}

/// Returns the time since the change of a file; 0 where that is in the future.
pub(crate) fn since(changed: SystemTime) -> Span {
    let passed = SystemTime::now().duration_since(changed).unwrap_or_default();
    Span::from_micros(u64::try_from(passed.as_micros()).unwrap_or(u64::MAX))
}

/// The end of a wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    begin: Instant,
    length: Duration,
}

impl Deadline {
    /// Begins a wait of a length.
    pub(crate) fn after(length: Duration) -> Deadline {
        Deadline { begin: Instant::now(), length }
    }

    /// Returns the time that is left; 0 once the wait is over.
    pub(crate) fn left(&self) -> Duration {
        self.length.saturating_sub(self.begin.elapsed())
    }
}

/// The clocks of a run: the real ones, or those of a rehearsal, which begin at another time and may be faster.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RunClock {
    begin: Instant,
    /// The time at which a rehearsal begins; `None` for the wall clock.
    at: Option<Timestamp>,
    speed: f64,
}

impl RunClock {
    /// Starts the clocks: the real ones, or at a time and with a speed.
    pub(crate) fn start(at: Option<Timestamp>, speed: f64) -> RunClock {
        let at = at.or((speed > 1.0).then(now));
        RunClock { begin: Instant::now(), at, speed }
    }

    /// Returns true for the clocks of a rehearsal.
    pub(crate) fn is_rehearsal(&self) -> bool {
        self.at.is_some()
    }

    /// The time of the wall clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.at.map_or_else(now, |at| at + self.elapsed())
    }

    /// The time of the monotonic clock, since the start.
    pub(crate) fn elapsed(&self) -> Span {
        Span::from_seconds_f64(self.begin.elapsed().as_secs_f64() * self.speed).unwrap_or(Span::ALL)
    }

    /// The time that a person waits while a span passes on these clocks.
    pub(crate) fn wait(&self, span: Span) -> Duration {
        Duration::from_secs_f64((span.as_seconds() / self.speed).min(1e9))
    }
}
