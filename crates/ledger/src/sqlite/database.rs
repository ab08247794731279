//! The connection of the ledger's writer.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use gpu_carbon_core::{Interval, Signal, Timestamp};
use rusqlite::{Connection, OpenFlags, Transaction};

use super::connection::{connect, transact};
use super::error::SqliteError;
use super::{compact, restate, schema, state, write};
use crate::compact::{Compacted, Retention};
use crate::error::{LedgerError, OpenError};
use crate::files::{self, beside};
use crate::gpu::{Batch, GpuBatch, GpuState};
use crate::restate::{Revision, SlotIntensities};

/// An open database that may be written.
#[derive(Debug)]
pub(crate) struct Database {
    path: PathBuf,
    connection: Connection,
}

impl Database {
    /// Creates a ledger with the GPUs that are known from an earlier file. It is written under another name and
    /// then renamed, so that it is complete or absent.
    pub(crate) fn create(path: &Path, known: &Batch) -> Result<Database, OpenError> {
        let denied = |error| OpenError::Denied { path: path.to_owned(), error };
        let draft = beside(path, ".new");
        for suffix in ["", "-wal", "-shm", "-journal"] {
            match std::fs::remove_file(beside(&draft, suffix)) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(denied(error)),
                _ => {}
            }
        }
        let create = || {
            let mut connection = connect(&draft, OpenFlags::SQLITE_OPEN_CREATE)?;
            schema::create(&mut connection)?;
            transact(&mut connection, |transaction| write::batch(transaction, known))?;
            connection.close().map_err(|(_, error)| SqliteError::from(error))
        };
        create().map_err(|error| error.at(path))?;
        std::fs::rename(&draft, path).map_err(denied)?;
        files::sync_folder(path).map_err(denied)?;
        Database::open(path)
    }

    /// Opens a ledger, migrates it to the newest version, and checks all of it.
    pub(crate) fn open(path: &Path) -> Result<Database, OpenError> {
        let open = || {
            let mut connection = connect(path, OpenFlags::empty())?;
            let newer = schema::migrate(&mut connection)?;
            Ok((connection, newer))
        };
        let (connection, newer) = open().map_err(|error: SqliteError| error.at(path))?;
        if let Some(found) = newer {
            return Err(OpenError::Newer { path: path.to_owned(), found, known: schema::VERSION });
        }
        let database = Database { path: path.to_owned(), connection };
        let is_read_only = || {
            schema::check_integrity(&database.connection)?;
            state::gpus(&database.connection)?;
            Ok(database.connection.is_readonly("main")?)
        };
        if is_read_only().map_err(|error: SqliteError| error.at(path))? {
            return Err(LedgerError::ReadOnly { path: path.to_owned() }.into());
        }
        Ok(database)
    }

    /// The GPUs of a damaged ledger, with their totals and pending energy; empty if a part of that is unreadable.
    pub(crate) fn salvage(path: &Path) -> Vec<GpuBatch> {
        let read = || state::salvage(&connect(path, OpenFlags::empty())?);
        let gpus = read().unwrap_or_default();
        let batch = Batch { at: Timestamp::EPOCH, gpus };
        if write::check_finite(&batch).is_ok() { batch.gpus } else { Vec::new() }
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

    /// The time of a GPU's last reading.
    pub(crate) fn read_at(&self, uuid: &str) -> Result<Option<Timestamp>, LedgerError> {
        state::read_at(&self.connection, uuid).map_err(|error| error.at(&self.path))
    }

    /// Writes a batch.
    pub(crate) fn write(&mut self, batch: &Batch) -> Result<(), LedgerError> {
        write::check_finite(batch)?;
        self.transact(|transaction| write::batch(transaction, batch))
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

    fn transact<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, SqliteError>,
    ) -> Result<T, LedgerError> {
        transact(&mut self.connection, work).map_err(|error| error.at(&self.path))
    }
}
