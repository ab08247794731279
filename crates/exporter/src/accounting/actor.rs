//! The thread that owns the accounting: it records messages, lets the ledger write, and publishes snapshots.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use gpu_carbon_core::Timestamp;
use gpu_carbon_host::Outcome;
use tokio::sync::oneshot;

use super::host::Accounting;
use super::ledger_client::LedgerClient;
use super::new_counters::NewCounters;
use super::settings::Configuration;
use crate::intensity::Grid;
use crate::latest::Latest;
use crate::ledger::LedgerEvent;
use crate::sampler::Event;
use crate::scrape_schedule::ScrapeSchedule;
use crate::snapshot::{ConfigView, Snapshot};
use crate::{clock, logging, process};

/// A message to the thread.
#[derive(Debug)]
pub enum Message {
    /// An event of the sampler.
    Sampler(Event),
    /// An event of the ledger.
    Ledger(LedgerEvent),
    /// The outcomes of reading the meters of the host, in the order of the meters.
    Host(Vec<Outcome>),
    /// Other settings are in force from now on.
    Configure(Box<Configuration>),
    /// The configuration was read again, with success or not.
    ConfigRead {
        /// True if it is in force.
        is_successful: bool,
    },
    /// A question: the earliest time of energy that may still be converted.
    PendingSince(oneshot::Sender<Option<Timestamp>>),
    /// A question: it is answered once a snapshot with all earlier messages is published.
    Published(oneshot::Sender<()>),
    /// The time at which the server's certificate expires; `None` without one.
    CertificateNotAfter(Option<Timestamp>),
    /// The process ends: a last batch is written, and then the sender is dropped.
    Shutdown(Sender<()>),
}

/// The time after which a message is taken as the occasion to check for changes that come without one, such as the age of a
/// reading: GPUs that are read each second are checked with their readings.
const CHECK_WITH_MESSAGE: Duration = Duration::from_millis(700);

/// The time after which a check is made without a message.
const CHECK_WITHOUT_MESSAGE: Duration = Duration::from_millis(1300);

/// The time to wait for more messages after the first, so that GPUs read together make one snapshot.
const GATHERING_TIME: Duration = Duration::from_millis(2);

/// Starts the thread, which runs until all senders of messages are gone.
///
/// It publishes each change; with a ledger, the totals that the ledger holds.
///
/// # Errors
///
/// If the system provides no thread.
pub fn start(
    mut accounting: Accounting,
    messages: Receiver<Message>,
    mut ledger: Option<LedgerClient>,
    grid: Arc<Latest<Grid>>,
    snapshots: Arc<Latest<impl From<Snapshot> + Send + Sync + 'static>>,
    scrapes: Arc<ScrapeSchedule>,
) -> std::io::Result<()> {
    let run = move || {
        let mut new_counters = NewCounters::new(scrapes);
        let mut last_check = None;
        let mut process = None;
        let mut certificate_not_after = None;
        let mut config = ConfigView { is_last_reload_successful: true, last_success: clock::now() };
        loop {
            let wakeup = ledger.as_ref().and_then(LedgerClient::next_wakeup);
            let check = last_check.map(|last| last + CHECK_WITHOUT_MESSAGE);
            let until = check.unwrap_or_else(clock::instant);
            let until = wakeup.map_or(until, |wakeup| wakeup.min(until));
            let first = messages.recv_timeout(until.saturating_duration_since(clock::instant()));
            match first {
                Ok(_) => thread::sleep(GATHERING_TIME),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let mut waiting = Vec::new();
            let now = clock::read();
            accounting.set_grid(grid.read(), now.wall);
            accounting.refresh_holders(now);
            for message in first.into_iter().chain(messages.try_iter()) {
                match (message, &mut ledger) {
                    (Message::Sampler(event), _) => accounting.record(event, now),
                    (Message::Ledger(event), Some(ledger)) => ledger.handle(event, &mut accounting),
                    (Message::Host(outcomes), _) => accounting.record_host(outcomes, now),
                    (Message::CertificateNotAfter(time), _) => certificate_not_after = time,
                    (Message::Configure(configuration), ledger) => {
                        if let Some(ledger) = ledger {
                            ledger.configure(&configuration);
                        }
                        accounting.configure(configuration.accounting, now.wall);
                    }
                    (Message::ConfigRead { is_successful }, _) => {
                        config.is_last_reload_successful = is_successful;
                        if is_successful {
                            config.last_success = now.wall;
                        }
                    }
                    (Message::PendingSince(reply), _) => {
                        // The task that asked may have ended.
                        let _ = reply.send(accounting.pending_since());
                    }
                    (Message::Published(reply), _) => waiting.push(reply),
                    (Message::Shutdown(done), Some(ledger)) => ledger.shut_down(done),
                    (Message::Ledger(_) | Message::Shutdown(_), None) => {}
                }
            }
            if last_check.is_none_or(|last| clock::elapsed_since(last) >= CHECK_WITH_MESSAGE) {
                last_check = Some(clock::instant());
                accounting.check(now);
                process = process::read();
            }
            let ledger = ledger.as_mut().map(|ledger| ledger.work(&mut accounting));
            let log_dropped = logging::dropped_lines();
            let mut snapshot = accounting.snapshot(now.wall);
            let host = &mut snapshot.host.components;
            new_counters.apply(&mut snapshot.gpus, host, clock::instant());
            let snapshot = Snapshot {
                process,
                ledger,
                config,
                certificate_not_after,
                log_dropped,
                ..snapshot
            };
            snapshots.publish(snapshot.into());
            for reply in waiting {
                // The client may have stopped waiting.
                let _ = reply.send(());
            }
        }
    };
    thread::Builder::new().name("accounting".to_owned()).spawn(run)?;
    Ok(())
}
