//! What SQLite says when it fails, in the ledger's words.

use std::path::Path;

use rusqlite::ErrorCode;

use crate::error::LedgerError;

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
            Fault::Unsound(why) => return LedgerError::Corrupt { path, why },
            Fault::Sqlite(error) => error,
        };
        let why = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => LedgerError::Full { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                LedgerError::ReadOnly { path }
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                LedgerError::Corrupt { path, why }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::Busy { path },
            Some(_) => LedgerError::Other { path, why },
            // Not SQLite's own: a column of another type than the schema says.
            None => LedgerError::Corrupt { path, why },
        }
    }
}
