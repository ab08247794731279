//! The ways in which a ledger is opened.

use std::path::PathBuf;

use crate::salvaged::Salvaged;

/// The result of opening a ledger.
#[derive(Debug, Clone, PartialEq)]
pub enum Opened {
    /// A new ledger: there was no file.
    New,
    /// An existing ledger, which is continued.
    Continued,
    /// The file was not a sound ledger: it was renamed, and a new ledger was created with all that could be read.
    Quarantined {
        /// The new name of the file.
        to: PathBuf,
        /// The damage.
        reason: String,
        /// The amounts that were carried over, and those that were not.
        salvaged: Salvaged,
    },
    /// A replacement that an earlier process had not completed: there was no file, but one that was set aside as damaged. A new
    /// ledger was created with all that could be read.
    Resumed {
        /// The damaged file.
        from: PathBuf,
        /// The amounts that were carried over, and those that were not.
        salvaged: Salvaged,
    },
}
