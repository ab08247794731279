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
