//! The connection of the ledger's writer.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gpu_carbon_core::{Interval, Signal, Timestamp};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction};

use super::connection::{connect, connect_reader, transact};
use super::error::SqliteError;
use super::row_digests::RowDigests;
use super::salvage::{DamagedLedger, Salvage};
use super::work_limit::WorkLimit;
use super::{
    boundary, compact, conversion, embodied, feed, gpu_copy, header, restate, schema, share, state,
    verify, write,
};
use crate::compact::{Compacted, Retention};
use crate::embodied::EmbodiedSince;
use crate::error::{LedgerError, OpenError};
use crate::feed::Feed;
use crate::files;
use crate::gpu::{Batch, GpuState};
use crate::host::RecordedBoundary;
use crate::posting::IntensitySource;
use crate::restate::{ConvertedTime, Revision, SlotIntensities};
use crate::salvaged::Salvaged;

/// The part of a ledger that is checked when it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// All of it.
    Whole,
    /// The names of its tables alone: the file is the one that its writer has closed. Of an older version all is checked.
    Sealed,
}

/// An open database that may be written.
#[derive(Debug)]
pub(crate) struct Database {
    path: PathBuf,
    connection: Connection,
    row_digests: RowDigests,
    /// The UUIDs of GPUs whose rows the next batch replaces.
    to_restart: BTreeSet<String>,
}

impl Database {
    /// Writes a complete ledger, which may have GPUs that are known from an earlier file, and closes it.
    pub(crate) fn write_new(
        path: &Path,
        known: &Batch,
        figures: &BTreeMap<String, Vec<EmbodiedSince>>,
    ) -> Result<(), OpenError> {
        let denied = |error| OpenError::Denied { path: path.to_owned(), error };
        files::remove_database(path).map_err(denied)?;
        let create = || {
            let mut connection = connect(path, OpenFlags::SQLITE_OPEN_CREATE)?;
            schema::create(&mut connection)?;
            let row_digests = RowDigests::follow(&connection)?;
            transact(&mut connection, |transaction| {
                write::batch(transaction, known)?;
                for (uuid, of_gpu) in figures {
                    let find = "SELECT id FROM gpu WHERE uuid = ?1";
                    let id = transaction.query_row(find, [uuid], |row| row.get(0))?;
                    for one in of_gpu {
                        embodied::insert(transaction, id, one)?;
                    }
                }
                gpu_copy::update(transaction, &row_digests)
            })?;
            connection.close().map_err(|(_, error)| SqliteError::from(error))
        };
        create().map_err(|error: SqliteError| {
            let _ = files::remove_database(path); // which may have filled the disk
            error.at(path)
        })?;
        files::sync_folder(path).map_err(denied)
    }

    /// Opens a ledger, checks it, and migrates it to the newest version. A ledger that is rejected is unchanged.
    pub(crate) fn open(path: &Path, check: Check) -> Result<Database, OpenError> {
        let opened = Database::open_or_newer(path, check).map_err(|error| error.at(path))?;
        let (connection, row_digests) = match opened {
            Ok(opened) => opened,
            Err(found) => {
                let known = schema::VERSION;
                return Err(OpenError::Newer { path: path.to_owned(), found, known });
            }
        };
        let path = path.to_owned();
        match connection.is_readonly("main") {
            Ok(true) => Err(LedgerError::ReadOnly { path }.into()),
            Ok(false) => {
                Ok(Database { path, connection, row_digests, to_restart: BTreeSet::new() })
            }
            Err(error) => Err(SqliteError::from(error).at(&path).into()),
        }
    }

    /// Opens a database as [`open`](Database::open) does; the inner error is a version that is newer than this program.
    fn open_or_newer(
        path: &Path,
        check: Check,
    ) -> Result<Result<(Connection, RowDigests), i32>, SqliteError> {
        let mut connection = connect(path, OpenFlags::empty())?;
        // Until the file is known to be a sound ledger, closing it must not move its log into it.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        let limit = WorkLimit::set(&connection, path)?;
        let found = schema::version(&connection)?;
        if found > schema::VERSION {
            return Ok(Err(found));
        }
        schema::check(&connection, found)?;
        let is_known_sound = check == Check::Sealed && found == schema::VERSION;
        if !is_known_sound {
            let readers = [connect_reader(path)?, connect_reader(path)?];
            let scan = verify::check_with_readers(&connection, found, &limit, readers)?;
            verify::check_log(&connection, path)?;
            schema::migrate(&mut connection, found, |transaction| {
                gpu_copy::write_all(transaction, |id| {
                    scan.digests.get(&id).copied().unwrap_or_default()
                })
            })?;
        }
        WorkLimit::remove(&connection)?;
        let row_digests = RowDigests::follow(&connection)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        Ok(Ok((connection, row_digests)))
    }

    /// The part of a damaged ledger that can be read. Its files are unchanged, but for the index of the log.
    pub(crate) fn salvage(path: &Path) -> Salvage {
        let read = |path: &Path| DamagedLedger::open(path).map(|ledger| ledger.salvage());
        let salvage = read(path).unwrap_or_default();
        let of_pages = || Some(DamagedLedger::of_raw_copies(path).ok()?.salvage());
        if !salvage.gpus.is_empty() {
            return salvage.with_later_totals(of_pages().unwrap_or_default());
        }
        // The header may be damaged, of which a ledger's is known; or the tables' definitions, which are in its page.
        let of_copy = || read(header::repaired_copy(path).ok()?.path()).ok();
        let has_gpus = |salvage: &Salvage| !salvage.gpus.is_empty();
        let with_rows_unknown = |mut salvage: Salvage| {
            salvage.salvaged.days_left_behind = None;
            salvage
        };
        of_copy()
            .filter(has_gpus)
            .or_else(|| of_pages().filter(has_gpus).map(with_rows_unknown))
            .unwrap_or(salvage)
    }

