//! The one writer of a ledger.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use gpu_carbon_core::{Interval, Signal, Timestamp};

use crate::compact::{Compacted, Retention};
use crate::error::{LedgerError, OpenError};
use crate::files::{self, Look};
use crate::gpu::{Batch, GpuBatch, GpuState};
use crate::lock::Lock;
use crate::restate::{Prices, Revision};
use crate::sqlite::{Database, Kind};

/// An open ledger. One process writes a file; for as long as this lives, it is this one.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    database: Database,
    /// What its files looked like after the last write: others may get their names.
    look: Look,
    lock: Lock,
}

/// What was found at the ledger's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// Nothing: a new ledger was begun.
    New,
    /// A ledger, which goes on.
    Continued,
    /// A file that is no sound database: it has another name now, and a new ledger was begun. The totals and
    /// what waited for a price went over to it, if both could still be read: [`Ledger::state`] shows them.
    SetAside {
        /// Its name now.
        to: PathBuf,
        /// What was wrong with it.
        why: String,
    },
}

impl Ledger {
    /// Opens a ledger, or begins it where there is none. All of the file is checked, and set aside if it is not
    /// sound. `now` names what is set aside.
    ///
    /// # Errors
    ///
    /// When another process has it, when it is of a newer version or another program's, and when the
    /// system does not let it be written. The file is as it was then.
    pub fn open(path: &Path, now: Timestamp) -> Result<(Ledger, Opened), OpenError> {
        Ledger::open_and(path, now, Database::salvage)
    }

    /// As [`open`](Ledger::open), for whoever has written the ledger before and knows its totals: of one that is
    /// set aside nothing goes over. Let the next [`write`](Ledger::write) post again what still waits for a price.
    ///
    /// # Errors
    ///
    /// As those of [`open`](Ledger::open).
    pub fn open_again(path: &Path, now: Timestamp) -> Result<(Ledger, Opened), OpenError> {
        Ledger::open_and(path, now, |_| Vec::new())
    }

    fn open_and(
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
        let why = match Kind::of(&path).map_err(denied)? {
            Kind::None => return Ok((begin(path, lock, Vec::new(), now)?, Opened::New)),
            Kind::Foreign => return Err(OpenError::Foreign { path }),
            Kind::Broken(why) => why.to_owned(),
            Kind::Ledger => match Database::open(&path) {
                Ok(database) => return Ok((over(path, database, lock), Opened::Continued)),
                Err(OpenError::Ledger(LedgerError::Corrupt { why, .. })) => {
                    known = salvage(&path);
                    why
                }
                Err(error) => return Err(error),
            },
        };
        let to = files::set_aside(&path, now).map_err(denied)?;
        Ok((begin(path, lock, known, now)?, Opened::SetAside { to, why }))
    }

    /// Sets the file aside, and begins a new one under its name: when it turned out to be corrupt. The next
    /// [`write`](Ledger::write) carries the GPUs' totals over; let it post again what still waits for a price.
    ///
    /// # Errors
    ///
    /// When the system does not let the file be renamed, or a new one be written. The lock is lost then.
    pub fn begin_anew(self, now: Timestamp) -> Result<(Ledger, PathBuf), OpenError> {
        let Ledger { path, database, lock, .. } = self;
        drop(database);
        let denied = |error| OpenError::Denied { path: path.clone(), error };
        let to = files::set_aside(&path, now).map_err(denied)?;
        Ok((begin(path, lock, Vec::new(), now)?, to))
    }

    /// The file that it is kept in.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is known of each GPU. Of the unpriced energy, what is of this zone and signal and not older than
    /// 32 days waits for a price, and the rest is given up.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or holds what no ledger holds.
    pub fn state(
        &self,
        zone: &str,
        signal: Signal,
        now: Timestamp,
    ) -> Result<Vec<GpuState>, LedgerError> {
        self.database.state(zone, signal, now)
    }

