//! A connection that only reads, and changes no file.

use std::path::{Path, PathBuf};

use gpu_carbon_core::{Interval, Signal, Span, Timestamp};
use rusqlite::{Connection, Row};
use tempfile::TempDir;

use super::connection::{BUSY_TIMEOUT, connect_with};
use super::damage_notes::DamageNotes;
use super::identities::{self, Numbered};
use super::modifications::Modifications;
use super::plausible::{self, Implausible, amount};
use super::row_scan::{self, ENTRY, PRESENCE, Readable, SHARE};
use super::schema::{self, APPLICATION_ID, VERSION};
use super::snapshot_error::SnapshotError;
use super::work_limit::WorkLimit;
use super::write::UNKNOWN_EMBODIED_GRAMS;
use super::{backup, boundary};
use super::{state, verify};
use crate::energy_source::EnergyBySource;
use crate::files::beside;
use crate::host::RecordedBoundary;
use crate::posting::Origin;
use crate::rows::{Gpu, PresenceRow, UsageRow};
use crate::share::{ShareRow, WorkloadRow};

/// An open read transaction.
#[derive(Debug)]
pub(crate) struct Snapshot {
    connection: Connection,
    limit: WorkLimit,
    gpus: Numbered<Gpu>,
    origins: Numbered<Origin>,
    workloads: Numbered<WorkloadRow>,
    /// A ledger without a writer, which is read without locks: only its modification stamps show that a writer has started since.
    unlocked: Option<Unlocked>,
    /// The rows that are left out.
    pub(super) damage: DamageNotes,
    /// The copy that is read instead of the ledger, where reading the ledger itself would change a file.
    _copy: Option<TempDir>,
}

/// A ledger that is read without locks, and its files when it was opened.
#[derive(Debug)]
struct Unlocked {
    path: PathBuf,
    opened: Modifications,
}

/// A row's interval and the position of its GPU.
pub(super) struct Place {
    pub(super) interval: Interval,
    gpu: usize,
}

impl Snapshot {
    /// Opens a file whose header is a ledger's.
    ///
    /// Beside a running or killed writer, SQLite's log and the log's index exist, and are read in place. Without a
    /// log the database alone is read. A log without its index, as in a copy, would need a new index: then a copy of
    /// database and log is read.
    pub(crate) fn open(path: &Path) -> Result<Snapshot, SnapshotError> {
        let before = Modifications::at(path)?;
        let has_index = || beside(path, "-shm").exists();
        let mut snapshot = if before.has_log() && has_index() {
            Snapshot::new(connect_with(path, "mode=ro&readonly_shm=1")?, None, None)
        } else if before.has_filled_log() {
            let folder = tempfile::tempdir()?;
            let copy = folder.path().join("ledger.db");
            std::fs::copy(path, &copy)?;
            std::fs::copy(beside(path, "-wal"), beside(&copy, "-wal"))?;
            if Modifications::at(path)? != before || has_index() {
                return Err(SnapshotError::Changed);
            }
            Snapshot::new(connect_with(&copy, "mode=rw")?, None, Some(folder))
        } else {
            let unlocked = Unlocked { path: path.to_owned(), opened: before };
            Snapshot::new(connect_with(path, "mode=ro&immutable=1")?, Some(unlocked), None)
        };
        snapshot.limit = WorkLimit::set(&snapshot.connection, path)?;
        snapshot.connection.busy_timeout(BUSY_TIMEOUT)?;
        snapshot.connection.execute_batch(
            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;
             PRAGMA query_only = ON; BEGIN;",
        )?;
        snapshot.check_version()?;
        snapshot.connection.prepare("SELECT id FROM gpu")?;
        WorkLimit::set_text(&snapshot.connection)?;
        snapshot.gpus = identities::gpus(&snapshot, &snapshot.connection)?;
        snapshot.origins = identities::origins(&snapshot, &snapshot.connection)?;
        if snapshot.has_shares() {
            snapshot.workloads = match identities::workloads(&snapshot) {
                Err(SnapshotError::Corrupt(_)) => Numbered::default(), // which is noted
                workloads => workloads?,
            };
        }
        Ok(snapshot)
    }

