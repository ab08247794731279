//! A reader of a ledger that another process may be writing.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gpu_carbon_core::Interval;

use crate::backup_error::BackupError;
use crate::files;
use crate::host::{
    HostAccount, HostAccountRow, HostShareRow, HostUsageRow, RecordedBoundary, is_of_host,
};
use crate::posting::Origin;
use crate::read_error::ReadError;
use crate::rows::{Gpu, PresenceRow, UsageRow};
use crate::share::{ShareRow, WorkloadRow};
use crate::sqlite::{FileKind, Snapshot, SnapshotError, extent_of};

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
    extent: Option<Interval>,
}

/// Reads a ledger, and again where a writer changed it meanwhile.
pub(crate) fn retried<T>(read: impl Fn() -> Result<T, SnapshotError>) -> Result<T, SnapshotError> {
    for _ in 1..TRIES {
        match read() {
            Err(SnapshotError::Changed) => std::thread::sleep(PAUSE),
            outcome => return outcome,
        }
    }
    read()
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
            FileKind::Other => Some("it does not begin as an SQLite database does"),
            FileKind::Broken(reason) => Some(reason),
        };
        if let Some(reason) = not_a_ledger {
            return Err(SnapshotError::NotALedger(reason.to_owned()).at(path));
        }
        let open = || {
            let snapshot = Snapshot::open(path)?;
            let extent = extent_of(&snapshot)?;
            Ok(Reader { path: path.to_owned(), snapshot, extent })
        };
        retried(open).map_err(|error| error.at(path))
    }

    /// Copies the ledger, as of the time at which it was opened, to a new file. The copy is complete or absent, and needs
    /// no log beside it. The writer is not blocked.
    ///
    /// # Errors
    ///
    /// When the file exists, when it cannot be written, and when the ledger is damaged.
    pub fn back_up(&self, to: &Path) -> Result<(), BackupError> {
        let failed = |error| BackupError::Write { path: to.to_owned(), error };
        if to.symlink_metadata().is_ok() {
            return Err(BackupError::Exists(to.to_owned()));
        }
        let folder = to.parent().filter(|folder| *folder != Path::new(""));
        let draft = tempfile::Builder::new()
            .prefix(".gpu-carbon-backup-")
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(failed)?;
        self.snapshot.copy_to(draft.path()).map_err(|error| error.at(&self.path))?;
        draft.as_file().sync_all().map_err(failed)?;
        draft.persist_noclobber(to).map_err(|error| match error.error.kind() {
            ErrorKind::AlreadyExists => BackupError::Exists(to.to_owned()),
            _ => failed(error.error),
        })?;
        files::sync_folder(to).map_err(failed)
    }

    /// All GPUs in the ledger, ordered by their last index.
    #[must_use]
    pub fn gpus(&self) -> &[Gpu] {
        let all = self.snapshot.gpus();
        all.get(..self.gpu_count()).unwrap_or(all)
    }

    /// The accounts of the host around the GPUs, ordered by part and method.
    pub fn host_accounts(&self) -> impl Iterator<Item = HostAccountRow<'_>> {
        self.snapshot.gpus().iter().filter_map(|row| {
            Some(HostAccountRow { account: HostAccount::of_uuid(&row.uuid)?, row })
        })
    }

    /// The boundary of the figures, as the exporter recorded it last; `None` in a ledger of an exporter that recorded none, which
    /// counted GPUs alone.
    #[must_use]
    pub fn boundary(&self) -> Option<RecordedBoundary> {
        self.snapshot.boundary()
    }

    /// All origins in the ledger, in the order in which they were first used.
    #[must_use]
    pub fn origins(&self) -> &[Origin] {
        self.snapshot.origins()
    }

    /// All workloads in the ledger, in the order in which they first had a share, and what stands in their place. None for a
    /// ledger of an exporter that divided no energy.
    #[must_use]
    pub fn workloads(&self) -> &[WorkloadRow] {
        self.snapshot.workloads()
    }

    /// The interval from the start of the first row to the end of the last; `None` without rows.
    #[must_use]
    pub fn extent(&self) -> Option<Interval> {
        self.extent
    }

    /// The damaged rows that were left out so far, in words; empty for a sound ledger.
    #[must_use]
    pub fn damage(&self) -> Vec<String> {
        self.snapshot.damage()
    }

    /// Calls `visit` for each usage row that overlaps an interval, ordered by start.
    ///
    /// Damaged rows are left out: [`damage`](Reader::damage) names them.
    ///
    /// # Errors
    ///
    /// When the file is not readable, or changed while it was read.
    pub fn usage_rows(
        &self,
        within: Interval,
        mut visit: impl FnMut(UsageRow),
    ) -> Result<(), ReadError> {
        let gpus = self.gpu_count();
        let mut of_gpus = |row: UsageRow| {
            if row.gpu < gpus {
                visit(row);
            }
        };
        self.snapshot.usage_rows(within, &mut of_gpus).map_err(|error| error.at(&self.path))
    }

    /// Calls `visit` for the energy of each account of the host in each interval that overlaps another one, ordered by start.
    ///
    /// # Errors
    ///
    /// As [`usage_rows`](Reader::usage_rows).
    pub fn host_usage_rows(
        &self,
        within: Interval,
        mut visit: impl FnMut(HostUsageRow),
    ) -> Result<(), ReadError> {
        let mut of_host = |usage: UsageRow| {
            if let Some(account) = self.account_at(usage.gpu) {
                visit(HostUsageRow { account, usage });
            }
        };
        self.snapshot.usage_rows(within, &mut of_host).map_err(|error| error.at(&self.path))
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

    /// Calls `visit` for each share of a workload that overlaps an interval, ordered by start.
    ///
    /// # Errors
    ///
    /// As [`usage_rows`](Reader::usage_rows).
    pub fn share_rows(
        &self,
        within: Interval,
        mut visit: impl FnMut(ShareRow),
    ) -> Result<(), ReadError> {
        let gpus = self.gpu_count();
        let mut of_gpus = |row: ShareRow| {
            if row.gpu < gpus {
                visit(row);
            }
        };
        self.snapshot.share_rows(within, &mut of_gpus).map_err(|error| error.at(&self.path))
    }

    /// Calls `visit` for each share of a workload in the energy of the host that overlaps an interval, ordered by start.
    ///
    /// # Errors
    ///
    /// As [`usage_rows`](Reader::usage_rows).
    pub fn host_share_rows(
        &self,
        within: Interval,
        mut visit: impl FnMut(HostShareRow),
    ) -> Result<(), ReadError> {
        let mut of_host = |share: ShareRow| {
            if let Some(account) = self.account_at(share.gpu) {
                visit(HostShareRow { account, share });
            }
        };
        self.snapshot.share_rows(within, &mut of_host).map_err(|error| error.at(&self.path))
    }

    /// The number of GPUs, whose positions are before those of the accounts of the host.
    fn gpu_count(&self) -> usize {
        self.snapshot.gpus().partition_point(|gpu| !is_of_host(&gpu.uuid))
    }

    fn account_at(&self, position: usize) -> Option<HostAccount> {
        HostAccount::of_uuid(&self.snapshot.gpus().get(position)?.uuid)
    }
}
