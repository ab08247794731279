//! SQLite's errors, translated to the ledger's.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::error::LedgerError;

/// The longest quotation from SQLite, in characters.
const LONGEST_QUOTE: usize = 200;

/// An error of a ledger's file, without its path, which the caller knows.
#[derive(Debug)]
pub(super) enum SqliteError {
    /// SQLite reports an error.
    Sqlite(rusqlite::Error),
    /// SQLite reads the file, and its content is not a ledger's.
    Unsound(String),
}

impl From<rusqlite::Error> for SqliteError {
    fn from(error: rusqlite::Error) -> SqliteError {
        SqliteError::Sqlite(error)
    }
}

impl SqliteError {
    /// The ledger's error for the file at `path`.
    pub(super) fn at(self, path: &Path) -> LedgerError {
        let path = path.to_owned();
        let error = match self {
            SqliteError::Unsound(reason) => {
                return LedgerError::Corrupt { path, reason: single_line(&reason) };
            }
            SqliteError::Sqlite(error) => error,
        };
        let reason = message(&error);
        let extended = error.sqlite_error().map(|error| error.extended_code);
        match error.sqlite_error_code() {
            // The index of the log is a file, too.
            _ if extended == Some(rusqlite::ffi::SQLITE_IOERR_SHMSIZE) => {
                LedgerError::Full { path }
            }
            Some(ErrorCode::DiskFull) => LedgerError::Full { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                LedgerError::ReadOnly { path }
            }
            // All that the ledger writes satisfies its constraints, if the file is sound.
            Some(
                ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::ConstraintViolation
                | ErrorCode::OperationInterrupted
                | ErrorCode::TooBig,
            ) => LedgerError::Corrupt { path, reason },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::Busy { path },
            Some(_) => LedgerError::Other { path, reason },
            // Not an error of SQLite: the type of a column differs from the schema's.
            None => LedgerError::Corrupt { path, reason },
        }
    }
}

/// SQLite's message without the SQL statement, in one line: it may quote a damaged schema.
pub(super) fn message(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } => single_line(msg),
        error => single_line(&error.to_string()),
    }
}

/// The start of a text, with one space for each run of white space and control characters.
pub(super) fn single_line(text: &str) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(LONGEST_QUOTE).collect()
}
