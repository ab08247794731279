//! The thread that supervises the driver sessions: it scans for GPUs, and begins another session when the library or
//! a GPU is lost. A session that works is not given up before the next one has proven itself.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::candidate::{self, Candidate, HANG, Proof};
use super::driver_session::{DriverSession, Report};
use super::event::{Event, Listener};
use super::lost_gpus::LostGpus;
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

/// The time between two checks of an attempt to load the library.
const CHECK_PERIOD: Duration = Duration::from_millis(50);

/// The time without a reading after which a session with an error of the library counts as one that does not work.
const SILENT_AFTER: Duration = Duration::from_secs(5);

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
    let run = move || {
        let mut supervisor = Supervisor {
            settings,
            scrape_schedule,
            listener,
            active: None,
            library_error: None,
            scan_error: None,
            candidate: None,
            next_load: clock::instant(),
            load_backoff: Backoff::new(FIRST_LOAD_RETRY, LONGEST_LOAD_RETRY),
            lost_gpus: LostGpus::new(),
            has_hung: false,
            logged: None,
        };
        loop {
            supervisor.step();
        }
    };
    thread::Builder::new().name("nvml".to_owned()).spawn(run)?;
    Ok(())
}

struct Supervisor {
    settings: Settings,
    scrape_schedule: Arc<ScrapeSchedule>,
    listener: Listener,
    active: Option<ActiveSession>,
    /// The error of a reading for which the active session must be replaced.
    library_error: Option<String>,
    /// The error of the last scan.
    scan_error: Option<String>,
    candidate: Option<Candidate>,
    /// The earliest time of the next attempt to load a library that is lost.
    next_load: Instant,
    load_backoff: Backoff,
    lost_gpus: LostGpus,
    /// True if an attempt hung, and with it the library.
    has_hung: bool,
    /// The last failure that was logged.
    logged: Option<String>,
}

struct ActiveSession {
    session: Arc<DriverSession>,
    reports: Receiver<Report>,
    threads: ReaderThreads,
    next_scan: Instant,
}

impl Supervisor {
    /// The error for which the active session must be replaced.
    fn session_error(&self) -> Option<&str> {
        self.library_error.as_deref().or(self.scan_error.as_deref())
    }

    fn step(&mut self) {
        self.scan();
        self.receive_reports();
        self.attempt();
    }

    /// Looks for GPUs that were added or removed, when it is time.
    fn scan(&mut self) {
        let Some(active) = &mut self.active else { return };
        if clock::instant() < active.next_scan {
            return;
        }
        active.next_scan = clock::instant() + self.settings.rescan_period;
        match active.session.library.gpu_count() {
            Ok(count) => {
                active.threads.set_count(&active.session, count);
                self.scan_error = None;
            }
            Err(error) => self.scan_error = Some(error.reason),
        }
    }

    /// Waits for reports of the reading threads until the next scan or attempt.
    fn receive_reports(&mut self) {
        let now = clock::instant();
        let is_waiting = self.candidate.is_some() || self.session_error().is_some();
        let Some(active) = &mut self.active else { return thread::sleep(CHECK_PERIOD) };
        let longest = if is_waiting { CHECK_PERIOD } else { Duration::from_secs(1) };
        let wait = active.next_scan.saturating_duration_since(now).min(longest);
        let first = match active.reports.recv_timeout(wait) {
            Ok(report) => report,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
        };
        for report in std::iter::once(first).chain(active.reports.try_iter()) {
            match report {
                Report::Read(index) => {
                    self.lost_gpus.remove(index);
                    self.library_error = None;
                }
                Report::Failed { index, error: DriverError { scope, reason, .. } } => match scope {
                    ErrorScope::Call => {}
                    ErrorScope::Gpu => self.lost_gpus.insert(index, now),
                    ErrorScope::Library => self.library_error = Some(reason),
                    ErrorScope::Order => {
                        info!(reason, "looking up all GPUs again");
                        active.threads.look_up_again(&active.session);
                    }
                },
            }
        }
    }

    /// Starts an attempt at another session if one is needed, or handles the outcome of the one that runs.
    fn attempt(&mut self) {
        if let Some(candidate) = &self.candidate {
            if let Some(outcome) = candidate.outcome() {
                self.candidate = None;
                match outcome {
                    Ok(library) => self.begin(library),
                    Err(error) => self.stay(&error),
                }
            }
            return;
        }
        let now = clock::instant();
        let is_lost = self.active.is_none() || self.session_error().is_some();
        let proof = if is_lost {
            if now < self.next_load {
                return;
            }
            self.next_load = now + self.load_backoff.next_wait();
            Proof::Answers
        } else {
            let Some(indices) = self.lost_gpus.due(now) else { return };
            Proof::AnyOf(indices)
        };
        let beside = self.active.is_some() || self.has_hung;
        match Candidate::start(self.settings.library.clone(), beside, proof) {
            Ok(candidate) => self.candidate = Some(candidate),
            Err(error) => warn!(%error, "the system provides no thread to load NVML; retrying"),
        }
    }

    /// Begins a session that has proven itself, and ends the one before.
    fn begin(&mut self, library: Library) {
        let error = self.session_error().map(str::to_owned);
        if let Some(ActiveSession { session, threads, .. }) = self.active.take() {
            let reason = error.as_deref().unwrap_or("a lost GPU answers to a new session");
            warn!(reason, "reloading NVML");
            threads.stop();
            if session.age() > LONGEST_LOAD_RETRY {
                self.load_backoff.reset();
            }
            candidate::end(session);
        }
        info!(driver = library.driver_version(), "NVML is loaded");
        (self.library_error, self.scan_error, self.logged) = (None, None, None);
        self.lost_gpus.clear();
        let (sender, reports) = channel();
        let session = DriverSession::new(
            library,
            self.settings.clone(),
            Arc::clone(&self.scrape_schedule),
            Arc::clone(&self.listener),
            sender,
        );
        self.active = Some(ActiveSession {
            session: Arc::new(session),
            reports,
            threads: ReaderThreads::default(),
            next_scan: clock::instant(),
        });
    }

    /// Stays with the active session, if there is one, since no other one could begin.
    fn stay(&mut self, error: &DriverError) {
        let reason = format!("NVML ({}): {error}", self.settings.library.display());
        self.has_hung |= error.kind == HANG;
        let works = self.active.as_ref().is_some_and(|active| {
            self.session_error().is_none() || active.session.silence() < SILENT_AFTER
        });
        if self.logged.as_ref() != Some(&reason) {
            if works {
                warn!(reason, "no new session of NVML has proven itself; the present one stays");
            } else {
                warn!(reason, "no GPU can be read; retrying until NVML answers");
            }
            self.logged = Some(reason.clone());
        }
        if !works {
            (self.listener)(Event::DriverUnavailable(reason));
        }
    }
}
