//! The lock of a ledger, which limits it to one writer. It is a lock on a file beside the ledger, which the system
//! releases with the process that holds it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::error::OpenError;
use crate::files::{FileIdentity, beside};

/// The number of attempts to take the lock.
const TRIES: u32 = 50;
/// The pause between two attempts. A process that was killed releases its lock a moment later.
const PAUSE: Duration = Duration::from_millis(20);

/// A lock that is held until this is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
    /// The identity of the locked file. Another file may get its name, and another process may lock that.
    identity: Option<FileIdentity>,
}

impl Lock {
    /// Takes the lock of a ledger, and writes the id of this process into its file.
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
                return Err(OpenError::Locked { path: path.to_owned(), pid });
            }
            thread::sleep(PAUSE);
        }
        // The process id is information for people. A full disk, which prevents it, must not keep the ledger closed.
        let _ = file.set_len(0);
        let _ = writeln!(file, "{}", std::process::id());
        let identity = file.metadata().ok().as_ref().map(FileIdentity::of);
        Ok(Lock { _file: file, identity })
    }

    /// Reports whether the locked file still has its name, so that other processes would lock the same file.
    pub(crate) fn is_effective(&self, path: &Path) -> bool {
        self.identity.is_some() && FileIdentity::at(&beside(path, ".lock")) == self.identity
    }
}