    fn new(connection: Connection, unlocked: Option<Unlocked>, copy: Option<TempDir>) -> Snapshot {
        Snapshot {
            connection,
            limit: WorkLimit::default(),
            gpus: Numbered::default(),
            origins: Numbered::default(),
            workloads: Numbered::default(),
            unlocked,
            damage: DamageNotes::default(),
            _copy: copy,
        }
    }

    /// Rejects a file that is not a ledger of a known version.
    fn check_version(&self) -> Result<(), SnapshotError> {
        let pragma =
            |name| self.connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        if pragma("application_id")? != APPLICATION_ID {
            return Err(SnapshotError::NotALedger(
                "the SQLite database of another program".to_owned(),
            ));
        }
        match pragma("user_version")? {
            found if found > VERSION => Err(SnapshotError::Newer { found, known: VERSION }),
            1.. => Ok(()),
            found => Err(SnapshotError::Corrupt(format!("no ledger is of version {found}"))),
        }
    }

    /// Checks all of the ledger, as its writer does at the start, and returns the signal of the newest emissions.
    pub(crate) fn verify(&self) -> Result<Option<Signal>, SnapshotError> {
        let verified = || {
            let version = schema::version(&self.connection)?;
            schema::check(&self.connection, version)?;
            verify::check(&self.connection, version, &self.limit)?;
            state::signal(&self.connection)
        };
        Ok(verified()?)
    }

    /// The boundary of the figures, as it was recorded last.
    pub(crate) fn boundary(&self) -> Option<RecordedBoundary> {
        boundary::read(&self.connection)
    }

    /// The GPUs, ordered by index, and then the accounts of the host.
    pub(crate) fn gpus(&self) -> &[Gpu] {
        self.gpus.all()
    }

    /// The origins, in the order in which they were first used.
    pub(crate) fn origins(&self) -> &[Origin] {
        self.origins.all()
    }

    /// The workloads, in the order in which they first had a share.
    pub(crate) fn workloads(&self) -> &[WorkloadRow] {
        self.workloads.all()
    }

    /// True for a ledger that has the shares of workloads.
    fn has_shares(&self) -> bool {
        schema::version(&self.connection).is_ok_and(schema::has_shares)
    }

    /// Copies the ledger to an empty file.
    pub(crate) fn copy_to(&self, path: &Path) -> Result<(), SnapshotError> {
        backup::copy(&self.connection, path)
    }

    /// The rows that are left out so far, in words.
    pub(crate) fn damage(&self) -> Vec<String> {
        self.damage.texts()
    }

