//! The thread that supervises the driver sessions: it begins another session when the library or a GPU is lost, and
//! releases the GPUs on request. A session that works is not given up before the next one has proven itself.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::active_session::ActiveSession;
use super::candidate::{self, Candidate, HANG, HANGS_AFTER, Loaded, Proof, SLOW_AFTER};
use super::control::Control;
use super::driver_session::{DriverSession, Surroundings};
use super::event::{Event, Listener};
use super::gpu_names::GpuNames;
use super::lost_gpus::LostGpus;
use super::message::{Command, Message, Report};
use super::release::Release;
use super::settings::Settings;
use crate::advice::advice;
use crate::backoff::Backoff;
use crate::clock;
use crate::logging::occurrences_to_log;
use crate::nvml::{DriverError, ErrorScope, Library};
use crate::scrape_schedule::ScrapeSchedule;

/// The first and the longest wait between attempts to load the library.
const FIRST_LOAD_RETRY: Duration = Duration::from_millis(500);
const LONGEST_LOAD_RETRY: Duration = Duration::from_secs(30);

/// The age from which a session was a good one: the next begins without delay.
const GOOD_SESSION: Duration = Duration::from_secs(600);

/// The time without a reading after which a session with an error of the library counts as one that does not work.
const SILENT_AFTER: Duration = Duration::from_secs(5);

/// The most libraries beside the active one whose calls do not return. With more, no other attempt is made for a lost GPU.
const MOST_HUNG: usize = 4;

/// The most libraries whose calls do not return while no session works, since then every GPU is without readings.
const MOST_HUNG_IF_DARK: usize = 32;

/// The longest wait for a message.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Starts the threads that read, which run until the process ends. `known_names` are the names of GPUs from before.
///
/// # Errors
///
/// If the system provides no thread.
pub fn start<'a>(
    settings: Settings,
    scrape_schedule: Arc<ScrapeSchedule>,
    listener: Listener,
    known_names: impl Iterator<Item = &'a str>,
) -> std::io::Result<Control> {
    let names = Arc::new(GpuNames::continuing(known_names));
    let (messages, inbox) = channel();
    let control = Control::new(messages.clone());
    let surroundings = Surroundings { scrape_schedule, names, listener, messages };
    let run = move || {
        let mut supervisor = Supervisor {
            settings,
            surroundings,
            inbox,
            loaded: Loaded::default(),
            last_number: 0,
            has_begun: false,
            active: None,
            library_error: None,
            scan_error: None,
            candidate: None,
            next_load: clock::instant(),
            load_backoff: Backoff::new(FIRST_LOAD_RETRY, LONGEST_LOAD_RETRY),
            lost_gpus: LostGpus::new(),
            release: None,
            has_hung: false,
        };
        while supervisor.step() {}
    };
    thread::Builder::new().name("nvml".to_owned()).spawn(run)?;
    Ok(control)
}

struct Supervisor {
    settings: Settings,
    surroundings: Surroundings,
    inbox: Receiver<Message>,
    /// Held by every library that is loaded, or may be.
    loaded: Loaded,
    /// The number of the last session or attempt.
    last_number: u64,
    /// True once a session has begun.
    has_begun: bool,
    active: Option<ActiveSession>,
    /// The error of a reading for which the active session must be replaced.
    library_error: Option<DriverError>,
    /// The error of the last scan.
    scan_error: Option<DriverError>,
    candidate: Option<Candidate>,
    /// The earliest time of the next attempt to load a library that is lost.
    next_load: Instant,
    load_backoff: Backoff,
    lost_gpus: LostGpus,
    release: Option<Release>,
    /// True if an attempt hung, and with it the library.
    has_hung: bool,
}

impl Supervisor {
    /// Performs the tasks that are due, and waits for messages. Returns `false` once no message can come.
    fn step(&mut self) -> bool {
        let now = clock::instant();
        if self.release.is_some() {
            self.step_release(now);
        } else {
            self.scan(now);
            self.check_candidate();
            self.attempt(now);
        }
        let wait = self.next_step(now).saturating_duration_since(clock::instant());
        let first = self.inbox.recv_timeout(wait.min(LONGEST_WAIT));
        if matches!(first, Err(RecvTimeoutError::Disconnected)) {
            return false;
        }
        let more: Vec<_> = first.into_iter().chain(self.inbox.try_iter()).collect();
        more.into_iter().for_each(|message| self.handle(message));
        true
    }

