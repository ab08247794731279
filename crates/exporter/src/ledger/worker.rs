//! The thread that owns the ledger's file.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use gpu_carbon_core::{SLOT, Signal, Span, Timestamp, TotalScope};
use gpu_carbon_feeds::scope_of_source;
use gpu_carbon_ledger::{
    GpuBatch, GpuState, IntensitySource, Ledger, LedgerError, OpenError, Opened, Retention,
};
use tracing::{debug, error, info, warn};

use super::feed_zones::feed_of;
use super::grid_intensities::GridIntensities;
use super::messages::{ConvertedBatch, LedgerCommand, LedgerEvent};
use super::settings::Settings;
use crate::clock;
use crate::intensity::ServiceZone;
use crate::logging::occurrences_to_log;
use crate::settled_clock::{SettledClock, time_after};

/// The time between two searches for rows that are old enough to be combined.
const COMPACTION_PERIOD: Duration = Duration::from_secs(3600);

/// The length from which the ledger's log is too long, in bytes: 16 times that at which SQLite moves it into the file.
const LONG_LOG: u64 = 64 * 1024 * 1024;

/// The owner of the ledger's file.
#[derive(Debug)]
pub struct Worker {
    path: PathBuf,
    revisable_since: Timestamp,
    earlier_scope: TotalScope,
    retention: Retention,
    forget_workloads_after: Option<Span>,
    next_compaction: Instant,
    /// The clock that decides which rows are old enough to be combined.
    settled_clock: SettledClock,
    /// The open ledger; `None` after it was closed because another process disturbed its file.
    ledger: Option<Ledger>,
    /// One reading of the last batch, by which a reopened file is recognized as complete.
    last_written: Option<WrittenReading>,
    /// The number of times that a new file replaced one that was corrupt or missing.
    replacements: u64,
    /// True if the ledger's log is longer than it should be.
    log_is_long: bool,
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
        services: &[ServiceZone],
    ) -> Result<(Worker, Vec<GpuState>), OpenError> {
        let now = clock::now();
        let (mut ledger, opened) = Ledger::open(&settings.path, now)?;
        log_opened(&settings.path, &opened);
        // Which energy is too old for an intensity is decided by the accounting, on a clock that is not set.
        let states = ledger.state(zone, signal, Timestamp::EPOCH)?;
        let (boot, uptime) = (clock::boot_id(), clock::read().uptime);
        for last in states.iter().filter_map(|state| state.last.as_ref()) {
            clock::continue_after(time_after(last, uptime, &boot));
        }
        let given_up_joules: f64 = states.iter().map(|state| state.given_up_joules).sum();
        if given_up_joules > 0.0 {
            warn!(
                joules = given_up_joules,
                zone,
                "energy in the ledger stays pending for good: it is of another zone or signal than the configured one, or too old"
            );
        }
        match ledger.signal()? {
            Some(recorded) if recorded != signal => {
                let path = settings.path.clone();
                return Err(OpenError::OtherSignal { path, recorded, configured: signal });
            }
            _ => {}
        }
        let sources = ledger.intensity_sources()?;
        let scope =
            |source: &IntensitySource| source.scope.or_else(|| scope_of_source(&source.name));
        let earlier_scope = sources.iter().map(scope).collect();
        let recorded = ledger.feed()?;
        let feed = feed_of(services, recorded.as_ref(), clock::now());
        if recorded.as_ref() != Some(&feed) {
            ledger.set_feed(&feed)?;
        }
        let worker = Worker {
            revisable_since: feed.since,
            earlier_scope,
            path: settings.path.clone(),
            retention: settings.retention,
            forget_workloads_after: settings.forget_workloads_after,
            next_compaction: clock::instant(),
            settled_clock: SettledClock::new(clock::read(), None, ""),
            ledger: Some(ledger),
            last_written: None,
            replacements: u64::from(is_replacement(&opened)),
            log_is_long: false,
        };
        Ok((worker, states))
    }

    /// The scope of the emissions in the ledger when it was opened. Rows of earlier versions have that of their source.
    #[must_use]
    pub const fn earlier_scope(&self) -> TotalScope {
        self.earlier_scope
    }

    /// The time from which intensities of the present feed may revise slots: before, a service was queried for another
    /// zone.
    #[must_use]
    pub const fn revisable_since(&self) -> Timestamp {
        self.revisable_since
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
                self.watch_log();
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
            LedgerCommand::Write(ConvertedBatch { batch, converted, grid, boundary }) => {
                let intensities = GridIntensities(&grid);
                // A batch is written once: what may fail comes before it.
                let bounded = ledger.set_boundary(&boundary);
                let written =
                    bounded.and_then(|()| ledger.write_converted(&batch, &converted, &intensities));
                written.map(|()| {
                    let reading = |gpu: &GpuBatch| {
                        Some(WrittenReading { uuid: gpu.uuid.clone(), at: gpu.last.as_ref()?.at })
                    };
                    self.last_written =
                        batch.gpus.iter().find_map(reading).or(self.last_written.take());
                    None
                })
            }
            LedgerCommand::Restate { grid, changed } => {
                ledger.restate(&GridIntensities(&grid), changed).map(Some)
            }
            LedgerCommand::Close => {
                self.close();
                return LedgerEvent::Closed;
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

    /// Closes the file, without its log beside it.
    fn close(&mut self) {
        if let Some(Err(error)) = self.ledger.take().map(Ledger::close) {
            warn!(%error, "the ledger's log stays beside its file: copy both together");
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
            Opened::New | Opened::Quarantined { .. } | Opened::Resumed { .. } => {
                self.ledger = Some(ledger);
                self.replacements += 1;
                Err(LedgerEvent::Replaced)
            }
        }
    }

    /// Combines the rows of one day that are old enough: by the clock that decides on ages, and by the last reading that
    /// was written. Nothing is combined in the first hour.
    fn compact(&mut self) {
        let (now, reading) = (clock::instant(), clock::read());
        let settled = self.settled_clock.at(reading);
        let Some(read) = self.last_written.as_ref().map(|written| written.at) else { return };
        if now < self.next_compaction || !self.settled_clock.is_proven(reading) {
            return;
        }
        let Some(ledger) = &mut self.ledger else { return };
        match ledger.compact(settled.min(read), self.retention) {
            Ok(compacted) => {
                if compacted.rows > 0 {
                    debug!(rows = compacted.rows, "combined old rows of the ledger");
                }
                if compacted.done {
                    self.next_compaction = now + COMPACTION_PERIOD;
                    self.forget_workloads(settled.min(read));
                }
            }
            // The next write will fail as well, and will report the reason.
            Err(error) => {
                debug!(%error, "cannot combine old rows of the ledger");
                self.next_compaction = now + COMPACTION_PERIOD;
            }
        }
    }

    /// Removes the names of workloads that are old enough.
    fn forget_workloads(&mut self, now: Timestamp) {
        let (Some(age), Some(ledger)) = (self.forget_workloads_after, &mut self.ledger) else {
            return;
        };
        match ledger.forget_workloads(now - age) {
            Ok(0) => {}
            Ok(workloads) => info!(workloads, "removed the names of old workloads from the ledger"),
            Err(error) => debug!(%error, "cannot remove the names of old workloads"),
        }
    }

    /// Logs once that the ledger's log has grown, because a reader keeps the ledger open.
    fn watch_log(&mut self) {
        let log_bytes = self.ledger.as_ref().map_or(0, Ledger::log_bytes);
        let is_long = log_bytes > LONG_LOG;
        if is_long && !self.log_is_long {
            let path = self.path.display();
            warn!(%path, log_bytes, "the ledger's log grows, because another program keeps the ledger open for reading: close it");
        }
        self.log_is_long = is_long;
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
        let times = occurrences_to_log("ledger", "corrupt");
        if let Some(times) = times {
            error!(%path, reason, times, "the ledger is corrupt: it is replaced by a new one with the totals in memory");
        }
        let (ledger, renamed_to) = ledger.recreate(now)?;
        if times.is_none() {
            // As the line before it.
        } else if renamed_to.exists() {
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
        Opened::Quarantined { to, reason, salvaged } => {
            let renamed_to = to.display();
            error!(
                %path,
                reason,
                %renamed_to,
                %salvaged,
                "the ledger was corrupt: it was renamed, and replaced by a new one with all that could be read"
            );
        }
        Opened::Resumed { from, salvaged } => {
            let from = from.display();
            error!(
                %path,
                %from,
                %salvaged,
                "the ledger was missing, beside one that was set aside as corrupt: the new one has all that could be read of that"
            );
        }
    }
}

/// True if a ledger was opened that is not the one that was there before.
const fn is_replacement(opened: &Opened) -> bool {
    matches!(opened, Opened::Quarantined { .. } | Opened::Resumed { .. })
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
