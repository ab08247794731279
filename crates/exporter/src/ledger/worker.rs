//! The thread that owns the ledger's file.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use gpu_carbon_core::{SLOT, Signal, Timestamp};
use gpu_carbon_ledger::{GpuBatch, GpuState, Ledger, LedgerError, OpenError, Opened, Retention};
use tracing::{debug, error, info, warn};

use super::prices::GridPrices;
use super::{LedgerCommand, LedgerEvent, Settings};
use crate::clock;

/// Gives orders to the ledger's thread.
pub type LedgerCommands = Sender<LedgerCommand>;

/// Between two looks for old rows.
const COMPACTION_PERIOD: Duration = Duration::from_secs(3600);

/// The open ledger.
#[derive(Debug)]
pub struct Worker {
    path: PathBuf,
    retention: Retention,
    /// When to look for old rows to put together.
    compacts: Instant,
    /// `None` where it could not be opened again.
    ledger: Option<Ledger>,
    /// A GPU of the last batch in the file, and when it was read last by then.
    written: Option<(String, Timestamp)>,
    /// How often a new one was begun in place of one that was corrupt or gone.
    replaced: u64,
}

impl Worker {
    /// Opens the ledger, and tells what it knows of each GPU.
    ///
    /// # Errors
    ///
    /// When another process has it, when it is none, when its grams are of another signal, and when it cannot be read or written.
    pub fn open(
        settings: &Settings,
        zone: &str,
        signal: Signal,
    ) -> Result<(Worker, Vec<GpuState>), OpenError> {
        let now = clock::now();
        let (ledger, opened) = told(&settings.path, Ledger::open(&settings.path, now)?);
        let states = ledger.state(zone, signal, now);
        let mut worker = Worker {
            path: settings.path.clone(),
            retention: settings.retention,
            compacts: clock::instant(),
            ledger: Some(ledger),
            written: None,
            replaced: u64::from(matches!(opened, Opened::Quarantined { .. })),
        };
        let states = match states {
            Err(LedgerError::Corrupt { reason: why, .. }) => {
                worker.begin_anew(&why, now)?;
                Vec::new()
            }
            states => states?,
        };
        match worker.ledger.as_ref().map(Ledger::signal).transpose()?.flatten() {
            Some(recorded) if recorded != signal => {
                Err(OpenError::OtherSignal { path: worker.path, recorded, configured: signal })
            }
            _ => Ok((worker, states)),
        }
    }

