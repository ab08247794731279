//! The locks of a ledger, which limit it to one writer. The system releases them with the process that holds them.
//!
//! The lock on a file beside the ledger has the process id, and is there before the ledger is. The lock on the database
//! itself holds under all of its names, and cannot be removed.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::error::OpenError;
use crate::files::{FileIdentity, beside};

/// The number of attempts to take a lock.
const TRIES: u32 = 50;
/// The pause between two attempts. A process that was killed releases its lock a moment later.
const PAUSE: Duration = Duration::from_millis(20);

/// The lock on the file beside a ledger, until this is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
    /// The identity of the locked file. Another file may get its name, and another process may lock that.
    identity: Option<FileIdentity>,
}

/// The lock on a database, until this is dropped. SQLite's own locks are of another kind (`fcntl`), and independent; but
/// they end if any descriptor of the file is closed, so that this is dropped after the database.
#[derive(Debug)]
pub(crate) struct DatabaseLock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a ledger, and writes the id of this process into its file.
    pub(crate) fn take(path: &Path) -> Result<Lock, OpenError> {
        let denied = |error| OpenError::Denied { path: path.to_owned(), error };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(beside(path, ".lock")).map_err(denied)?;
        if !acquire(&file).map_err(|error| denied(error.into()))? {
            return Err(OpenError::Locked { path: path.to_owned(), pid: holder(&file) });
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

impl DatabaseLock {
    /// Takes the lock of the database that has this path.
    pub(crate) fn take(path: &Path) -> Result<DatabaseLock, OpenError> {
        let denied = |error| OpenError::Denied { path: path.to_owned(), error };
        let file = File::open(path).map_err(denied)?;
        if acquire(&file).map_err(|error| denied(error.into()))? {
            Ok(DatabaseLock { _file: file })
        } else {
            Err(OpenError::Locked { path: path.to_owned(), pid: None })
        }
    }
}

/// Checks that no other process has locked a ledger. No file is created or changed.
pub(crate) fn check_free(path: &Path) -> Result<(), OpenError> {
    for file in [beside(path, ".lock"), path.to_owned()] {
        let denied = |error| OpenError::Denied { path: path.to_owned(), error };
        let file = match File::open(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            opened => opened.map_err(denied)?,
        };
        if !acquire(&file).map_err(|error| denied(error.into()))? {
            return Err(OpenError::Locked { path: path.to_owned(), pid: holder(&file) });
        }
    }
    Ok(())
}

/// The process id that the holder of a lock has written into its file.
fn holder(file: &File) -> Option<u32> {
    let mut holder = String::new();
    let read = file.take(32).read_to_string(&mut holder);
    read.ok().and_then(|_| holder.trim().parse().ok())
}

/// Locks a file for this process alone. False if another one has the lock.
fn acquire(file: &File) -> Result<bool, Errno> {
    for _ in 1..TRIES {
        match flock(file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(true),
            Err(Errno::WOULDBLOCK) => thread::sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}
