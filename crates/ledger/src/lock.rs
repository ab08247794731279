//! One writer: a lock on a file beside the ledger, which the system drops with the process that holds it.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

use crate::error::OpenError;
use crate::files::beside;

/// Holds the lock for as long as it lives.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a ledger, and writes this process's id into it.
    pub(crate) fn take(path: &Path) -> Result<Lock, OpenError> {
        let denied = |source| OpenError::Denied { path: path.to_owned(), source };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(beside(path, ".lock")).map_err(denied)?;
        if let Err(error) = flock(&file, FlockOperation::NonBlockingLockExclusive) {
            if error != rustix::io::Errno::WOULDBLOCK {
                return Err(denied(error.into()));
            }
            let mut holder = String::new();
            let read = file.read_to_string(&mut holder);
            let pid = read.ok().and_then(|_| holder.trim().parse().ok());
            return Err(OpenError::Held { path: path.to_owned(), pid });
        }
        // Who holds it is told to people alone: a full disk must not keep the ledger closed.
        let _ = file.set_len(0);
        let _ = writeln!(file, "{}", std::process::id());
        Ok(Lock { _file: file })
    }
}
