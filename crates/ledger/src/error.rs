//! What can go wrong with a ledger: each is one line that says what to do.

use std::path::PathBuf;

use gpu_carbon_core::Signal;

/// Why a ledger cannot be opened. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error(
        "the ledger {} is held by process {}: stop that one, or give this one a ledger of its own",
        path.display(), pid.map_or_else(|| "(unknown)".to_owned(), |pid| pid.to_string())
    )]
    Held {
        /// The ledger's file.
        path: PathBuf,
        /// Who has it, if it says so.
        pid: Option<u32>,
    },
    /// A later version of this program wrote it.
    #[error(
        "the ledger {} is of version {found}, and this program knows versions up to {known}: run the newer program, or name another file",
        path.display()
    )]
    Newer {
        /// The ledger's file.
        path: PathBuf,
        /// Its version.
        found: i32,
        /// The last version that this program knows.
        known: i32,
    },
    /// It is a database, but no ledger.
    #[error("{} is the SQLite database of another program: name another file for the ledger", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Its grams are of another signal: a counter must not add both up.
    #[error(
        "the ledger {} is of {kept} emissions, and they must not be added to {asked} ones: set `intensity.signal` to {kept}, or name another file for the ledger",
        path.display(), kept = kept.name(), asked = asked.name()
    )]
    OtherSignal {
        /// The ledger's file.
        path: PathBuf,
        /// By which signal its energy was priced last.
        kept: Signal,
        /// By which it is to be priced now.
        asked: Signal,
    },
    /// A folder, a device, a pipe.
    #[error("{} is no regular file: name a file for the ledger", path.display())]
    NotAFile {
        /// What was named.
        path: PathBuf,
    },
    /// The system does not let it be read or written.
    #[error("the ledger {} cannot be opened: {error}; its folder must exist, and be writable with the ledger's files in it", path.display())]
    Denied {
        /// The ledger's file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// SQLite does not open it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Why the ledger could not be read or written. Nothing of a failed write is in the file; the same may be
/// written again later.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// No room.
    #[error("the disk of the ledger {} is full: free some room", path.display())]
    Full {
        /// The ledger's file.
        path: PathBuf,
    },
    /// No permission.
    #[error("the ledger {} cannot be written: it is read-only; make it and its folder writable", path.display())]
    ReadOnly {
        /// The ledger's file.
        path: PathBuf,
    },
    /// It is no sound database (any more): it must be set aside.
    #[error("the ledger {} is corrupt: {why}", path.display())]
    Corrupt {
        /// The ledger's file.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
    /// What belongs to it was removed, replaced or cut short, so that what is written could be lost: drop it, which
    /// saves what can be saved, and [open it again](crate::Ledger::open_again).
    #[error("the ledger {}, its log or the index of that was removed, replaced or cut short while it was open: it is opened again", path.display())]
    Disturbed {
        /// The ledger's file.
        path: PathBuf,
    },
    /// Another program holds a lock on the database.
    #[error("the ledger {} is locked by another program that writes to it: end it", path.display())]
    Busy {
        /// The ledger's file.
        path: PathBuf,
    },
    /// The file that locks it was removed, and cannot be had again.
    #[error("the lock of the ledger was removed: {0}")]
    LockLost(Box<OpenError>),
    /// An amount that is infinite or not a number.
    #[error(
        "the ledger takes finite amounts alone, and {what} of {uuid} is not: it is not written"
    )]
    NotFinite {
        /// Of which GPU.
        uuid: String,
        /// Which amount.
        what: &'static str,
    },
    /// Anything else that the disk or SQLite says.
    #[error("the ledger {} cannot be used: {why}; it is tried again", path.display())]
    Other {
        /// The ledger's file.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
}

impl LedgerError {
    /// Whether the file is no sound database, so that writing again cannot help.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        matches!(self, LedgerError::Corrupt { .. })
    }
}
