//! The check of a ledger before an exporter starts on it. Nothing is changed.

use std::io;
use std::path::Path;

use gpu_carbon_core::Signal;
use rustix::fs::{Access, access};

use crate::error::{LedgerError, OpenError};
use crate::files::{self, COMPANIONS, beside};
use crate::lock;
use crate::reader;
use crate::sqlite::{FileKind, Snapshot, SnapshotError};

/// The state of a ledger, as [`check`] finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The state of the file.
    pub content: CheckedContent,
    /// True if another process has locked the ledger: as long as it does, no other can open it.
    pub is_locked: bool,
}

/// The state of a ledger's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckedContent {
    /// No file; [`Ledger::open`](crate::Ledger::open) creates it.
    Missing,
    /// All of the file is sound.
    Sound {
        /// The signal of the newest emissions; `None` without emissions.
        signal: Option<Signal>,
    },
    /// The file is damaged; [`Ledger::open`](crate::Ledger::open) sets it aside, and carries over what can be read.
    Damaged {
        /// The damage.
        reason: String,
    },
}

/// Checks what [`Ledger::open`](crate::Ledger::open) would find, and that this user may write there. A ledger that another
/// process has locked is only read.
///
/// # Errors
///
/// Those of [`Ledger::open`](crate::Ledger::open), except that of a lock.
pub fn check(path: &Path) -> Result<Checked, OpenError> {
    let denied = |error: io::Error| OpenError::Denied { path: path.to_owned(), error };
    let path = files::canonical(path).map_err(denied)?;
    files::check_regular(&path)?;
    let kind = FileKind::at(&path).map_err(denied)?;
    check_access(&path).map_err(denied)?;
    let is_locked = match lock::check_free(&path) {
        Err(OpenError::Locked { .. }) => true,
        free => {
            free?;
            false
        }
    };
    let content = match kind {
        FileKind::Foreign => return Err(OpenError::Foreign { path }),
        FileKind::Other => return Err(OpenError::NotALedger { path }),
        FileKind::Missing => CheckedContent::Missing,
        FileKind::Broken(reason) => CheckedContent::Damaged { reason: reason.to_owned() },
        FileKind::Ledger => {
            match reader::retried(|| Snapshot::open(&path).and_then(|it| it.verify())) {
                Ok(signal) => CheckedContent::Sound { signal },
                Err(SnapshotError::Corrupt(reason)) => CheckedContent::Damaged { reason },
                Err(SnapshotError::Newer { found, known }) => {
                    return Err(OpenError::Newer { path, found, known });
                }
                Err(SnapshotError::NotALedger(_)) => return Err(OpenError::NotALedger { path }),
                Err(SnapshotError::Changed) => return Err(LedgerError::Busy { path }.into()),
                Err(SnapshotError::Unreadable(reason)) => {
                    return Err(LedgerError::Other { path, reason }.into());
                }
            }
        }
    };
    Ok(Checked { content, is_locked })
}

/// Checks that this user may write the files of a ledger, as far as they exist, and create those that do not.
fn check_access(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    access(folder.unwrap_or(Path::new(".")), Access::WRITE_OK | Access::EXEC_OK)?;
    for suffix in COMPANIONS.into_iter().chain(["", ".lock"]) {
        let file = beside(path, suffix);
        if file.exists() {
            access(&file, Access::READ_OK | Access::WRITE_OK)?;
        }
    }
    Ok(())
}
