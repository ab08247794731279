//! Errors of a ledger's writer. Each message is one line that says what to do.

use std::path::PathBuf;

use gpu_carbon_core::Signal;

/// An error while opening a ledger. The file is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has locked the ledger.
    #[error(
        "the ledger {} is locked by process {}: stop that process, or configure another ledger for this one",
        path.display(), pid.map_or_else(|| "(unknown)".to_owned(), |pid| pid.to_string())
    )]
    Locked {
        /// The ledger's file.
        path: PathBuf,
        /// The id of the other process, if the lock file has it.
        pid: Option<u32>,
    },
    /// A later version of this program wrote the ledger.
    #[error(
        "the ledger {} has format version {found}, and this program reads versions up to {known}: run the newer program, or name another file",
        path.display()
    )]
    Newer {
        /// The ledger's file.
        path: PathBuf,
        /// The version of the file's format.
        found: i32,
        /// The newest version that this program reads.
        known: i32,
    },
    /// The file is a database, but not a ledger.
    #[error("{} is the SQLite database of another program: name another file for the ledger", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file is not a database, and not the rest of a ledger.
    #[error("{} is not a ledger, and is left as it is: name another file for the ledger, or remove this one", path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// The ledger's emissions are by another signal; one counter must not add up both.
    #[error(
        "the ledger {} has {recorded} emissions, and {configured} ones must not be added to them: set `intensity.signal` to {recorded}, or name another file for the ledger",
        path.display(), recorded = recorded.name(), configured = configured.name()
    )]
    OtherSignal {
        /// The ledger's file.
        path: PathBuf,
        /// The signal of the newest emissions in the ledger.
        recorded: Signal,
        /// The signal of the configured intensities.
        configured: Signal,
    },
    /// The path names a folder, a device or a pipe.
    #[error("{} is not a regular file: name a file for the ledger", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The system does not allow the ledger to be read or written.
    #[error("the ledger {} cannot be opened: {error}; its folder must exist, and be writable with the ledger's files in it", path.display())]
    Denied {
        /// The ledger's file.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// SQLite cannot open the ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// An error while reading or writing an open ledger. A failed write changes nothing in the file, and may be repeated.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The disk is full.
    #[error("the disk of the ledger {} is full: free some space", path.display())]
    Full {
        /// The ledger's file.
        path: PathBuf,
    },
    /// The file or its file system is read-only.
    #[error("the ledger {} cannot be written: it is read-only; make it and its folder writable", path.display())]
    ReadOnly {
        /// The ledger's file.
        path: PathBuf,
    },
    /// The file is not a sound database, and has to be replaced.
    #[error("the ledger {} is corrupt: {reason}", path.display())]
    Corrupt {
        /// The ledger's file.
        path: PathBuf,
        /// The damage, or SQLite's error.
        reason: String,
    },
    /// A file of the ledger was removed, replaced or cut short, so that a write could be lost. Drop the ledger, which
    /// saves as much as possible, and [reopen it](crate::Ledger::reopen).
    #[error("the ledger {}, its log or the log's index was removed, replaced or cut short while it was open: it is reopened", path.display())]
    Disturbed {
        /// The ledger's file.
        path: PathBuf,
    },
    /// Another program has locked the database.
    #[error("the ledger {} is locked by another program that writes to it: stop that program", path.display())]
    Busy {
        /// The ledger's file.
        path: PathBuf,
    },
    /// The lock file was removed, and the lock cannot be taken again.
    #[error("the lock of the ledger was removed: {0}")]
    LockLost(Box<OpenError>),
    /// An amount is infinite or not a number.
    #[error(
        "the ledger takes finite amounts only: {amount} of {uuid} is not finite, and nothing was written"
    )]
    NotFinite {
        /// The GPU.
        uuid: String,
        /// The amount: a total, a posting or a presence.
        amount: &'static str,
    },
    /// Any other error of the disk or of SQLite.
    #[error("the ledger {} cannot be used: {reason}", path.display())]
    Other {
        /// The ledger's file.
        path: PathBuf,
        /// SQLite's error.
        reason: String,
    },
}

impl LedgerError {
    /// Reports whether the file is not a sound database, so that repeating a write cannot succeed.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        matches!(self, LedgerError::Corrupt { .. })
    }
}
