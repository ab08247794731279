//! Errors of a snapshot, translated to the reader's.

use std::io;
use std::path::Path;

use rusqlite::ErrorCode;

use super::error::{SqliteError, message};
use super::plausible::Implausible;
use crate::read_error::ReadError;

/// An error while reading a ledger, without its path, which the caller knows.
#[derive(Debug)]
pub(crate) enum SnapshotError {
    /// The system's error.
    Unreadable(String),
    /// A description of what the file is instead.
    NotALedger(String),
    /// The newer version of the file, and the newest one that this program reads.
    Newer { found: i32, known: i32 },
    /// The damage.
    Corrupt(String),
    /// A writer changed the file meanwhile, or another program has locked it.
    Changed,
}

impl SnapshotError {
    /// The reader's error for the file at `path`.
    pub(crate) fn at(self, path: &Path) -> ReadError {
        let path = path.to_owned();
        match self {
            SnapshotError::Unreadable(reason) => ReadError::Unreadable { path, reason },
            SnapshotError::NotALedger(reason) => ReadError::NotALedger { path, reason },
            SnapshotError::Newer { found, known } => ReadError::Newer { path, found, known },
            SnapshotError::Corrupt(reason) => ReadError::Corrupt { path, reason },
            SnapshotError::Changed => ReadError::Changed(path),
        }
    }
}

impl From<io::Error> for SnapshotError {
    fn from(error: io::Error) -> SnapshotError {
        SnapshotError::Unreadable(error.to_string())
    }
}

impl From<Implausible> for SnapshotError {
    fn from(Implausible(reason): Implausible) -> SnapshotError {
        SnapshotError::Corrupt(reason)
    }
}

impl From<rusqlite::Error> for SnapshotError {
    fn from(error: rusqlite::Error) -> SnapshotError {
        let reason = message(&error);
        match error.sqlite_error_code() {
            // None: not an error of SQLite; the type of a column differs from the schema's.
            None
            | Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown) => {
                SnapshotError::Corrupt(reason)
            }
            Some(ErrorCode::OperationInterrupted) => {
                SnapshotError::Corrupt("a table has more rows than the file can hold".to_owned())
            }
            Some(ErrorCode::TooBig) => {
                SnapshotError::Corrupt("a text is longer than any of a ledger".to_owned())
            }
            // A writer was changing the index of its log, which a reader must not repair.
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::ReadOnly) => {
                SnapshotError::Changed
            }
            Some(_) => SnapshotError::Unreadable(reason),
        }
    }
}

impl From<SqliteError> for SnapshotError {
    fn from(error: SqliteError) -> SnapshotError {
        match error {
            SqliteError::Unsound(reason) => SnapshotError::Corrupt(reason),
            SqliteError::Sqlite(error) => error.into(),
        }
    }
}
