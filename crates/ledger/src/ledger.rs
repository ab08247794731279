//! The writer of a ledger.

mod queries;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gpu_carbon_core::{Interval, Timestamp};

use crate::compact::{Compacted, Retention};
use crate::error::{LedgerError, OpenError};
use crate::feed::Feed;
use crate::files::{self, FileStamps};
use crate::gpu::Batch;
use crate::host::RecordedBoundary;
use crate::lock::{DatabaseLock, Lock};
use crate::opened::Opened;
use crate::restate::{ConvertedTime, Revision, SlotIntensities};
use crate::salvaged::Salvaged;
use crate::sqlite::{Check, Database, FileKind, Salvage, Snapshot};
use crate::{seal, set_aside};

/// An open ledger. As long as it lives, no other process can write the file.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    database: Database,
    /// The files after the last write. Others may get their names.
    stamps: FileStamps,
    // The locks are released after the database is closed.
    lock: Lock,
    database_lock: DatabaseLock,
}

/// The knowledge that a process has of a ledger when it opens it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Knowledge {
    /// No knowledge: all is read from the file.
    None,
    /// The process has written the file before, and knows all totals of its GPUs and their pending energy.
    Totals,
}

impl Knowledge {
    /// The kind of a file.
    ///
    /// # Errors
    ///
    /// When it is no ledger, unless the process knows that it was one; when it is another program's database.
    fn kind_of(self, path: &Path) -> Result<FileKind, OpenError> {
        let path = path.to_owned();
        match (FileKind::at(&path), self) {
            (Ok(FileKind::Foreign), _) => Err(OpenError::Foreign { path }),
            (Ok(FileKind::Other), Knowledge::None) => Err(OpenError::NotALedger { path }),
            (Ok(kind), _) => Ok(kind),
            (Err(error), _) => Err(OpenError::Denied { path, error }),
        }
    }
}

impl Ledger {
    /// Opens a ledger, or creates it where there is none. The whole file is checked, and quarantined if it is not
    /// sound: it gets a new name, which contains `now`. A file that is, bit by bit, the one that was [closed](Ledger::close) was
    /// checked before.
    ///
    /// # Errors
    ///
    /// When another process has locked the ledger, when it is of a newer version, another program's database or no
    /// ledger at all, when the system does not allow it to be written, and when there is no space for a new ledger
    /// in place of a damaged one. The file is unchanged then.
    pub fn open(path: &Path, now: Timestamp) -> Result<(Ledger, Opened), OpenError> {
        Ledger::open_with(path, now, Knowledge::None)
    }

    /// Opens a ledger that this process has written before, and whose totals it knows: whatever has its name by now is
    /// quarantined unless it is a sound ledger. The next [`write`](Ledger::write) of each GPU in a new file must post all
    /// pending energy again.
    ///
    /// # Errors
    ///
    /// As [`open`](Ledger::open).
    pub fn reopen(path: &Path, now: Timestamp) -> Result<(Ledger, Opened), OpenError> {
        Ledger::open_with(path, now, Knowledge::Totals)
    }

    fn open_with(
        path: &Path,
        now: Timestamp,
        knowledge: Knowledge,
    ) -> Result<(Ledger, Opened), OpenError> {
        let denied = |error| OpenError::Denied { path: path.to_owned(), error };
        let path = files::canonical(path).map_err(denied)?;
        files::check_regular(&path)?;
        knowledge.kind_of(&path)?; // a file of someone else gets no lock file beside it
        let lock = Lock::take(&path)?;
        let resumed = set_aside::resume(&path, is_sound).map_err(denied)?;
        let reason = match knowledge.kind_of(&path)? {
            FileKind::Missing => return Ledger::create(path, lock, now, knowledge),
            FileKind::Foreign | FileKind::Other => "it is not a ledger any more".to_owned(),
            FileKind::Broken(reason) => reason.to_owned(),
            FileKind::Ledger => {
                let database_lock = DatabaseLock::take(&path)?;
                let check = if seal::take(&path) { Check::Sealed } else { Check::Whole };
                match Database::open(&path, check) {
                    Ok(database) => {
                        let opened = match resumed {
                            Some(from) => {
                                let salvaged = database.carried().map_err(OpenError::from)?;
                                Opened::Resumed { from, salvaged }
                            }
                            None => Opened::Continued,
                        };
                        return Ok((Ledger::new(path, database, lock, database_lock), opened));
                    }
                    Err(OpenError::Ledger(LedgerError::Corrupt { reason, .. })) => reason,
                    Err(error) => return Err(error),
                }
            }
        };
        let (ledger, to, salvaged) = Ledger::replace(path, lock, now, knowledge)?;
        Ok((ledger, Opened::Quarantined { to, reason, salvaged }))
    }

    /// Quarantines a file that turned out to be corrupt, creates a new ledger in its place with all that could be read,
    /// and returns that and the old file's new name. The next [`write`](Ledger::write) of each GPU carries its totals
    /// over; it must post all pending energy again.
    ///
    /// # Errors
    ///
    /// When the system does not allow the file to be renamed, or a new one to be written. The lock is released then.
    pub fn recreate(self, now: Timestamp) -> Result<(Ledger, PathBuf), OpenError> {
        let Ledger { path, database, lock, database_lock, .. } = self;
        drop(database);
        drop(database_lock);
        let (ledger, to, _) = Ledger::replace(path, lock, now, Knowledge::Totals)?;
        Ok((ledger, to))
    }

    /// Moves the log into the file, closes it, and seals it: the file alone is the ledger then.
    ///
    /// # Errors
    ///
    /// When the log cannot be moved. It stays beside the file, and both together are the ledger.
    pub fn close(self) -> Result<(), LedgerError> {
        let Ledger { path, database, .. } = self;
        database.close()?;
        seal::write(&path);
        Ok(())
    }

