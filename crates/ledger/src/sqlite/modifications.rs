//! Stamps that show whether a ledger was written since it was opened.

use std::io;
use std::path::Path;
use std::time::SystemTime;

use crate::files::beside;

/// The modification stamps of a database and its log; `None` for a file that does not exist.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Modifications {
    database: Option<Modification>,
    log: Option<Modification>,
}

/// The attributes of a file that change when it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Modification {
    length: u64,
    modified: SystemTime,
}

impl Modifications {
    /// The stamps of the database at `path` and of its log, now.
    pub(super) fn at(path: &Path) -> io::Result<Modifications> {
        let modification = |path: &Path| match path.metadata() {
            Ok(metadata) => {
                Ok(Some(Modification { length: metadata.len(), modified: metadata.modified()? }))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        };
        Ok(Modifications {
            database: modification(path)?,
            log: modification(&beside(path, "-wal"))?,
        })
    }

    /// Reports whether there is a log.
    pub(super) const fn has_log(self) -> bool {
        self.log.is_some()
    }

    /// Reports whether there is a log with content.
    pub(super) fn has_filled_log(self) -> bool {
        self.log.is_some_and(|log| log.length > 0)
    }
}
