//! A reader of a ledger that another process may be writing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use gpu_carbon_core::Interval;

use crate::posting::Origin;
use crate::read_error::ReadError;
use crate::rows::{Gpu, PresenceRow, UsageRow};
use crate::sqlite::{FileKind, Snapshot, SnapshotError};

/// The number of attempts to open a ledger that a writer is just changing.
const TRIES: u32 = 10;
/// The pause between two attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// A snapshot of a ledger at one point in time. Later writes are not visible.
///
/// Nothing is created or changed, neither the file nor the files beside it, and writers are not blocked. A read-only
/// folder is sufficient.
#[derive(Debug)]
pub struct Reader {
    path: PathBuf,
    snapshot: Snapshot,
    gpus: Vec<Gpu>,
    origins: Vec<Origin>,
    extent: Option<Interval>,
}

impl Reader {
    /// Opens a ledger.
    ///
    /// # Errors
    ///
    /// A [`ReadError`] that names the file, when it is missing, not a ledger, of a newer version, damaged or
    /// not readable.
    pub fn open(path: &Path) -> Result<Reader, ReadError> {
        let unreadable = |error: std::io::Error| SnapshotError::from(error).at(path);
        match path.metadata() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(ReadError::Missing(path.to_owned()));
            }
            Err(error) => return Err(unreadable(error)),
            Ok(metadata) if !metadata.is_file() => {
                return Err(SnapshotError::NotALedger("not a regular file".to_owned()).at(path));
            }
            Ok(_) => {}
        }
        let not_a_ledger = match FileKind::at(path).map_err(unreadable)? {
            FileKind::Ledger => None,
            FileKind::Missing => Some("an empty file"),
            FileKind::Foreign => Some("the SQLite database of another program"),
            FileKind::Broken(reason) => Some(reason),
        };
        if let Some(reason) = not_a_ledger {
            return Err(SnapshotError::NotALedger(reason.to_owned()).at(path));
        }
        let open = || {
            let snapshot = Snapshot::open(path)?;
            let (gpus, origins, extent) =
                (snapshot.gpus()?, snapshot.origins()?, snapshot.extent()?);
            Ok(Reader { path: path.to_owned(), snapshot, gpus, origins, extent })
        };
        for _ in 1..TRIES {
            match open() {
                Err(SnapshotError::Changed) => std::thread::sleep(PAUSE),
                outcome => return outcome.map_err(|error| error.at(path)),
            }
        }
        open().map_err(|error| error.at(path))
    }

    /// All GPUs in the ledger, ordered by their last index.
    #[must_use]
    pub fn gpus(&self) -> &[Gpu] {
        &self.gpus
    }

    /// All origins in the ledger, in the order in which they were first used.
    #[must_use]
    pub fn origins(&self) -> &[Origin] {
        &self.origins
    }

    /// The interval from the start of the first row to the end of the last; `None` without rows.
    #[must_use]
    pub fn extent(&self) -> Option<Interval> {
        self.extent
    }

    /// Calls `visit` for each usage row that overlaps an interval, ordered by start.
    ///
    /// # Errors
    ///
    /// When the file is damaged, or changed while it was read.
    pub fn usage_rows(
        &self,
        within: Interval,
        mut visit: impl FnMut(UsageRow),
    ) -> Result<(), ReadError> {
        self.snapshot.usage_rows(within, &mut visit).map_err(|error| error.at(&self.path))
    }

    /// Calls `visit` for each presence row that overlaps an interval, ordered by start.
    ///
    /// # Errors
    ///
    /// As [`usage_rows`](Reader::usage_rows).
    pub fn presence_rows(
        &self,
        within: Interval,
        mut visit: impl FnMut(PresenceRow),
    ) -> Result<(), ReadError> {
        self.snapshot.presence_rows(within, &mut visit).map_err(|error| error.at(&self.path))
    }
}
