//! The release of all GPUs for a time, so that the driver can be updated or a GPU reset.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tracing::{info, warn};

use super::candidate::Loaded;
use super::event::{Event, Listener};
use super::message::ReleaseOutcome;
use crate::clock;
use crate::logging::occurrences_to_log;
use gpu_carbon_core::{Span, Timestamp};

/// The time that calls to the driver have to return before the release is reported as pending.
const PATIENCE: Duration = Duration::from_secs(4);

/// The time between two checks for calls that have returned: at first, and after [`PATIENCE`].
const CHECK_PERIOD: Duration = Duration::from_millis(20);
const LATE_CHECK_PERIOD: Duration = Duration::from_secs(1);

/// A release that is in force.
#[derive(Debug)]
pub(super) struct Release {
    begun: Instant,
    until: Instant,
    until_wall: Timestamp,
    outcome: Option<ReleaseOutcome>,
    /// The outcome that was logged last.
    logged: Option<ReleaseOutcome>,
    replies: Vec<oneshot::Sender<ReleaseOutcome>>,
}

impl Release {
    /// Begins a release for a time.
    pub(super) fn begin(duration: Duration, reply: oneshot::Sender<ReleaseOutcome>) -> Release {
        let now = clock::instant();
        let mut release = Release {
            begun: now,
            until: now,
            until_wall: clock::now(),
            outcome: None,
            logged: None,
            replies: Vec::new(),
        };
        release.set(duration, reply);
        release
    }

    /// Changes the end of the release to a time from now.
    pub(super) fn set(&mut self, duration: Duration, reply: oneshot::Sender<ReleaseOutcome>) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.until = clock::instant() + duration;
        self.until_wall = clock::now() + Span::from_micros(micros);
        // It is reported again, with the new time.
        self.outcome = None;
        self.replies.push(reply);
    }

    /// The time of the next step without a message.
    pub(super) fn next_step(&self, now: Instant) -> Instant {
        let period = match self.outcome {
            Some(ReleaseOutcome::Complete) => return self.until,
            Some(ReleaseOutcome::Pending) => LATE_CHECK_PERIOD,
            None => CHECK_PERIOD,
        };
        self.until.min(now + period)
    }

    /// True if the release has ended.
    pub(super) fn has_ended(&self, now: Instant) -> bool {
        now >= self.until
    }

    /// Reports whether the library is unloaded, once that is known.
    pub(super) fn step(&mut self, loaded: &Loaded, listener: &Listener, now: Instant) {
        let is_unloaded = Arc::strong_count(loaded) == 1;
        // A release that is shorter is reported at its end.
        let is_late = now.saturating_duration_since(self.begun) > PATIENCE || self.has_ended(now);
        let outcome = match self.outcome {
            Some(ReleaseOutcome::Complete) => return,
            _ if is_unloaded => ReleaseOutcome::Complete,
            None if is_late => ReleaseOutcome::Pending,
            _ => return,
        };
        let (until, is_complete) = (self.until_wall, is_unloaded);
        let is_new = self.logged.replace(outcome) != Some(outcome);
        // A release whose time is set again and again is logged at growing intervals.
        let times = if is_new { Some(1) } else { occurrences_to_log("release", "repeated") };
        if let Some(times) = times {
            self.log(is_complete, times, now);
        }
        self.outcome = Some(outcome);
        listener(Event::Released { until, is_complete });
        for reply in self.replies.drain(..) {
            // A client may have stopped waiting.
            let _ = reply.send(outcome);
        }
    }

    fn log(&self, is_complete: bool, times: u64, now: Instant) {
        let seconds = self.until.saturating_duration_since(now).as_secs();
        if is_complete {
            info!(seconds, times, "all GPUs are released, and NVML is unloaded");
        } else {
            warn!(
                seconds,
                times,
                "the GPUs are released, but calls to the driver do not return: NVML stays loaded until they do"
            );
        }
    }
}
