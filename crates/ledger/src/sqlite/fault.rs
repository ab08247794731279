//! What SQLite says when it fails, in the ledger's words.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::error::LedgerError;

/// Of what SQLite quotes, no more is said.
const MOST_LETTERS: usize = 200;

/// Why a ledger's file cannot be used; which file, those who ask know.
#[derive(Debug)]
pub(super) enum Fault {
    /// SQLite says so.
    Sqlite(rusqlite::Error),
    /// SQLite reads it, and what it reads is no ledger.
    Unsound(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Fault {
        Fault::Sqlite(error)
    }
}

impl Fault {
    pub(super) fn of(self, path: &Path) -> LedgerError {
        let path = path.to_owned();
        let error = match self {
            Fault::Unsound(why) => return LedgerError::Corrupt { path, why: in_a_line(&why) },
            Fault::Sqlite(error) => error,
        };
        let why = said(&error);
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => LedgerError::Full { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                LedgerError::ReadOnly { path }
            }
            // What the ledger writes keeps to its constraints, in a file that does.
            Some(
                ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::ConstraintViolation,
            ) => LedgerError::Corrupt { path, why },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::Busy { path },
            Some(_) => LedgerError::Other { path, why },
            // Not SQLite's own: a column of another type than the schema says.
            None => LedgerError::Corrupt { path, why },
        }
    }
}

/// What SQLite says, without the statement that it was asked, and in one line: it may quote a damaged schema.
pub(super) fn said(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } => in_a_line(msg),
        error => in_a_line(&error.to_string()),
    }
}

/// The beginning of a text, with a blank for each stretch of blanks and of what cannot be printed.
pub(super) fn in_a_line(text: &str) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    line.chars().take(MOST_LETTERS).collect()
}
