//! The wish of a policy, before the limits of pauses and the promise are applied.

use super::reason::Reason;
use super::settings::Unknown;
use crate::time::{Span, Timestamp};

/// The wish of a policy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wish {
    pub(super) action: Action,
    pub(super) reason: Reason,
    /// The time after which the policy must be asked again; `None` if the next slot is early enough.
    pub(super) again: Option<Span>,
}

/// The wished state of the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    Run,
    /// Wait for the first start, or be paused.
    Wait,
    GiveUp,
}

/// The state of the job, as policies see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Situation {
    pub(super) now: Timestamp,
    pub(super) begun: bool,
    pub(super) running: bool,
    pub(super) pauses: usize,
    /// The work to do, with the margin; `None` without a promise.
    pub(super) left: Option<Span>,
    /// The time until the job would be forced if it were not running; `None` without a promise.
    pub(super) spare: Option<Span>,
}

impl Wish {
    pub(super) fn run(reason: Reason) -> Wish {
        Wish { action: Action::Run, reason, again: None }
    }

    pub(super) fn wait(reason: Reason) -> Wish {
        Wish { action: Action::Wait, reason, again: None }
    }

    /// The wish while the intensity is unknown.
    pub(super) fn unknown(rule: Unknown, job: &Situation) -> Wish {
        let action = match rule {
            Unknown::Fail if !job.begun => Action::GiveUp,
            Unknown::Hold if !job.running => Action::Wait,
            _ => Action::Run,
        };
        // A job that has started is never given up: it runs.
        let rule = if rule == Unknown::Fail && job.begun { Unknown::Run } else { rule };
        Wish { action, reason: Reason::Unknown(rule), again: None }
    }
}
