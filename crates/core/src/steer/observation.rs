//! The report of a step, and the answer to it.

use super::reason::Reason;
use crate::series::Series;
use crate::time::{Span, Timestamp};
use crate::units::Intensity;

/// The facts at a step.
#[derive(Debug, Clone, Copy)]
pub struct Observation<'a> {
    /// The time by the wall clock.
    pub now: Timestamp,
    /// The time by the monotonic clock, since any fixed moment.
    pub elapsed: Span,
    /// The present intensity; `None` if it is unknown or too old.
    pub intensity: Option<Intensity>,
    /// The measured intensities up to the present, and a forecast after it; `None` without either. Fifteen days of the
    /// past are used, and half a year at the first step.
    pub known: Option<&'a Series>,
    /// The state of the job.
    pub child: Child,
}

/// The state of a job's processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Child {
    /// The job has not been started.
    NotStarted,
    /// The job runs.
    Running,
    /// A pause was begun, and not all processes have stopped.
    Stopping,
    /// The job is paused.
    Stopped,
    /// A resume was begun, and not all processes run.
    Resuming,
    /// A user stopped it, so that only a user may continue it.
    StoppedByUser,
    /// The job has ended.
    Ended,
}

/// The answer to a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// The command to execute now.
    pub command: Command,
    /// The state before the command.
    pub state: State,
    /// The reason of the command.
    pub reason: Reason,
    /// The longest time until the next step; at most five minutes while the job has not ended.
    pub again: Span,
}

/// A command to the caller. It is repeated until the job's state changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Start the job.
    Start,
    /// Pause it.
    Pause,
    /// Let it go on.
    Resume,
    /// Change nothing.
    Keep,
    /// Do not start the job at all, because the intensity is unknown.
    GiveUp,
}

/// The state of a steered job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The job has not been started.
    Waiting,
    /// The job runs, and may be paused.
    Running,
    /// The job is about to stop.
    Pausing,
    /// The job is paused.
    Paused,
    /// The job is about to run again.
    Resuming,
    /// The job must run until it ends.
    Forced,
    /// The job has ended.
    Ended,
}

/// The progress of a job, by which another [`Steer`](super::Steer) can take over. The default is that of a new job.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// The work done, without the time to restore.
    pub worked: Span,
    /// The pauses begun.
    pub pauses: usize,
    /// Reports whether the job has been started.
    pub begun: bool,
    /// Reports whether the job must run until it ends.
    pub forced: bool,
}

impl Child {
    /// Reports whether a pause of the policy has begun and has not ended.
    pub(super) fn is_paused(self) -> bool {
        matches!(self, Child::Stopping | Child::Stopped | Child::Resuming)
    }
}
