//! The thread that supervises the driver session: it loads the library, scans for GPUs, and begins a new session
//! when the library is lost.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::driver_session::DriverSession;
use super::event::{Event, Listener};
use super::reader_threads::ReaderThreads;
use super::settings::Settings;
use crate::backoff::Backoff;
use crate::clock;
use crate::nvml::{DriverError, ErrorScope, Library};
use crate::scrape_schedule::ScrapeSchedule;

/// The first wait between attempts to load the library.
const FIRST_LOAD_RETRY: Duration = Duration::from_millis(500);

/// The longest wait between attempts to load the library. A session that lasted longer was a good one, and the next
/// begins without delay.
const LONGEST_LOAD_RETRY: Duration = Duration::from_secs(30);

/// The time to wait for a lost GPU before a new session begins, since it may answer only to that.
const FIRST_LOST_WAIT: Duration = Duration::from_secs(60);

/// The longest time to wait for a lost GPU, after new sessions did not bring it back.
const LONGEST_LOST_WAIT: Duration = Duration::from_secs(3600);

/// Starts the threads that read, which run until the process ends.
///
/// # Errors
///
/// If the system provides no thread.
pub fn start(
    settings: Settings,
    scrape_schedule: Arc<ScrapeSchedule>,
    listener: Listener,
) -> std::io::Result<()> {
    let run = move || supervise(&settings, &scrape_schedule, &listener);
    thread::Builder::new().name("nvml".to_owned()).spawn(run)?;
    Ok(())
}

/// Runs one session after another.
fn supervise(settings: &Settings, scrape_schedule: &Arc<ScrapeSchedule>, listener: &Listener) {
    let mut load_backoff = Backoff::new(FIRST_LOAD_RETRY, LONGEST_LOAD_RETRY);
    let mut lost_backoff = Backoff::new(FIRST_LOST_WAIT, LONGEST_LOST_WAIT);
    let mut logged = None;
    loop {
        match Library::open(&settings.library) {
            Ok(library) => {
                info!(driver = library.driver_version(), "NVML is loaded");
                logged = None;
                let (sender, errors) = channel();
                let session = DriverSession::new(
                    library,
                    settings.clone(),
                    Arc::clone(scrape_schedule),
                    Arc::clone(listener),
                    sender,
                );
                let started = clock::instant();
                let reason = run_session(&Arc::new(session), &errors, &mut lost_backoff);
                warn!(reason, "reloading NVML");
                if clock::instant().saturating_duration_since(started) > LONGEST_LOAD_RETRY {
                    load_backoff.reset();
                }
            }
            Err(error) => {
                let reason = format!("NVML ({}): {error}", settings.library.display());
                if logged.as_ref() != Some(&reason) {
                    warn!(reason, "no GPU can be read; retrying until NVML answers");
                }
                listener(Event::DriverUnavailable(reason.clone()));
                logged = Some(reason);
            }
        }
        thread::sleep(load_backoff.next_wait());
    }
}

/// The time since which a GPU is lost, and the time to wait for it.
struct LostGpu {
    since: Instant,
    wait: Duration,
}

/// Reads all GPUs until the library must be reloaded, and returns the reason.
fn run_session(
    session: &Arc<DriverSession>,
    errors: &Receiver<DriverError>,
    lost_backoff: &mut Backoff,
) -> String {
    let mut threads = ReaderThreads::default();
    let mut lost_gpu = None;
    let reason = loop {
        match session.library.gpu_count() {
            Ok(count) => threads.set_count(session, count),
            Err(error) => break error.reason,
        }
        match wait_for_error(errors, session.settings.rescan_period) {
            Some(DriverError { scope: ErrorScope::Library, reason, .. }) => break reason,
            Some(_) => {
                let now = clock::instant();
                let begin = || LostGpu { since: now, wait: lost_backoff.next_wait() };
                let LostGpu { since, wait } = lost_gpu.get_or_insert_with(begin);
                if now.saturating_duration_since(*since) > *wait {
                    break "a GPU stays lost, and may answer to a new session".to_owned();
                }
            }
            None => {
                if lost_gpu.take().is_some() {
                    lost_backoff.reset();
                }
            }
        }
    };
    threads.stop();
    reason
}

/// Waits until the next scan is due, and returns the worst error that was reported meanwhile. An error of the
/// library ends the wait at once.
fn wait_for_error(errors: &Receiver<DriverError>, period: Duration) -> Option<DriverError> {
    let due = clock::instant() + period;
    let mut worst = None;
    loop {
        match errors.recv_timeout(due.saturating_duration_since(clock::instant())) {
            Ok(error) if error.scope == ErrorScope::Library => return Some(error),
            Ok(error) => worst = Some(error),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return worst,
        }
    }
}
