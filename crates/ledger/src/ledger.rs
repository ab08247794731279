//! The writer of a ledger.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use gpu_carbon_core::{Interval, Signal, Timestamp};

use crate::compact::{Compacted, Retention};
use crate::error::{LedgerError, OpenError};
use crate::files::{self, FileStamps};
use crate::gpu::{Batch, GpuBatch, GpuState};
use crate::lock::Lock;
use crate::restate::{Revision, SlotIntensities};
use crate::sqlite::{Database, FileKind};

/// An open ledger. As long as it lives, no other process can write the file.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    database: Database,
    /// The files after the last write. Others may get their names.
    stamps: FileStamps,
    lock: Lock,
}

/// The result of opening a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// There was no file: a new ledger was created.
    New,
    /// There was a ledger, which is continued.
    Continued,
    /// The file was not a sound database: it was renamed, and a new ledger was created. The totals and pending energy
    /// were carried over if both were readable: [`Ledger::state`] returns them.
    Quarantined {
        /// The new name of the file.
        to: PathBuf,
        /// The damage.
        reason: String,
    },
}

impl Ledger {
    /// Opens a ledger, or creates it where there is none. The whole file is checked, and quarantined if it is not
    /// sound: it gets a new name, which contains `now`.
    ///
    /// # Errors
    ///
    /// When another process has locked the ledger, when it is of a newer version or another program's database, and
    /// when the system does not allow it to be written. The file is unchanged then.
    pub fn open(path: &Path, now: Timestamp) -> Result<(Ledger, Opened), OpenError> {
        Ledger::open_with(path, now, Database::salvage)
    }

    /// Opens a ledger that this process has written before, and whose totals it knows: nothing of a quarantined file
    /// is carried over. The next [`write`](Ledger::write) must post all pending energy again.
    ///
    /// # Errors
    ///
    /// As [`open`](Ledger::open).
    pub fn reopen(path: &Path, now: Timestamp) -> Result<(Ledger, Opened), OpenError> {
        Ledger::open_with(path, now, |_| Vec::new())
    }

    fn open_with(
        path: &Path,
        now: Timestamp,
        salvage: impl Fn(&Path) -> Vec<GpuBatch>,
    ) -> Result<(Ledger, Opened), OpenError> {
        let denied = |error| OpenError::Denied { path: path.to_owned(), error };
        let path = files::canonical(path).map_err(denied)?;
        match path.metadata() {
            Ok(metadata) if !metadata.is_file() => return Err(OpenError::NotAFile { path }),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(denied(error)),
            _ => {}
        }
        let lock = Lock::take(&path)?;
        let mut known = Vec::new();
        let reason = match FileKind::at(&path).map_err(denied)? {
            FileKind::Missing => {
                return Ok((Ledger::create(path, lock, Vec::new(), now)?, Opened::New));
            }
            FileKind::Foreign => return Err(OpenError::Foreign { path }),
            FileKind::Broken(reason) => reason.to_owned(),
            FileKind::Ledger => match Database::open(&path) {
                Ok(database) => {
                    return Ok((Ledger::new(path, database, lock), Opened::Continued));
                }
                Err(OpenError::Ledger(LedgerError::Corrupt { reason, .. })) => {
                    known = salvage(&path);
                    reason
                }
                Err(error) => return Err(error),
            },
        };
        let to = files::quarantine(&path, now).map_err(denied)?;
        let ledger = Ledger::create(path, lock, known, now)?;
        Ok((ledger, Opened::Quarantined { to, reason }))
    }

    /// Quarantines a file that turned out to be corrupt, creates a new ledger in its place, and returns that and the
    /// old file's new name. The next [`write`](Ledger::write) carries the GPUs' totals over; it must post all pending
    /// energy again.
    ///
    /// # Errors
    ///
    /// When the system does not allow the file to be renamed, or a new one to be written. The lock is released then.
    pub fn recreate(self, now: Timestamp) -> Result<(Ledger, PathBuf), OpenError> {
        let Ledger { path, database, lock, .. } = self;
        drop(database);
        let denied = |error| OpenError::Denied { path: path.clone(), error };
        let to = files::quarantine(&path, now).map_err(denied)?;
        Ok((Ledger::create(path, lock, Vec::new(), now)?, to))
    }

    fn create(
        path: PathBuf,
        lock: Lock,
        known: Vec<GpuBatch>,
        now: Timestamp,
    ) -> Result<Ledger, OpenError> {
        let database = Database::create(&path, &Batch { at: now, gpus: known })?;
        Ok(Ledger::new(path, database, lock))
    }

    fn new(path: PathBuf, database: Database, lock: Lock) -> Ledger {
        let stamps = FileStamps::at(&path);
        Ledger { path, database, stamps, lock }
    }