    /// The amounts that this file has from an earlier one.
    pub(crate) fn carried(&self) -> Result<Salvaged, LedgerError> {
        let gpus = state::gpus(&self.connection).map_err(|error| error.at(&self.path))?;
        let joules = gpus.iter().map(|gpu| gpu.state.totals.energy_joules).sum();
        Ok(Salvaged { gpus: gpus.len(), joules, ..Salvaged::default() })
    }

    /// Declares that the next batch of each GPU replaces the GPU's rows: it has all totals and all pending energy.
    pub(crate) fn restart(&mut self, uuids: impl IntoIterator<Item = String>) {
        self.to_restart.extend(uuids);
    }

    /// Moves the log into the file, and closes it.
    pub(crate) fn close(self) -> Result<(), LedgerError> {
        let Database { path, connection, .. } = self;
        connection.close().map_err(|(_, error)| SqliteError::from(error).at(&path))
    }

    /// All GPUs, with the energy that is pending for this zone and signal.
    pub(crate) fn state(
        &self,
        zone: &str,
        signal: Signal,
        now: Timestamp,
    ) -> Result<Vec<GpuState>, LedgerError> {
        state::state(&self.connection, zone, signal, now).map_err(|error| error.at(&self.path))
    }

    /// The signal of the newest converted row.
    pub(crate) fn signal(&self) -> Result<Option<Signal>, LedgerError> {
        state::signal(&self.connection).map_err(|error| error.at(&self.path))
    }

    /// The sources of all intensities that were ever used.
    pub(crate) fn intensity_sources(&self) -> Result<Vec<IntensitySource>, LedgerError> {
        let origins = state::origins(&self.connection).map_err(|error| error.at(&self.path))?;
        Ok(origins.into_iter().filter_map(|(_, origin)| origin.intensity_source).collect())
    }

    /// The time of a GPU's last reading.
    pub(crate) fn read_at(&self, uuid: &str) -> Result<Option<Timestamp>, LedgerError> {
        state::read_at(&self.connection, uuid).map_err(|error| error.at(&self.path))
    }

    /// The feed of the intensities.
    pub(crate) fn feed(&self) -> Result<Option<Feed>, LedgerError> {
        feed::read(&self.connection).map_err(|error| error.at(&self.path))
    }

    /// Replaces the feed of the intensities.
    pub(crate) fn set_feed(&mut self, feed: &Feed) -> Result<(), LedgerError> {
        self.transact(|transaction| feed::write(transaction, feed))
    }

    /// The boundary of the figures.
    pub(crate) fn boundary(&self) -> Option<RecordedBoundary> {
        boundary::read(&self.connection)
    }

    /// Replaces the boundary of the figures, if it is another one.
    pub(crate) fn set_boundary(&mut self, new: &RecordedBoundary) -> Result<(), LedgerError> {
        if self.boundary().as_ref() == Some(new) {
            return Ok(());
        }
        self.transact(|transaction| boundary::write(transaction, new))
    }

    /// Writes a batch.
    pub(crate) fn write_batch(&mut self, batch: &Batch) -> Result<(), LedgerError> {
        self.write_with(batch, |_| Ok(()))
    }

    /// Writes a batch, and the intensities by which its energy was converted.
    pub(crate) fn write(
        &mut self,
        batch: &Batch,
        converted: &[ConvertedTime],
        intensities: &dyn SlotIntensities,
    ) -> Result<(), LedgerError> {
        self.write_with(batch, |transaction| {
            conversion::record(transaction, converted, intensities)
        })
    }

    fn write_with(
        &mut self,
        batch: &Batch,
        also: impl FnOnce(&Transaction<'_>) -> Result<(), SqliteError>,
    ) -> Result<(), LedgerError> {
        write::check_finite(batch)?;
        let to_restart: BTreeSet<String> = batch
            .gpus
            .iter()
            .filter(|gpu| self.to_restart.contains(&gpu.uuid))
            .map(|gpu| gpu.uuid.clone())
            .collect();
        self.transact(|transaction| {
            for gpu in batch.gpus.iter().filter(|gpu| to_restart.contains(&gpu.uuid)) {
                write::restart_gpu(transaction, gpu)?;
            }
            write::batch(transaction, batch)?;
            also(transaction)
        })?;
        self.to_restart.retain(|uuid| !to_restart.contains(uuid));
        Ok(())
    }

    /// Restates rows by newer intensities.
    pub(crate) fn restate(
        &mut self,
        intensities: &dyn SlotIntensities,
        changed: Interval,
    ) -> Result<Vec<Revision>, LedgerError> {
        self.transact(|transaction| restate::rows(transaction, intensities, changed))
    }

    /// Compacts the oldest day that is due.
    pub(crate) fn compact(
        &mut self,
        now: Timestamp,
        retention: Retention,
    ) -> Result<Compacted, LedgerError> {
        self.transact(|transaction| compact::oldest_day(transaction, now, retention))
    }

    /// Removes the names of workloads that have no share since a time.
    pub(crate) fn forget_workloads(&mut self, before: Timestamp) -> Result<usize, LedgerError> {
        self.transact(|transaction| share::forget_before(transaction, before))
    }

    fn transact<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, SqliteError>,
    ) -> Result<T, LedgerError> {
        let row_digests = &self.row_digests;
        row_digests.take(); // the changes of a transaction that failed
        transact(&mut self.connection, |transaction| {
            let result = work(transaction)?;
            gpu_copy::update(transaction, row_digests)?;
            Ok(result)
        })
        .map_err(|error| error.at(&self.path))
    }
}
