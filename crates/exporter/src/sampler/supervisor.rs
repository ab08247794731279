//! The thread that keeps the driver's library: loads it, looks for GPUs, and begins anew when it is lost.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use tracing::{info, warn};

use super::driver_session::DriverSession;
use super::reader_threads::ReaderThreads;
use super::{Event, Listener, Settings};
use crate::backoff::Backoff;
use crate::clock;
use crate::nvml::{DriverError, ErrorScope, Library};
use crate::scrape_schedule::ScrapeSchedule;

/// Between attempts to load the library.
const LIBRARY_BACKOFF: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(30)];

/// A lost GPU may answer again only to a library that is initialised anew: how long to wait for it first.
const LOST_PATIENCE: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(3600)];

/// Loads the library and reads its GPUs, again and again.
pub(super) fn run(settings: &Settings, scrape_schedule: &Arc<ScrapeSchedule>, listener: &Listener) {
    let [first, longest] = LIBRARY_BACKOFF;
    let mut backoff = Backoff::new(first, longest);
    let [first, longest] = LOST_PATIENCE;
    let mut patience = Backoff::new(first, longest);
    let mut said = None;
    loop {
        match Library::open(&settings.library) {
            Ok(library) => {
                info!(driver = library.driver_version(), "NVML answers");
                said = None;
                let (sender, failures) = channel();
                let (settings, scrape_schedule) = (settings.clone(), Arc::clone(scrape_schedule));
                let session = DriverSession::new(
                    library,
                    settings,
                    scrape_schedule,
                    Arc::clone(listener),
                    sender,
                );
                let begun = clock::instant();
                let reason = read_gpus(&Arc::new(session), &failures, &mut patience);
                warn!(reason, "NVML is loaded anew");
                if begun.elapsed() > longest_wait() {
                    backoff.reset();
                }
            }
            Err(failure) => {
                let why = format!("NVML ({}): {failure}", settings.library.display());
                if said.as_ref() != Some(&why) {
                    warn!(reason = why, "no GPU can be read; trying until NVML answers");
                }
                listener(Event::DriverUnavailable(why.clone()));
                said = Some(why);
            }
        }
        thread::sleep(backoff.wait());
    }
}

/// A session that lasted longer was a good one, and the next begins without delay.
const fn longest_wait() -> Duration {
    let [_, longest] = LIBRARY_BACKOFF;
    longest
}

/// Reads every GPU until the library must be loaded anew: why.
fn read_gpus(
    session: &Arc<DriverSession>,
    failures: &Receiver<DriverError>,
    patience: &mut Backoff,
) -> String {
    let mut readers = ReaderThreads::default();
    let mut lost = None;
    let reason = loop {
        match session.library.gpu_count() {
            Ok(count) => readers.set_count(session, count),
            Err(failure) => break failure.reason,
        }
        match wait_for_trouble(failures, session.settings.rescan_period) {
            Some(DriverError { scope: ErrorScope::Library, reason, .. }) => break reason,
            Some(_) => {
                let (since, limit) =
                    *lost.get_or_insert_with(|| (clock::instant(), patience.wait()));
                if since.elapsed() > limit {
                    break "a GPU stays lost, and may answer to a fresh start".to_owned();
                }
            }
            None => {
                if lost.take().is_some() {
                    patience.reset();
                }
            }
        }
    };
    readers.part();
    reason
}

/// Waits for a rescan to be due, and says the worst that was reported meanwhile. A lost library ends the
/// wait at once.
fn wait_for_trouble(failures: &Receiver<DriverError>, period: Duration) -> Option<DriverError> {
    let due = clock::instant() + period;
    let mut worst = None;
    loop {
        match failures.recv_timeout(due.saturating_duration_since(clock::instant())) {
            Ok(failure) if failure.scope == ErrorScope::Library => return Some(failure),
            Ok(failure) => worst = Some(failure),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return worst,
        }
    }
}
