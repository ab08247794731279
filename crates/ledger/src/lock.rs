//! One writer: a lock on a file beside the ledger, which the system drops with the process that holds it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::error::OpenError;
use crate::files::{self, Identity, beside};

/// How often the lock is tried, ...
const TRIES: u32 = 50;
/// ... and how long is waited in between: a process that was killed lets go of it a moment later.
const PAUSE: Duration = Duration::from_millis(20);

/// Holds the lock for as long as it lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
    /// Which file is locked: another one may get its name, and another process lock that.
    identity: Option<Identity>,
}

impl Lock {
    /// Takes the lock of a ledger, and writes this process's id into it.
    pub(crate) fn take(path: &Path) -> Result<Lock, OpenError> {
        let denied = |error| OpenError::Denied { path: path.to_owned(), error };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(beside(path, ".lock")).map_err(denied)?;
        let mut tries = 0;
        while let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if error != Errno::WOULDBLOCK {
                return Err(denied(error.into()));
            }
            tries += 1;
            if tries == TRIES {
                let mut holder = String::new();
                let read = file.read_to_string(&mut holder);
                let pid = read.ok().and_then(|_| holder.trim().parse().ok());
                return Err(OpenError::Held { path: path.to_owned(), pid });
            }
            thread::sleep(PAUSE);
        }
        // Who holds it is told to people alone: a full disk must not keep the ledger closed.
        let _ = file.set_len(0);
        let _ = writeln!(file, "{}", std::process::id());
        let identity = file.metadata().ok().as_ref().map(files::identity_of);
        Ok(Lock { _file: file, identity })
    }

    /// Whether the file that is locked is still the one that others would lock.
    pub(crate) fn holds(&self, path: &Path) -> bool {
        self.identity.is_some() && files::identity(&beside(path, ".lock")) == self.identity
    }
}
