//! The messages to the supervisor.

use std::time::Duration;

use tokio::sync::oneshot;

use super::settings::Settings;
use crate::nvml::{DriverError, Library};

/// A message to the supervisor.
#[derive(Debug)]
pub(super) enum Message {
    /// A report of a reading thread.
    Report {
        /// The number of its session.
        session: u64,
        /// The report.
        report: Report,
    },
    /// The outcome of an attempt to begin a session.
    Opened {
        /// The number of the attempt.
        attempt: u64,
        /// The library, which has proven itself.
        outcome: Result<Box<Library>, DriverError>,
    },
    /// The outcome of a count of the GPUs.
    Counted {
        /// The number of the session.
        session: u64,
        /// The number of GPUs.
        outcome: Result<u32, DriverError>,
    },
    /// A command of the operator.
    Command(Command),
}

/// A report of a reading thread.
#[derive(Debug)]
pub(super) enum Report {
    /// The GPU at an index was read, for the first time or after an error.
    Read(u32),
    /// The GPU at an index was opened, and the filter excludes it.
    Excluded(u32),
    /// An error of the GPU at an index that concerns more than one call.
    Failed {
        /// The GPU's index.
        index: u32,
        /// The error.
        error: DriverError,
    },
}

/// A command of the operator.
#[derive(Debug)]
pub(super) enum Command {
    /// Releases all GPUs, and unloads the library.
    Release {
        /// The time after which the GPUs are read again.
        duration: Duration,
        /// The receiver of the outcome.
        reply: oneshot::Sender<ReleaseOutcome>,
    },
    /// Reads the GPUs again after a release.
    Resume {
        /// The receiver of the answer.
        reply: oneshot::Sender<()>,
    },
    /// Applies other settings.
    Configure(Box<Settings>),
}

/// The outcome of a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseOutcome {
    /// The library is unloaded.
    Complete,
    /// Calls to the driver do not return; the library is unloaded when they do.
    Pending,
}
