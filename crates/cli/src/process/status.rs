//! The ends and the stops of a child.

use rustix::process::{WaitOptions, WaitStatus, wait};
use serde::{Deserialize, Serialize};

/// A change of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// A stop by a signal.
    Stopped(i32),
    /// The continuation of a stopped child.
    Continued,
    /// The end with an exit status.
    Exited(i32),
    /// The end by a signal.
    Killed(i32),
}

impl Change {
    /// The exit status of a program that repeats the end of its child: 128 + N where signal N has ended it. `None` where it has
    /// not ended.
    pub(crate) fn exit_status(self) -> Option<u8> {
        let status = match self {
            Change::Exited(status) => status,
            Change::Killed(signal) => 128 + signal,
            Change::Stopped(_) | Change::Continued => return None,
        };
        u8::try_from(status & 0xff).ok()
    }

    fn of(status: WaitStatus) -> Option<Change> {
        if status.continued() {
            return Some(Change::Continued);
        }
        let exited = status.exit_status().map(Change::Exited);
        let killed = || status.terminating_signal().map(Change::Killed);
        exited.or_else(killed).or_else(|| status.stopping_signal().map(Change::Stopped))
    }
}

/// Returns the next change of any child, and removes those that have ended; `None` where none has changed.
pub(super) fn next_change() -> Option<(i32, Change)> {
    let options = WaitOptions::NOHANG | WaitOptions::UNTRACED | WaitOptions::CONTINUED;
    let (pid, status) = wait(options).ok()??;
    Some((pid.as_raw_nonzero().get(), Change::of(status)?))
}