    /// The length of the file and its log; `None` where the system does not say.
    #[must_use]
    pub fn bytes(&self) -> Option<u64> {
        let length = |path: &Path| path.metadata().ok().map(|metadata| metadata.len());
        Some(length(&self.path)? + length(&files::beside(&self.path, "-wal")).unwrap_or_default())
    }

    /// The signal by which its energy was priced last; `None` where nothing has its price yet.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or holds what no ledger holds.
    pub fn signal(&self) -> Result<Option<Signal>, LedgerError> {
        self.database.signal()
    }

    /// Writes a batch: all of it, or on an error none. When it returns, the batch is on the disk (fsync).
    ///
    /// The first batch of a GPU that the file does not know may have totals beyond its postings: those are
    /// *carried*, from a time before the file.
    ///
    /// # Errors
    ///
    /// When the disk is full, read-only or broken; the same batch may be written again later. When the file
    /// is [corrupt](LedgerError::is_corrupt). When files beside it were [disturbed](LedgerError::Disturbed). When its
    /// lock was removed, and another process has it now. When an amount is not finite.
    pub fn write(&mut self, batch: &Batch) -> Result<(), LedgerError> {
        self.transact(|database| database.write(batch))
    }

    /// Restates what newer prices price otherwise, in the slots of which a part lies in `changed`: rows of
    /// their zone and signal whose price is not better known than the new one, and not another source's
    /// that is known equally well. A restated row keeps its own power usage effectiveness. What waits for a
    /// price, and what is an hour or a day by now, stays. All of it is done, or on an error nothing.
    ///
    /// The revisions are in the rows, and in [`restated_grams`](crate::GpuTotals::restated_grams), when this
    /// returns. Energy that is written later by an older price stays at that price until it is restated again.
    ///
    /// # Errors
    ///
    /// As those of [`write`](Ledger::write).
    pub fn restate(
        &mut self,
        prices: &dyn Prices,
        changed: Interval,
    ) -> Result<Vec<Revision>, LedgerError> {
        self.transact(|database| database.restate(prices, changed))
    }

    /// Puts the rows of the oldest day that is due together: slots to hours, or hours to days. One day at a
    /// time, so that no write waits for long: call it until it is [done](Compacted::done).
    ///
    /// # Errors
    ///
    /// As those of [`write`](Ledger::write).
    pub fn compact(
        &mut self,
        now: Timestamp,
        retention: Retention,
    ) -> Result<Compacted, LedgerError> {
        self.transact(|database| database.compact(now, retention))
    }

    /// When a GPU was read last, as far as the file knows.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn read_at(&self, uuid: &str) -> Result<Option<Timestamp>, LedgerError> {
        self.database.read_at(uuid)
    }

    /// Does something with the database, once it is sure that what is written can be read again.
    fn transact<T>(
        &mut self,
        work: impl FnOnce(&mut Database) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let look = Look::at(&self.path);
        if !look.is_of(self.look) {
            let why = "it was removed or replaced while it was open".to_owned();
            return Err(LedgerError::Corrupt { path: self.path.clone(), why });
        }
        if !look.goes_on_from(self.look) {
            return Err(LedgerError::Disturbed { path: self.path.clone() });
        }
        if !self.lock.holds(&self.path) {
            // Somebody has removed it. Where nobody has it by now, it is taken again.
            let lost = |error: OpenError| LedgerError::LockLost(Box::new(error));
            self.lock = Lock::take(&self.path).map_err(lost)?;
        }
        let done = work(&mut self.database);
        self.look = Look::at(&self.path);
        done
    }
}

fn begin(
    path: PathBuf,
    lock: Lock,
    known: Vec<GpuBatch>,
    now: Timestamp,
) -> Result<Ledger, OpenError> {
    let database = Database::begin(&path, &Batch { at: now, gpus: known })?;
    Ok(over(path, database, lock))
}

fn over(path: PathBuf, database: Database, lock: Lock) -> Ledger {
    let look = Look::at(&path);
    Ledger { path, database, look, lock }
}
