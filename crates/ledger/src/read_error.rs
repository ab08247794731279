//! Reasons why a ledger cannot be read.

use std::path::PathBuf;

/// An error while reading a ledger. The file is unchanged.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file does not exist.
    #[error("{}: there is no such file: name the ledger that the exporter's configuration names at ledger.path", .0.display())]
    Missing(PathBuf),
    /// The system does not allow or complete the reading.
    #[error("{}: cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        reason: String,
    },
    /// The file is not a ledger.
    #[error("{}: not a ledger: {reason}", path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
        /// A description of what the file is.
        reason: String,
    },
    /// A later version of this program wrote the file.
    #[error("{}: the ledger has format version {found}, and this program reads versions up to {known}: run the newer program", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of the file's format.
        found: i32,
        /// The newest version that this program reads.
        known: i32,
    },
    /// The file is damaged.
    #[error("{}: the ledger is corrupt: {reason}; an exporter that is started on it renames it and creates a new one", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The damaged part, or SQLite's error.
        reason: String,
    },
    /// An exporter opened the ledger while it was read, or another program has locked it.
    #[error("{}: the ledger was changed or locked by another program while it was read: try again", .0.display())]
    Changed(PathBuf),
}
