//! The thread that owns the accounting: it records messages, lets the ledger write, and publishes snapshots.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use gpu_carbon_core::Timestamp;

use super::host::Accounting;
use super::ledger_client::LedgerClient;
use crate::intensity::Grid;
use crate::latest::Latest;
use crate::ledger::LedgerEvent;
use crate::sampler::Event;
use crate::snapshot::Snapshot;
use crate::{clock, logging, process};

/// A message to the thread.
#[derive(Debug)]
pub enum Message {
    /// An event of the sampler.
    Sampler(Event),
    /// An event of the ledger.
    Ledger(LedgerEvent),
    /// The time at which the server's certificate expires; `None` without one.
    CertificateNotAfter(Option<Timestamp>),
    /// The process ends: a last batch is written, and then the sender is dropped.
    Shutdown(Sender<()>),
}

/// The period of the checks for changes that come without a message, such as the age of a reading.
const CHECK_PERIOD: Duration = Duration::from_secs(1);

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
) -> std::io::Result<()> {
    let run = move || {
        let mut next_check = clock::instant();
        let mut process = None;
        let mut certificate_not_after = None;
        loop {
            let wakeup = ledger.as_ref().and_then(LedgerClient::next_wakeup);
            let until = wakeup.map_or(next_check, |wakeup| wakeup.min(next_check));
            let first = messages.recv_timeout(until.saturating_duration_since(clock::instant()));
            match first {
                Ok(_) => thread::sleep(GATHERING_TIME),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let now = clock::read();
            accounting.set_grid(grid.read(), now.wall);
            for message in first.into_iter().chain(messages.try_iter()) {
                match (message, &mut ledger) {
                    (Message::Sampler(event), _) => accounting.record(event, now),
                    (Message::Ledger(event), Some(ledger)) => ledger.handle(event, &mut accounting),
                    (Message::CertificateNotAfter(time), _) => certificate_not_after = time,
                    (Message::Shutdown(done), Some(ledger)) => ledger.shut_down(done),
                    (Message::Ledger(_) | Message::Shutdown(_), None) => {}
                }
            }
            if clock::instant() >= next_check {
                next_check = clock::instant() + CHECK_PERIOD;
                accounting.check(now);
                process = process::read();
            }
            let ledger = ledger.as_mut().map(|ledger| ledger.work(&mut accounting));
            let log_dropped = logging::dropped_lines();
            let snapshot = accounting.snapshot(now.wall);
            let snapshot =
                Snapshot { process, ledger, certificate_not_after, log_dropped, ..snapshot };
            snapshots.publish(snapshot.into());
        }
    };
    thread::Builder::new().name("accounting".to_owned()).spawn(run)?;
    Ok(())
}
