//! Reasons why a ledger cannot be copied.

use std::io;
use std::path::PathBuf;

use crate::read_error::ReadError;

/// An error while copying a ledger. The ledger is unchanged, and there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The ledger cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file of that name exists.
    #[error("{}: there is a file of this name already: name a new one for the copy", .0.display())]
    Exists(PathBuf),
    /// The copy cannot be written.
    #[error("{}: the copy cannot be written: {error}", path.display())]
    Write {
        /// The copy.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
}
