//! The time that is left to wait before a job must run to finish in time.

use super::settings::Promise;
use crate::time::{Span, Timestamp};

/// The two clocks at the first step, by which a wall clock that is set back is noticed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks {
    now: Timestamp,
    elapsed: Span,
}

impl Clocks {
    pub(super) fn new(now: Timestamp, elapsed: Span) -> Clocks {
        Clocks { now, elapsed }
    }

    /// The time that counts for the promise: the later one of both clocks.
    pub(super) fn latest(&self, now: Timestamp, elapsed: Span) -> Timestamp {
        now.max(self.now + elapsed.saturating_sub(self.elapsed))
    }
}

impl Promise {
    /// The time to spare before a job must run that needs this much time; zero if it must run at once.
    pub(super) fn spare(&self, at: Timestamp, needed: Span) -> Span {
        self.finish_by.duration_since(at).saturating_sub(needed)
    }

    /// The time by which a job will be late that needs this much time; `None` if it can be in time.
    pub(super) fn late_by(&self, at: Timestamp, needed: Span) -> Option<Span> {
        let by = (at + needed).duration_since(self.finish_by);
        (by > Span::ZERO).then_some(by)
    }
}
