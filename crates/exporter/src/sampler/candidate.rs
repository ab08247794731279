//! An attempt to begin a session of the driver's library, on a thread that may be lost: loading the library and
//! shutting it down may take for ever.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::clock;
use crate::nvml::{DriverError, ErrorScope, Library};

/// The time after which an attempt counts as one that hangs.
pub(super) const HANGS_AFTER: Duration = Duration::from_secs(20);

/// The kind of error of an attempt that hangs.
pub(super) const HANG: &str = "hang";

/// The condition on which a session replaces the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    /// There is no session that works: the library must answer.
    Answers,
    /// The session before it works, but for the GPUs at these indices: one of them must be readable.
    AnyOf(Vec<u32>),
}

/// An attempt to begin a session.
#[derive(Debug)]
pub(super) struct Candidate {
    started: Instant,
    outcome: Receiver<Result<Library, DriverError>>,
}

impl Candidate {
    /// Starts an attempt; with `beside`, on a copy of the library that shares no state with one that is loaded.
    ///
    /// # Errors
    ///
    /// If the system provides no thread.
    pub(super) fn start(path: PathBuf, beside: bool, proof: Proof) -> io::Result<Candidate> {
        let (sender, outcome) = channel();
        let attempt = move || {
            let opened = if beside { Library::open_beside(&path) } else { Library::open(&path) };
            // A library that is not wanted is shut down here.
            let _ =
                sender.send(opened.and_then(|library| prove(&library, &proof).map(|()| library)));
        };
        thread::Builder::new().name("nvml-init".to_owned()).spawn(attempt)?;
        Ok(Candidate { started: clock::instant(), outcome })
    }

    /// The outcome, once there is one. An attempt that hangs fails.
    pub(super) fn outcome(&self) -> Option<Result<Library, DriverError>> {
        match self.outcome.try_recv() {
            Ok(outcome) => Some(outcome),
            Err(TryRecvError::Empty)
                if clock::instant().saturating_duration_since(self.started) < HANGS_AFTER =>
            {
                None
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => {
                let seconds = HANGS_AFTER.as_secs();
                let reason = format!("the initialization did not return within {seconds} s");
                Some(Err(DriverError { kind: HANG, scope: ErrorScope::Library, reason }))
            }
        }
    }
}

/// Checks a session that was just initialized.
fn prove(library: &Library, proof: &Proof) -> Result<(), DriverError> {
    let count = library.gpu_count()?;
    let Proof::AnyOf(indices) = proof else { return Ok(()) };
    let mut last_error = None;
    for index in indices.iter().copied().filter(|index| *index < count) {
        match library.gpu(index).and_then(|(gpu, _)| gpu.energy_method()) {
            Ok(_) => return Ok(()),
            Err(error) => last_error = Some(error),
        }
    }
    let reason = format!("a new session reports {count} GPUs, and not the lost one");
    Err(last_error.unwrap_or(DriverError { kind: "not_found", scope: ErrorScope::Gpu, reason }))
}

/// Ends a session on a thread of its own.
pub(super) fn end<T: Send + 'static>(session: T) {
    // Without a thread, the session ends here.
    let _ = thread::Builder::new().name("nvml-end".to_owned()).spawn(move || drop(session));
}