    /// Calls `visit` for each usage row that overlaps an interval. Damaged rows are left out, and noted.
    pub(crate) fn usage_rows(
        &self,
        within: Interval,
        visit: &mut dyn FnMut(UsageRow),
    ) -> Result<(), SnapshotError> {
        let parse = |row: &Row<'_>| {
            let Place { interval, gpu } = self.place(row)?;
            if !overlap(interval, within) {
                return Ok(None);
            }
            let id: i64 = row.get(3)?;
            let found = self.origins.find(id);
            let (origin, _) =
                found.ok_or_else(|| Implausible(format!("no origin has the id {id}")))?;
            let energy = EnergyBySource {
                counted: amount(row, 4)?,
                integrated: amount(row, 5)?,
                recovered: amount(row, 6)?,
            };
            let grams = plausible::optional_amount(row, 7)?;
            Ok(Some(UsageRow { gpu, interval, origin, energy, grams }))
        };
        row_scan::rows(self, &ENTRY, within, &parse, visit)
    }

    /// Calls `visit` for each presence row that overlaps an interval. Damaged rows are left out, and noted.
    pub(crate) fn presence_rows(
        &self,
        within: Interval,
        visit: &mut dyn FnMut(PresenceRow),
    ) -> Result<(), SnapshotError> {
        let parse = |row: &Row<'_>| {
            let Place { interval, gpu } = self.place(row)?;
            if !overlap(interval, within) {
                return Ok(None);
            }
            let (seconds, grams) = (amount(row, 3)?, amount(row, 4)?);
            let embodied_grams = Some(grams).filter(|&grams| grams != UNKNOWN_EMBODIED_GRAMS);
            Ok(Some(PresenceRow { gpu, interval, seconds, embodied_grams }))
        };
        row_scan::rows(self, &PRESENCE, within, &parse, visit)
    }

    /// Calls `visit` for each share that overlaps an interval. Damaged rows are left out, and noted.
    pub(crate) fn share_rows(
        &self,
        within: Interval,
        visit: &mut dyn FnMut(ShareRow),
    ) -> Result<(), SnapshotError> {
        if !self.has_shares() {
            return Ok(());
        }
        let parse = |row: &Row<'_>| {
            let Place { interval, gpu } = self.place(row)?;
            if !overlap(interval, within) {
                return Ok(None);
            }
            let id: i64 = row.get(3)?;
            let found = self.workloads.find(id);
            let (workload, _) =
                found.ok_or_else(|| Implausible(format!("no workload has the id {id}")))?;
            let (energy_joules, held_seconds) = (amount(row, 4)?, amount(row, 5)?);
            Ok(Some(ShareRow { gpu, interval, workload, energy_joules, held_seconds }))
        };
        row_scan::rows(self, &SHARE, within, &parse, visit)
    }

    /// The interval and GPU of a row, from its columns `start`, `gpu` and `seconds`. A row that is still growing ends
    /// at the last reading of its GPU.
    pub(super) fn place(&self, row: &Row<'_>) -> Result<Place, Implausible> {
        let plausible::Place { start, gpu: id, seconds } = plausible::place(row)?;
        let found = self.gpus.find(id);
        let (gpu, of) = found.ok_or_else(|| Implausible(format!("no GPU has the id {id}")))?;
        let start = Timestamp::from_unix_seconds(start);
        let length = Span::from_seconds(seconds.unsigned_abs());
        let whole = Interval::new(start, start + length);
        let interval = match of.read_at.map(|read| whole.split_at(read)) {
            Some((Some(until), Some(_))) => until,
            _ => whole,
        };
        Ok(Place { interval, gpu })
    }

    /// The results of reading each row of a query.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T, SnapshotError>,
    ) -> Result<Vec<T>, SnapshotError> {
        let mut all = Vec::new();
        self.each(sql, params, &mut |row| {
            all.push(read(row)?);
            Ok(())
        })?;
        Ok(all)
    }

    /// Reads each row, and checks afterwards that the file is unchanged.
    pub(super) fn each(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: &mut dyn FnMut(&Row<'_>) -> Result<(), SnapshotError>,
    ) -> Result<(), SnapshotError> {
        let outcome = self.limit.each(&self.connection, sql, params, read);
        match &self.unlocked {
            Some(Unlocked { path, opened }) if Modifications::at(path)? != *opened => {
                Err(SnapshotError::Changed)
            }
            _ => outcome,
        }
    }
}

impl Readable for Snapshot {
    fn each(
        &self,
        sql: &str,
        params: [i64; 2],
        read: &mut dyn FnMut(&Row<'_>) -> Result<(), SnapshotError>,
    ) -> Result<(), SnapshotError> {
        Snapshot::each(self, sql, params, read)
    }

    fn damage(&self) -> &DamageNotes {
        &self.damage
    }
}

fn overlap(one: Interval, other: Interval) -> bool {
    one.start() < other.end() && other.start() < one.end()
}