    /// The time of the next step without a message.
    fn next_step(&self, now: Instant) -> Instant {
        if let Some(release) = &self.release {
            return release.next_step(now);
        }
        let scan = self.active.as_ref().map(ActiveSession::next_step);
        let attempt = match &self.candidate {
            Some(candidate) => Some(candidate.next_check()),
            None if self.is_lost() => Some(self.next_load),
            None => self.lost_gpus.next_attempt(),
        };
        scan.into_iter().chain(attempt).fold(now + LONGEST_WAIT, Instant::min)
    }

    /// The error for which the active session must be replaced.
    fn session_error(&self) -> Option<&DriverError> {
        self.library_error.as_ref().or(self.scan_error.as_ref())
    }

    /// True if another session is needed.
    fn is_lost(&self) -> bool {
        self.active.is_none() || self.session_error().is_some()
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::Report { session, report } => self.handle_report(session, report),
            Message::Opened { attempt, outcome } => self.handle_opened(attempt, outcome),
            Message::Counted { session, outcome } => {
                let active = self.active.as_mut().filter(|it| it.session.number() == session);
                let Some(active) = active else { return };
                let counted = active.take_count(outcome);
                self.set_scan_error(counted.err());
            }
            Message::Command(Command::Release { duration, reply }) => match &mut self.release {
                Some(release) => release.set(duration, reply),
                None => self.begin_release(Release::begin(duration, reply)),
            },
            Message::Command(Command::Resume { reply }) => {
                self.end_release();
                // The client may have stopped waiting.
                let _ = reply.send(());
            }
            Message::Command(Command::Configure(settings)) => self.configure(*settings),
        }
    }

    fn handle_report(&mut self, session: u64, report: Report) {
        let active = self.active.as_mut().filter(|active| active.session.number() == session);
        let Some(active) = active else { return };
        match report {
            Report::Read(index) => {
                self.lost_gpus.remove(index);
                self.library_error = None;
            }
            Report::Excluded(index) => active.threads.exclude(&active.session, index),
            Report::Failed { index, error } => match error.scope {
                ErrorScope::Call => {}
                ErrorScope::Gpu => self.lost_gpus.insert(index, clock::instant()),
                ErrorScope::Library => self.library_error = Some(error),
                ErrorScope::Order => active.look_up_again(&error.reason),
            },
        }
    }

    /// Looks for GPUs that were added or removed, when it is time.
    fn scan(&mut self, now: Instant) {
        let Some(active) = &mut self.active else { return };
        if let Err(error) = active.step(&self.settings, now) {
            self.set_scan_error(Some(error));
        }
    }

    fn set_scan_error(&mut self, error: Option<DriverError>) {
        if let Some(error) = &error {
            self.report_failure(error, false);
        }
        self.scan_error = error;
    }

    /// Starts an attempt at another session if one is needed.
    fn attempt(&mut self, now: Instant) {
        if self.candidate.is_some() {
            return;
        }
        let (proof, most_hung) = if self.is_lost() {
            if now < self.next_load {
                return;
            }
            self.next_load = now + self.load_backoff.next_wait();
            (Proof::Answers, MOST_HUNG_IF_DARK)
        } else {
            let Some(indices) = self.lost_gpus.due(now) else { return };
            (Proof::AnyOf(indices), MOST_HUNG)
        };
        let others = Arc::strong_count(&self.loaded) - 1;
        if others > most_hung {
            return;
        }
        self.last_number += 1;
        let candidate = Candidate::start(
            self.last_number,
            self.settings.library.clone(),
            others > 0 || self.has_hung,
            proof,
            Arc::clone(&self.loaded),
            self.surroundings.messages.clone(),
        );
        match candidate {
            Ok(candidate) => self.candidate = Some(candidate),
            Err(error) => {
                if let Some(times) = occurrences_to_log(None, "no_thread") {
                    warn!(times, %error, "the system provides no thread to load NVML; retrying");
                }
            }
        }
    }

    /// Abandons an attempt that hangs, and reports one that takes long.
    fn check_candidate(&mut self) {
        let Some(candidate) = &mut self.candidate else { return };
        if candidate.age() >= HANGS_AFTER {
            self.candidate = None;
            self.has_hung = true;
            self.stay(&candidate::hang("the initialization", HANGS_AFTER));
        } else if candidate.age() >= SLOW_AFTER
            && !std::mem::replace(&mut candidate.is_reported, true)
        {
            let reason = "the initialization has not returned yet".to_owned();
            let error = DriverError { kind: HANG, scope: ErrorScope::Library, reason };
            self.report_failure(&error, false);
        }
    }

    fn handle_opened(&mut self, attempt: u64, outcome: Result<Box<Library>, DriverError>) {
        let current = self.candidate.take_if(|it| it.number == attempt);
        let is_current = current.is_some();
        match outcome {
            Ok(library) if is_current || (self.active.is_none() && self.release.is_none()) => {
                if current.is_some_and(|it| matches!(it.proof, Proof::AnyOf(_))) {
                    self.lost_gpus.answered();
                }
                self.begin(*library);
            }
            // An attempt that hung, or that was abandoned.
            Ok(library) => candidate::end(library),
            Err(error) if is_current => self.stay(&error),
            Err(_) => {}
        }
    }

    /// Begins a session that has proven itself, and ends the one before.
    fn begin(&mut self, library: Library) {
        self.candidate = None;
        let reason = self.session_error().map(|error| error.reason.clone());
        if let Some(active) = self.active.take() {
            let reason = reason.as_deref().unwrap_or("a lost GPU answers to a new session");
            if let Some(times) = occurrences_to_log(None, "reload") {
                warn!(reason, times, "reloading NVML");
            }
            if active.session.age() > GOOD_SESSION {
                self.load_backoff.reset();
            }
            active.threads.stop();
            candidate::end(active.session);
        }
        if let Some(times) = occurrences_to_log(None, "loaded") {
            info!(driver = library.driver_version(), times, "NVML is loaded");
        }
        if std::mem::replace(&mut self.has_begun, true) {
            (self.surroundings.listener)(Event::DriverReloaded);
        }
        (self.library_error, self.scan_error) = (None, None);
        self.lost_gpus.clear();
        self.last_number += 1;
        let session = DriverSession::new(library, self.last_number, &self.surroundings);
        let messages = self.surroundings.messages.clone();
        self.active = Some(ActiveSession::new(session, &self.settings, messages));
    }

    /// Stays with the active session, if there is one, since no other one could begin.
    fn stay(&mut self, error: &DriverError) {
        self.lost_gpus.failed(error.scope != ErrorScope::Library, clock::instant());
        let works = self.active.as_ref().is_some_and(|active| {
            self.session_error().is_none() || active.session.silence() < SILENT_AFTER
        });
        let reason = self.report_failure(error, !works);
        if works {
            if let Some(times) = occurrences_to_log("session", error.kind) {
                warn!(
                    reason,
                    times, "no new session of NVML has proven itself; the present one stays"
                );
            }
        } else if let Some(times) = occurrences_to_log("driver", error.kind) {
            let advice = advice(error.kind);
            warn!(reason, advice, times, "no GPU can be read; retrying until NVML answers");
        }
    }

    /// Reports a failure of the library to the listener, and returns it in words.
    fn report_failure(&self, error: &DriverError, is_fatal: bool) -> String {
        let reason = format!("NVML ({}): {error}", self.settings.library.display());
        let event = Event::DriverFailed { kind: error.kind, reason: reason.clone(), is_fatal };
        (self.surroundings.listener)(event);
        reason
    }

    /// Ends the active session, if there is one, without another one.
    fn end_session(&mut self) {
        self.candidate = None;
        (self.library_error, self.scan_error) = (None, None);
        self.lost_gpus.clear();
        if let Some(active) = self.active.take() {
            active.threads.stop();
            candidate::end(active.session);
        }
        self.next_load = clock::instant();
        self.load_backoff.reset();
    }

    fn begin_release(&mut self, release: Release) {
        info!("releasing all GPUs");
        self.end_session();
        self.release = Some(release);
    }

    fn step_release(&mut self, now: Instant) {
        let Some(release) = &mut self.release else { return };
        release.step(&self.loaded, &self.surroundings.listener, now);
        if release.has_ended(now) {
            self.end_release();
        }
    }

    fn end_release(&mut self) {
        if self.release.take().is_some() {
            info!("the release has ended: reading the GPUs again");
            (self.surroundings.listener)(Event::Resumed);
            self.next_load = clock::instant();
        }
    }

    fn configure(&mut self, settings: Settings) {
        let has_other_gpus = settings.gpus != self.settings.gpus;
        self.settings = settings;
        if has_other_gpus {
            // The library closes a GPU only at the end of a session.
            self.end_session();
        } else if let Some(active) = &mut self.active {
            active.configure(&self.settings);
        }
    }
}