    /// Sets a damaged file aside. The new one is complete before the old one loses its name.
    fn replace(
        path: PathBuf,
        lock: Lock,
        now: Timestamp,
        knowledge: Knowledge,
    ) -> Result<(Ledger, PathBuf, Salvaged), OpenError> {
        let denied = |error| OpenError::Denied { path: path.clone(), error };
        let damaged = path.exists().then(|| DatabaseLock::take(&path)).transpose()?;
        let Salvage { gpus, embodied, salvaged } = Database::salvage(&path);
        let known = Batch { at: now, gpus };
        Database::write_new(&set_aside::draft(&path), &known, &embodied)?;
        let to = set_aside::replace_by_draft(&path, now).map_err(denied)?;
        drop(damaged);
        let mut ledger = Ledger::open_placed(path, lock)?;
        if knowledge == Knowledge::Totals {
            ledger.database.restart(known.gpus.into_iter().map(|gpu| gpu.uuid));
        }
        Ok((ledger, to, salvaged))
    }

    /// Creates a ledger where there is none. If one was set aside there, all that can be read of it is carried over.
    fn create(
        path: PathBuf,
        lock: Lock,
        now: Timestamp,
        knowledge: Knowledge,
    ) -> Result<(Ledger, Opened), OpenError> {
        let denied = |error| OpenError::Denied { path: path.clone(), error };
        let salvage = || -> std::io::Result<Option<(PathBuf, Salvage)>> {
            let mut drafts_and_aside = set_aside::databases_aside(&path)?;
            drafts_and_aside.push(set_aside::draft(&path));
            let salvages = drafts_and_aside.into_iter().filter(|from| from.is_file());
            let mut salvages = salvages.map(|from| (Database::salvage(&from), from));
            let found = salvages.find(|(salvage, _)| !salvage.gpus.is_empty());
            Ok(found.map(|(salvage, from)| (from, salvage)))
        };
        let resumed = match knowledge {
            Knowledge::None => salvage().map_err(denied)?,
            Knowledge::Totals => None,
        };
        let (opened, gpus, embodied) = match resumed {
            Some((from, Salvage { gpus, embodied, salvaged })) => {
                (Opened::Resumed { from, salvaged }, gpus, embodied)
            }
            None => (Opened::New, Vec::new(), BTreeMap::new()),
        };
        Database::write_new(&set_aside::draft(&path), &Batch { at: now, gpus }, &embodied)?;
        set_aside::place_draft(&path).map_err(denied)?;
        Ok((Ledger::open_placed(path, lock)?, opened))
    }

    /// Opens a ledger that was just created.
    fn open_placed(path: PathBuf, lock: Lock) -> Result<Ledger, OpenError> {
        let database_lock = DatabaseLock::take(&path)?;
        let database = Database::open(&path, Check::Whole)?;
        Ok(Ledger::new(path, database, lock, database_lock))
    }

    fn new(path: PathBuf, database: Database, lock: Lock, database_lock: DatabaseLock) -> Ledger {
        let stamps = FileStamps::at(&path);
        Ledger { path, database, stamps, lock, database_lock }
    }

    /// Replaces the feed of the intensities.
    ///
    /// # Errors
    ///
    /// As [`write`](Ledger::write).
    pub fn set_feed(&mut self, feed: &Feed) -> Result<(), LedgerError> {
        self.transact(|database| database.set_feed(feed))
    }

    /// Replaces the boundary of the figures, if it is another one.
    ///
    /// # Errors
    ///
    /// As [`write`](Ledger::write).
    pub fn set_boundary(&mut self, boundary: &RecordedBoundary) -> Result<(), LedgerError> {
        self.transact(|database| database.set_boundary(boundary))
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
        self.transact(|database| database.write_batch(batch))
    }

    /// Writes a batch as [`write`](Ledger::write) does, and records by which intensities its energy was converted: a later
    /// restatement changes the emissions in the ratio of the new intensity to this one.
    ///
    /// # Errors
    ///
    /// As [`write`](Ledger::write).
    pub fn write_converted(
        &mut self,
        batch: &Batch,
        converted: &[ConvertedTime],
        intensities: &dyn SlotIntensities,
    ) -> Result<(), LedgerError> {
        self.transact(|database| database.write(batch, converted, intensities))
    }

    /// Restates the emissions of slots that overlap `changed` by newer intensities, and returns the change of each GPU.
    ///
    /// A row is restated when its zone and signal are those of the intensities, and the new intensity has a better
    /// quality than the row's, or the same quality and source. Its emissions change in the ratio of the new intensity
    /// to that by which it was converted, of the same part of the slot. The row keeps its power usage effectiveness.
    /// Pending energy and rows of an hour or a day are unchanged. All rows are restated, or on an error none.
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

    /// Removes the names of workloads that have no share since `before`, and returns their number. Their energy stays, as
    /// that of the workload [`FORGOTTEN`](crate::Workload::FORGOTTEN) of their kind.
    ///
    /// # Errors
    ///
    /// As [`write`](Ledger::write).
    pub fn forget_workloads(&mut self, before: Timestamp) -> Result<usize, LedgerError> {
        self.transact(|database| database.forget_workloads(before))
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

/// Reports whether a file is a ledger without damage. Nothing is changed.
fn is_sound(path: &Path) -> bool {
    let is_ledger = path.is_file() && matches!(FileKind::at(path), Ok(FileKind::Ledger));
    is_ledger && Snapshot::open(path).is_ok_and(|snapshot| snapshot.verify().is_ok())
}

#[cfg(test)]
mod tests;
