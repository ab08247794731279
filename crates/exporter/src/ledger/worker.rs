//! The thread that owns the ledger's file.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use gpu_carbon_core::{SLOT, Signal, Timestamp};
use gpu_carbon_ledger::{GpuBatch, GpuState, Ledger, LedgerError, OpenError, Opened, Retention};
use tracing::{debug, error, info, warn};

use super::grid_intensities::GridIntensities;
use super::messages::{LedgerCommand, LedgerEvent};
use super::settings::Settings;
use crate::clock;

/// The time between two searches for rows that are old enough to be combined.
const COMPACTION_PERIOD: Duration = Duration::from_secs(3600);

/// The owner of the ledger's file.
#[derive(Debug)]
pub struct Worker {
    path: PathBuf,
    retention: Retention,
    next_compaction: Instant,
    /// The open ledger; `None` after it was closed because another process disturbed its file.
    ledger: Option<Ledger>,
    /// One reading of the last batch, by which a reopened file is recognized as complete.
    last_written: Option<WrittenReading>,
    /// The number of times that a new file replaced one that was corrupt or missing.
    replacements: u64,
}

/// A reading of a GPU that is in the file.
#[derive(Debug)]
struct WrittenReading {
    uuid: String,
    at: Timestamp,
}

impl Worker {
    /// Opens the ledger, and returns its state of each GPU.
    ///
    /// # Errors
    ///
    /// If another process uses the file, if it is not a ledger, if its emissions are of another signal, or if it
    /// cannot be read or written.
    pub fn open(
        settings: &Settings,
        zone: &str,
        signal: Signal,
    ) -> Result<(Worker, Vec<GpuState>), OpenError> {
        let now = clock::now();
        let (ledger, opened) = Ledger::open(&settings.path, now)?;
        log_opened(&settings.path, &opened);
        let states = ledger.state(zone, signal, now);
        let mut worker = Worker {
            path: settings.path.clone(),
            retention: settings.retention,
            next_compaction: clock::instant(),
            ledger: Some(ledger),
            last_written: None,
            replacements: u64::from(matches!(opened, Opened::Quarantined { .. })),
        };
        let states = match states {
            Err(LedgerError::Corrupt { reason, .. }) => {
                worker.recreate(&reason, now)?;
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

    /// Starts the thread, which carries out commands one after another until all senders are gone, and passes the
    /// result of each to `report`.
    ///
    /// # Errors
    ///
    /// If the system provides no thread.
    pub fn start(
        mut self,
        report: impl Fn(LedgerEvent) + Send + 'static,
    ) -> std::io::Result<Sender<LedgerCommand>> {
        let (commands, received): (Sender<LedgerCommand>, Receiver<LedgerCommand>) = channel();
        let run = move || {
            for command in received {
                report(self.carry_out(command));
                self.compact();
            }
        };
        thread::Builder::new().name("ledger".to_owned()).spawn(run)?;
        Ok(commands)
    }

    fn carry_out(&mut self, command: LedgerCommand) -> LedgerEvent {
        let now = clock::now();
        let ledger = match &mut self.ledger {
            Some(ledger) => ledger,
            None => match self.reopen(now) {
                Ok(ledger) => ledger,
                Err(event) => return event,
            },
        };
        let result = match command {
            LedgerCommand::Write(batch) => ledger.write(&batch).map(|()| {
                let reading = |gpu: &GpuBatch| {
                    Some(WrittenReading { uuid: gpu.uuid.clone(), at: gpu.last.as_ref()?.at })
                };
                self.last_written =
                    batch.gpus.iter().find_map(reading).or(self.last_written.take());
                None
            }),
            LedgerCommand::Restate { grid, changed } => {
                ledger.restate(&GridIntensities(&grid), changed).map(Some)
            }
        };
        match result {
            Ok(None) => {
                let file_bytes = self.ledger.as_ref().and_then(Ledger::bytes);
                LedgerEvent::Written { file_bytes, replacements: self.replacements }
            }
            Ok(Some(revisions)) => LedgerEvent::Restated(revisions),
            Err(LedgerError::Corrupt { reason, .. }) => self.replace(&reason, now),
            Err(error @ LedgerError::Disturbed { .. }) => {
                self.ledger = None;
                LedgerEvent::Failed { reason: error.to_string() }
            }
            Err(error) => LedgerEvent::Failed { reason: error.to_string() },
        }
    }

    /// Opens the file again after it was closed.
    ///
    /// # Errors
    ///
    /// The event to report instead of the result of a command, if the file cannot be opened, or if it is not the
    /// one that was closed.
    fn reopen(&mut self, now: Timestamp) -> Result<&mut Ledger, LedgerEvent> {
        let (ledger, opened) = Ledger::reopen(&self.path, now)
            .map_err(|error| LedgerEvent::Failed { reason: error.to_string() })?;
        log_opened(&self.path, &opened);
        let is_complete = self.last_written.as_ref().is_none_or(|written| {
            ledger.read_at(&written.uuid).is_ok_and(|read| read == Some(written.at))
        });
        match opened {
            Opened::Continued if is_complete => Ok(self.ledger.insert(ledger)),
            Opened::Continued => {
                self.ledger = Some(ledger);
                Err(self.replace("the last batch is missing from it", now))
            }
            Opened::New | Opened::Quarantined { .. } => {
                self.ledger = Some(ledger);
                self.replacements += 1;
                Err(LedgerEvent::Replaced)
            }
        }
    }

    /// Combines the rows of one day that are old enough.
    fn compact(&mut self) {
        let now = clock::instant();
        let (Some(ledger), true) = (&mut self.ledger, now >= self.next_compaction) else { return };
        match ledger.compact(clock::now(), self.retention) {
            Ok(compacted) => {
                if compacted.rows > 0 {
                    debug!(rows = compacted.rows, "combined old rows of the ledger");
                }
                if compacted.done {
                    self.next_compaction = now + COMPACTION_PERIOD;
                }
            }
            // The next write will fail as well, and will report the reason.
            Err(error) => {
                debug!(%error, "cannot combine old rows of the ledger");
                self.next_compaction = now + COMPACTION_PERIOD;
            }
        }
    }

    fn replace(&mut self, reason: &str, now: Timestamp) -> LedgerEvent {
        match self.recreate(reason, now) {
            Ok(()) => LedgerEvent::Replaced,
            Err(error) => LedgerEvent::Failed { reason: error.to_string() },
        }
    }

    /// Renames a corrupt file, and creates a new one.
    fn recreate(&mut self, reason: &str, now: Timestamp) -> Result<(), OpenError> {
        let Some(ledger) = self.ledger.take() else { return Ok(()) };
        let path = self.path.display();
        error!(%path, reason, "the ledger is corrupt: it is replaced by a new one with the totals in memory");
        let (ledger, renamed_to) = ledger.recreate(now)?;
        if renamed_to.exists() {
            let renamed_to = renamed_to.display();
            warn!(%path, %renamed_to, "created a new ledger and renamed the old one");
        } else {
            warn!(%path, "created a new ledger; the old one is missing");
        }
        self.ledger = Some(ledger);
        self.replacements += 1;
        Ok(())
    }
}

fn log_opened(path: &Path, opened: &Opened) {
    let path = path.display();
    match opened {
        Opened::New => info!(%path, "created a new ledger"),
        Opened::Continued => info!(%path, "opened the ledger"),
        Opened::Quarantined { to, reason } => {
            let renamed_to = to.display();
            error!(
                %path,
                reason,
                %renamed_to,
                "the ledger was corrupt: it was renamed, and replaced by a new one with the totals that could be read"
            );
        }
    }
}

/// The time from which intensities are needed: the start of the oldest pending energy, or of the last reading.
#[must_use]
pub fn needed_since(states: &[GpuState]) -> Option<Timestamp> {
    let pending = states.iter().flat_map(|state| &state.pending).map(|pending| pending.slot);
    let read = states.iter().filter_map(|state| state.last.as_ref()).map(|last| last.at);
    pending.chain(read).min().map(|at| at - SLOT)
}

#[cfg(test)]
mod tests;