    /// Takes orders, one after another, until nobody gives any; tells of each.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start(
        mut self,
        tell: impl Fn(LedgerEvent) + Send + 'static,
    ) -> std::io::Result<LedgerCommands> {
        let (orders, received): (LedgerCommands, Receiver<LedgerCommand>) = channel();
        let keep = move || {
            for order in received {
                tell(self.carry_out(order));
                self.compact();
            }
        };
        thread::Builder::new().name("ledger".to_owned()).spawn(keep)?;
        Ok(orders)
    }

    fn carry_out(&mut self, order: LedgerCommand) -> LedgerEvent {
        let now = clock::now();
        let ledger = match &mut self.ledger {
            Some(ledger) => ledger,
            // It had to be let go.
            None => match Ledger::reopen(&self.path, now).map(|it| told(&self.path, it)) {
                Ok((ledger, Opened::Continued)) if has(&ledger, self.written.as_ref()) => {
                    self.ledger.insert(ledger)
                }
                Ok((ledger, Opened::Continued)) => {
                    self.ledger = Some(ledger);
                    return self.replace("what was written to it last is gone", now);
                }
                Ok((ledger, Opened::New | Opened::Quarantined { .. })) => {
                    self.ledger = Some(ledger);
                    self.replaced += 1;
                    return LedgerEvent::BegunAnew;
                }
                Err(error) => return LedgerEvent::Failed { why: error.to_string() },
            },
        };
        let done = match order {
            LedgerCommand::Write(batch) => ledger.write(&batch).map(|()| {
                let read = |gpu: &GpuBatch| Some((gpu.uuid.clone(), gpu.last.as_ref()?.at));
                self.written = batch.gpus.iter().find_map(read).or(self.written.take());
                None
            }),
            LedgerCommand::Restate { grid, changed } => {
                ledger.restate(&GridPrices(&grid), changed).map(Some)
            }
        };
        match done {
            Ok(None) => {
                let bytes = self.ledger.as_ref().and_then(Ledger::bytes);
                LedgerEvent::Written { bytes, replaced: self.replaced }
            }
            Ok(Some(revisions)) => LedgerEvent::Restated(revisions),
            Err(LedgerError::Corrupt { reason: why, .. }) => self.replace(&why, now),
            Err(error @ LedgerError::Disturbed { .. }) => {
                self.ledger = None;
                LedgerEvent::Failed { why: error.to_string() }
            }
            Err(error) => LedgerEvent::Failed { why: error.to_string() },
        }
    }

    /// Puts together the rows of one day that are old enough, between two orders.
    fn compact(&mut self) {
        let now = clock::instant();
        let (Some(ledger), true) = (&mut self.ledger, now >= self.compacts) else { return };
        match ledger.compact(clock::now(), self.retention) {
            Ok(compacted) => {
                if compacted.rows > 0 {
                    debug!(rows = compacted.rows, "old rows of the ledger were put together");
                }
                if compacted.done {
                    self.compacts = now + COMPACTION_PERIOD;
                }
            }
            // A write will fail as well, and is what tells.
            Err(error) => {
                debug!(%error, "old rows of the ledger cannot be put together");
                self.compacts = now + COMPACTION_PERIOD;
            }
        }
    }

    fn replace(&mut self, why: &str, now: Timestamp) -> LedgerEvent {
        match self.begin_anew(why, now) {
            Ok(()) => LedgerEvent::BegunAnew,
            Err(error) => LedgerEvent::Failed { why: error.to_string() },
        }
    }

    fn begin_anew(&mut self, why: &str, now: Timestamp) -> Result<(), OpenError> {
        let Some(ledger) = self.ledger.take() else { return Ok(()) };
        let path = self.path.display();
        error!(%path, why, "the ledger is corrupt: setting it aside, and beginning a new one with the totals in hand");
        let (ledger, to) = ledger.recreate(now)?;
        if to.exists() {
            warn!(%path, to = %to.display(), "a new ledger was begun; the old one was renamed");
        } else {
            warn!(%path, "a new ledger was begun; the old one is gone");
        }
        self.ledger = Some(ledger);
        self.replaced += 1;
        Ok(())
    }
}

/// Says what was found.
fn told(path: &Path, found: (Ledger, Opened)) -> (Ledger, Opened) {
    let path = path.display();
    match &found.1 {
        Opened::New => info!(%path, "a new ledger was begun"),
        Opened::Continued => info!(%path, "the ledger goes on"),
        Opened::Quarantined { to, reason } => {
            let to = to.display();
            error!(%path, reason, %to, "the ledger was corrupt: it was renamed, and a new one begun with the totals that are still known");
        }
    }
    found
}

/// Whether a ledger has what was written last.
fn has(ledger: &Ledger, written: Option<&(String, Timestamp)>) -> bool {
    written.is_none_or(|(uuid, at)| ledger.read_at(uuid).is_ok_and(|read| read == Some(*at)))
}

/// How far back prices are needed: the oldest energy that waits, or the last time that a GPU was read.
#[must_use]
pub fn needed_since(states: &[GpuState]) -> Option<Timestamp> {
    let waits = states.iter().flat_map(|state| &state.pending).map(|waiting| waiting.slot);
    let read = states.iter().filter_map(|state| state.last.as_ref()).map(|last| last.at);
    waits.chain(read).min().map(|at| at - SLOT)
}

#[cfg(test)]
mod tests;
