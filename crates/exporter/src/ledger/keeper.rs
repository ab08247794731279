//! The thread that owns the ledger's file.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use gpu_carbon_core::{Signal, Span, Timestamp};
use gpu_carbon_ledger::{GpuState, Ledger, LedgerError, OpenError, Opened, Retention};
use tracing::{debug, error, info, warn};

use super::prices::GridPrices;
use super::{Order, Reply, Settings};
use crate::clock;

/// Gives orders to the ledger's thread.
pub type Orders = Sender<Order>;

/// Between two looks for old rows.
const COMPACTION_PERIOD: Duration = Duration::from_secs(3600);

/// The open ledger.
#[derive(Debug)]
pub struct Keeper {
    path: PathBuf,
    retention: Retention,
    /// When to look for old rows to put together.
    compacts: Instant,
    /// `None` where it could not be opened again.
    ledger: Option<Ledger>,
    /// How often a new one was begun in place of one that was corrupt or gone.
    replaced: u64,
}

impl Keeper {
    /// Opens the ledger, and tells what it knows of each GPU.
    ///
    /// # Errors
    ///
    /// When another process has it, when it is none, when its grams are of another signal, and when it cannot be read or written.
    pub fn open(
        settings: &Settings,
        zone: &str,
        signal: Signal,
    ) -> Result<(Keeper, Vec<GpuState>), OpenError> {
        let now = clock::now();
        let (ledger, opened) = open(&settings.path)?;
        let states = ledger.state(zone, signal, now);
        let mut keeper = Keeper {
            path: settings.path.clone(),
            retention: settings.retention,
            compacts: Instant::now(),
            ledger: Some(ledger),
            replaced: u64::from(matches!(opened, Opened::SetAside { .. })),
        };
        let states = match states {
            Err(LedgerError::Corrupt { why, .. }) => {
                keeper.begin_anew(&why, now)?;
                Vec::new()
            }
            states => states?,
        };
        match keeper.ledger.as_ref().map(Ledger::signal).transpose()?.flatten() {
            Some(kept) if kept != signal => {
                Err(OpenError::OtherSignal { path: keeper.path, kept, asked: signal })
            }
            _ => Ok((keeper, states)),
        }
    }

    /// Takes orders, one after another, until nobody gives any; tells of each.
    ///
    /// # Errors
    ///
    /// When the system gives no thread.
    pub fn start(mut self, tell: impl Fn(Reply) + Send + 'static) -> std::io::Result<Orders> {
        let (orders, received): (Orders, Receiver<Order>) = channel();
        let keep = move || {
            for order in received {
                tell(self.carry_out(order));
                self.compact();
            }
        };
        thread::Builder::new().name("ledger".to_owned()).spawn(keep)?;
        Ok(orders)
    }

    fn carry_out(&mut self, order: Order) -> Reply {
        let now = clock::now();
        let ledger = match &mut self.ledger {
            Some(ledger) => ledger,
            // It had to be let go.
            None => match open(&self.path) {
                Ok((ledger, Opened::Continued)) => self.ledger.insert(ledger),
                Ok((ledger, Opened::New | Opened::SetAside { .. })) => {
                    self.ledger = Some(ledger);
                    self.replaced += 1;
                    return Reply::BegunAnew;
                }
                Err(error) => return Reply::Failed { why: error.to_string() },
            },
        };
        let done = match order {
            Order::Write(batch) => ledger.write(&batch).map(|()| None),
            Order::Restate { grid, changed } => {
                ledger.restate(&GridPrices(&grid), changed).map(Some)
            }
        };
        match done {
            Ok(None) => {
                let bytes = self.ledger.as_ref().and_then(Ledger::bytes);
                Reply::Written { bytes, replaced: self.replaced }
            }
            Ok(Some(revisions)) => Reply::Restated(revisions),
            Err(LedgerError::Corrupt { why, .. }) => match self.begin_anew(&why, now) {
                Ok(()) => Reply::BegunAnew,
                Err(error) => Reply::Failed { why: error.to_string() },
            },
            Err(error) => Reply::Failed { why: error.to_string() },
        }
    }

    /// Puts together the rows of one day that are old enough, between two orders.
    fn compact(&mut self) {
        let now = Instant::now();
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

    fn begin_anew(&mut self, why: &str, now: Timestamp) -> Result<(), OpenError> {
        let Some(ledger) = self.ledger.take() else { return Ok(()) };
        let path = self.path.display();
        error!(%path, why, "the ledger is corrupt: setting it aside, and beginning a new one with the totals in hand");
        let (ledger, to) = ledger.begin_anew(now)?;
        warn!(%path, to = %to.display(), "a new ledger was begun; the old one was renamed");
        self.ledger = Some(ledger);
        self.replaced += 1;
        Ok(())
    }
}

fn open(path: &Path) -> Result<(Ledger, Opened), OpenError> {
    let (ledger, opened) = Ledger::open(path, clock::now())?;
    let path = path.display();
    match &opened {
        Opened::New => info!(%path, "a new ledger was begun"),
        Opened::Continued => info!(%path, "the ledger goes on"),
        Opened::SetAside { to, why } => {
            let to = to.display();
            error!(%path, why, %to, "the ledger was corrupt: it was renamed, and a new one begun with the totals that could still be read");
        }
    }
    Ok((ledger, opened))
}

/// How far back prices are needed: the oldest energy that waits, or the last time that a GPU was read.
#[must_use]
pub fn needed_since(states: &[GpuState]) -> Option<Timestamp> {
    let waits = states.iter().flat_map(|state| &state.waiting).map(|waiting| waiting.slot);
    let read = states.iter().filter_map(|state| state.last.as_ref()).map(|last| last.at);
    waits.chain(read).min().map(|at| at - Span::FIVE_MINUTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_ledger::{Batch, Retention};

    #[test]
    fn a_ledger_that_was_let_go_is_begun_anew_and_that_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let (commit_period, retention) = (Duration::from_secs(1), Retention::default());
        let settings = Settings { path: path.clone(), commit_period, retention };
        let (mut keeper, states) = Keeper::open(&settings, "Z", Signal::Average).unwrap();
        assert!(states.is_empty());
        let write = || Order::Write(Batch { at: clock::now(), gpus: Vec::new() });
        assert!(matches!(keeper.carry_out(write()), Reply::Written { bytes: Some(1..), .. }));
        keeper.ledger = None;
        assert!(matches!(keeper.carry_out(write()), Reply::Written { .. }), "it is as it was");
        keeper.ledger = None;
        std::fs::write(&path, "no database").unwrap();
        assert!(matches!(keeper.carry_out(write()), Reply::BegunAnew));
        assert!(matches!(keeper.carry_out(write()), Reply::Written { .. }));
        keeper.begin_anew("a test says so", clock::now()).unwrap();
        assert!(matches!(keeper.carry_out(write()), Reply::Written { replaced: 2, .. }));
        let names = std::fs::read_dir(folder.path()).unwrap().flatten();
        let aside = names.filter(|entry| entry.file_name().to_string_lossy().contains(".corrupt-"));
        assert!(aside.count() >= 2);
        drop(keeper);
        std::fs::write(&path, "no database").unwrap();
        let (mut keeper, _) = Keeper::open(&settings, "Z", Signal::Average).unwrap();
        assert!(matches!(keeper.carry_out(write()), Reply::Written { replaced: 1, .. }));
    }
}
