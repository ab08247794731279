//! An attempt to begin a session of the driver's library, on a thread that may be lost: loading the library and
//! shutting it down may take for ever.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use super::message::Message;
use crate::clock;
use crate::nvml::{DriverError, ErrorScope, Library};

/// The time after which a call to the library counts as one that hangs.
pub(super) const HANGS_AFTER: Duration = Duration::from_secs(20);

/// The age from which an attempt is reported as one that takes long.
pub(super) const SLOW_AFTER: Duration = Duration::from_secs(2);

/// The kind of error of a call that hangs.
pub(super) const HANG: &str = "hang";

/// The condition on which a session replaces the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proof {
    /// An answer of the library: no other session works.
    Answers,
    /// The session before it works, but for the GPUs at these indices: one of them must be readable.
    AnyOf(Vec<u32>),
}

/// An attempt to begin a session.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) number: u64,
    /// The condition on which it replaces the session before it.
    pub(super) proof: Proof,
    started: Instant,
    /// True if it was reported that the attempt takes long.
    pub(super) is_reported: bool,
}

/// The holder of a place among the libraries that are loaded, or may be.
pub(super) type Loaded = Arc<()>;

impl Candidate {
    /// Starts an attempt, whose outcome is sent as a message. With `beside`, it uses a copy of the library that shares no
    /// state with one that is loaded.
    ///
    /// # Errors
    ///
    /// If the system provides no thread.
    pub(super) fn start(
        number: u64,
        path: PathBuf,
        beside: bool,
        proof: Proof,
        loaded: Loaded,
        messages: Sender<Message>,
    ) -> io::Result<Candidate> {
        let condition = proof.clone();
        let attempt = move || {
            let opened = if beside { Library::open_beside(&path) } else { Library::open(&path) };
            let opened = opened.map(|library| library.counted_by(Arc::clone(&loaded)));
            // A library that is not wanted is shut down here.
            let outcome =
                opened.and_then(|library| prove(&library, &condition).map(|()| Box::new(library)));
            drop(loaded);
            // The process may be about to end.
            let _ = messages.send(Message::Opened { attempt: number, outcome });
        };
        thread::Builder::new().name("nvml-init".to_owned()).spawn(attempt)?;
        Ok(Candidate { number, proof, started: clock::instant(), is_reported: false })
    }

    /// The time at which the attempt is to be looked at next.
    pub(super) fn next_check(&self) -> Instant {
        self.started + if self.is_reported { HANGS_AFTER } else { SLOW_AFTER }
    }

    /// The time since the start.
    pub(super) fn age(&self) -> Duration {
        clock::elapsed_since(self.started)
    }
}

/// The error of a call that has not returned for some time.
pub(super) fn hang(call: &str, age: Duration) -> DriverError {
    let reason = format!("{call} did not return within {} s", age.as_secs());
    DriverError { kind: HANG, scope: ErrorScope::Library, reason }
}

/// Checks a session that was just initialized.
fn prove(library: &Library, proof: &Proof) -> Result<(), DriverError> {
    let count = library.gpu_count()?;
    let Proof::AnyOf(indices) = proof else { return Ok(()) };
    let mut last_error = None;
    for index in indices.iter().copied().filter(|index| *index < count) {
        match library.gpu(index).and_then(|(gpu, _)| gpu.check()) {
            Ok(()) => return Ok(()),
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