    /// The ledger's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The state of each GPU. Pending energy of this zone and signal, not older than 32 days, may still get an
    /// intensity; other pending energy is given up.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or has content that no ledger has.
    pub fn state(
        &self,
        zone: &str,
        signal: Signal,
        now: Timestamp,
    ) -> Result<Vec<GpuState>, LedgerError> {
        self.database.state(zone, signal, now)
    }

    /// The length of the file and its log, in bytes; `None` where it cannot be read.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        let length = |path: &Path| path.metadata().ok().map(|metadata| metadata.len());
        Some(length(&self.path)? + length(&files::beside(&self.path, "-wal")).unwrap_or_default())
    }

    /// The signal of the newest converted energy; `None` where no energy is converted yet.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or has content that no ledger has.
    pub fn signal(&self) -> Result<Option<Signal>, LedgerError> {
        self.database.signal()
    }

    /// Writes a batch: all of it, or on an error none of it. When this returns, the batch is on the disk (fsync).
    ///
    /// The first batch of a GPU that is new to the file may have totals beyond its postings. These are recorded as
    /// *carried* from a time before the file.
    ///
    /// # Errors
    ///
    /// When the disk is full, read-only or broken; the same batch may be written again later. When the file is
    /// [corrupt](LedgerError::is_corrupt). When files beside it were [disturbed](LedgerError::Disturbed). When its
    /// lock file was removed, and another process has the lock now. When an amount is not finite.
    pub fn write(&mut self, batch: &Batch) -> Result<(), LedgerError> {
        self.transact(|database| database.write(batch))
    }

    /// Restates the emissions of slots that overlap `changed` by newer intensities, and returns the change of each GPU.
    ///
    /// A row is restated when its zone and signal are those of the intensities, and the new intensity has a better
    /// quality than the row's, or the same quality and source. The row keeps its power usage effectiveness. Pending
    /// energy and rows of an hour or a day are unchanged. All rows are restated, or on an error none.
    ///
    /// When this returns, the revisions are in the rows and in [`restated_grams`](crate::GpuTotals::restated_grams).
    /// Energy that is written later with an older intensity keeps that until it is restated again.
    ///
    /// # Errors
    ///
    /// As [`write`](Ledger::write).
    pub fn restate(
        &mut self,
        intensities: &dyn SlotIntensities,
        changed: Interval,
    ) -> Result<Vec<Revision>, LedgerError> {
        self.transact(|database| database.restate(intensities, changed))
    }

    /// Compacts the oldest day that is due: slots become hours, or hours become days. A call handles one day, so that
    /// no write has to wait for long: call it until it is [done](Compacted::done).
    ///
    /// # Errors
    ///
    /// As [`write`](Ledger::write).
    pub fn compact(
        &mut self,
        now: Timestamp,
        retention: Retention,
    ) -> Result<Compacted, LedgerError> {
        self.transact(|database| database.compact(now, retention))
    }

    /// The time of a GPU's last reading in the file; `None` for a GPU that is new to the file or was never read.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn read_at(&self, uuid: &str) -> Result<Option<Timestamp>, LedgerError> {
        self.database.read_at(uuid)
    }

    /// Runs `work` on the database, after a check that the files are still those of this ledger.
    fn transact<T>(
        &mut self,
        work: impl FnOnce(&mut Database) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let stamps = FileStamps::at(&self.path);
        if !stamps.is_same_database(self.stamps) {
            let reason = "it was removed or replaced while it was open".to_owned();
            return Err(LedgerError::Corrupt { path: self.path.clone(), reason });
        }
        if !stamps.continues(self.stamps) {
            return Err(LedgerError::Disturbed { path: self.path.clone() });
        }
        if !self.lock.is_effective(&self.path) {
            // The lock file was removed. The lock is taken again, unless another process has it by now.
            let lost = |error: OpenError| LedgerError::LockLost(Box::new(error));
            self.lock = Lock::take(&self.path).map_err(lost)?;
        }
        let result = work(&mut self.database);
        let written = FileStamps::at(&self.path);
        // If a file was replaced during the work, the older stamps make the next transaction report it.
        if written.are_same_files(self.stamps) {
            self.stamps = written;
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_that_is_replaced_during_a_transaction_is_reported_by_the_next() {
        for (suffix, is_corrupt) in [("", true), ("-wal", false)] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ledger.db");
            let now = Timestamp::from_unix_seconds(1_795_444_800);
            let (mut ledger, _) = Ledger::open(&path, now).unwrap();
            let batch = Batch { at: now, gpus: Vec::new() };
            ledger.write(&batch).unwrap();
            let replace = |database: &mut Database| {
                database.write(&batch)?;
                fs::write(folder.path().join("other"), vec![7; 1 << 20]).unwrap();
                fs::rename(folder.path().join("other"), files::beside(&path, suffix)).unwrap();
                Ok(())
            };
            ledger.transact(replace).unwrap();
            let error = ledger.write(&batch).unwrap_err();
            assert_eq!(error.is_corrupt(), is_corrupt, "ledger.db{suffix}: {error}");
        }
    }
}
