//! The session whose GPUs are read: its threads, and its scans for GPUs that were added or removed.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::candidate::{self, HANGS_AFTER};
use super::driver_session::DriverSession;
use super::message::Message;
use super::reader_threads::ReaderThreads;
use super::settings::Settings;
use crate::backoff::Backoff;
use crate::clock;
use crate::logging::occurrences_to_log;
use crate::nvml::DriverError;

/// The first and the longest wait between look-ups of all GPUs because their order has changed.
const FIRST_LOOK_UP_WAIT: Duration = Duration::from_secs(1);
const LONGEST_LOOK_UP_WAIT: Duration = Duration::from_secs(600);

/// The time after a look-up in which GPUs are expected to be seen, before a pattern counts as one that matches none.
const LOOK_UP_TIME: Duration = Duration::from_secs(3);

/// The session whose GPUs are read.
pub(super) struct ActiveSession {
    pub(super) session: Arc<DriverSession>,
    pub(super) threads: ReaderThreads,
    messages: Sender<Message>,
    rescan_period: Duration,
    next_scan: Instant,
    /// The start of a count that has not returned.
    scan_started: Option<Instant>,
    look_up_backoff: Backoff,
    /// The earliest time of the next look-up because the order has changed.
    next_look_up: Instant,
    /// True if the order has changed since the last look-up.
    is_look_up_due: bool,
    /// The time from which patterns that match no GPU are reported; `None` if they were.
    report_patterns_at: Option<Instant>,
}

impl ActiveSession {
    /// Begins to read the GPUs of a session.
    pub(super) fn new(
        session: DriverSession,
        settings: &Settings,
        messages: Sender<Message>,
    ) -> ActiveSession {
        let now = clock::instant();
        ActiveSession {
            session: Arc::new(session),
            threads: ReaderThreads::new(settings.clone()),
            messages,
            rescan_period: settings.rescan_period,
            next_scan: now,
            scan_started: None,
            look_up_backoff: Backoff::new(FIRST_LOOK_UP_WAIT, LONGEST_LOOK_UP_WAIT),
            next_look_up: now,
            is_look_up_due: false,
            report_patterns_at: Some(now + LOOK_UP_TIME),
        }
    }

    /// Applies other settings, but for the choice of the GPUs.
    pub(super) fn configure(&mut self, settings: &Settings) {
        self.rescan_period = settings.rescan_period;
        self.threads.configure(settings.clone());
        self.next_scan = clock::instant();
    }

    /// The time of the next step without a message.
    pub(super) fn next_step(&self) -> Instant {
        let scan = match self.scan_started {
            Some(started) => started + HANGS_AFTER,
            None => self.next_scan,
        };
        let look_up = self.is_look_up_due.then_some(self.next_look_up);
        [look_up, self.report_patterns_at].into_iter().flatten().fold(scan, Instant::min)
    }

    /// Performs the tasks that are due.
    ///
    /// # Errors
    ///
    /// If the count of the GPUs hangs.
    pub(super) fn step(&mut self, settings: &Settings, now: Instant) -> Result<(), DriverError> {
        if self.is_look_up_due && now >= self.next_look_up {
            self.is_look_up_due = false;
            if now.saturating_duration_since(self.next_look_up) > LONGEST_LOOK_UP_WAIT {
                self.look_up_backoff.reset();
            }
            self.next_look_up = now + self.look_up_backoff.next_wait();
            self.threads.look_up_again();
            self.next_scan = now;
        }
        if self.report_patterns_at.take_if(|at| now >= *at).is_some() {
            let seen = self.session.seen();
            for (key, pattern) in settings.gpus.unmatched(&seen) {
                let pattern = pattern.text();
                warn!(key, pattern, "no GPU of this host matches the pattern");
            }
        }
        match self.scan_started {
            Some(started) if now.saturating_duration_since(started) >= HANGS_AFTER => {
                // Reported again after the same time.
                self.scan_started = Some(now);
                Err(candidate::hang("the count of GPUs", HANGS_AFTER))
            }
            Some(_) => Ok(()),
            None if now < self.next_scan => Ok(()),
            None => {
                self.next_scan = now + self.rescan_period;
                match self.scan() {
                    Ok(()) => self.scan_started = Some(now),
                    Err(error) => {
                        if let Some(times) = occurrences_to_log(None, "no_thread") {
                            warn!(times, %error, "the system provides no thread to count the GPUs; retrying");
                        }
                    }
                }
                Ok(())
            }
        }
    }

    /// Counts the GPUs on a thread that may be lost. The outcome is sent as a message.
    fn scan(&self) -> io::Result<()> {
        let (session, messages) = (Arc::clone(&self.session), self.messages.clone());
        let count = move || {
            let outcome = session.library.gpu_count();
            // The process may be about to end.
            let _ = messages.send(Message::Counted { session: session.number(), outcome });
        };
        thread::Builder::new().name("nvml-scan".to_owned()).spawn(count)?;
        Ok(())
    }

    /// Takes the outcome of a count.
    ///
    /// # Errors
    ///
    /// If the count failed.
    pub(super) fn take_count(
        &mut self,
        outcome: Result<u32, DriverError>,
    ) -> Result<(), DriverError> {
        self.scan_started = None;
        self.threads.set_count(&self.session, outcome?);
        Ok(())
    }

    /// Looks all GPUs up again, since their order has changed: less and less often if it does so all the time.
    pub(super) fn look_up_again(&mut self, reason: &str) {
        if !self.is_look_up_due
            && let Some(times) = occurrences_to_log(None, "order")
        {
            info!(reason, times, "looking up all GPUs again");
        }
        self.is_look_up_due = true;
    }
}
