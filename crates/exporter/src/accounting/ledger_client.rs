//! The accounting's side of the ledger: it decides on the next command, and applies the ledger's events.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use gpu_carbon_core::{Interval, Timestamp};
use gpu_carbon_ledger::{MAX_INTENSITY_DELAY, Revision};
use tracing::{info, warn};

use super::host::Accounting;
use super::settings::Configuration;
use crate::clock;
use crate::ledger::{CommitPolicy, CommitReport, LedgerCommand, LedgerEvent, Revisions};
use crate::logging::occurrences_to_log;
use crate::scrape_schedule::ScrapeSchedule;
use crate::snapshot::LedgerView;

/// The ledger as the accounting uses it.
#[derive(Debug)]
pub struct LedgerClient {
    commands: Sender<LedgerCommand>,
    policy: CommitPolicy,
    scrape_schedule: Arc<ScrapeSchedule>,
    /// The period in which counters are read.
    counter_period: Duration,
    view: LedgerView,
    revisions: Revisions,
    /// The time from which slots may be revised.
    revisable_since: Timestamp,
    in_flight: Option<InFlight>,
    /// The sender to drop after the last commit, once the process ends.
    shutdown: Option<Sender<()>>,
}

/// The command that the ledger's thread is carrying out.
#[derive(Debug, Clone, Copy, PartialEq)]
enum InFlight {
    /// The writing of a batch.
    Writing {
        /// True if the batch holds all that was read before the process ends.
        is_last: bool,
    },
    /// The restatement of the energy of a time.
    Restating(Interval),
    /// The closing of the ledger, after the last batch.
    Closing,
}

/// The subject of the ledger's lines in the log.
const LEDGER: &str = "ledger";

/// The time between the reading of counters for a scrape and the commit: the driver has answered by then, and the
/// disk has the time that is left until the scrape.
const READING_TIME: Duration = Duration::from_millis(15);

impl LedgerClient {
    /// Creates the client of a ledger's thread, which commits every period, and in time for a forecast scrape.
    #[must_use]
    pub fn new(
        commands: Sender<LedgerCommand>,
        commit_period: Duration,
        scrape_schedule: Arc<ScrapeSchedule>,
        counter_period: Duration,
        revisable_since: Timestamp,
    ) -> LedgerClient {
        LedgerClient {
            commands,
            policy: CommitPolicy::new(commit_period, clock::instant()),
            scrape_schedule,
            counter_period,
            view: LedgerView::default(),
            revisions: Revisions::default(),
            revisable_since,
            in_flight: None,
            shutdown: None,
        }
    }

    /// Applies other periods.
    pub(super) fn configure(&mut self, configuration: &Configuration) {
        self.counter_period = configuration.counter_period;
        if let Some(period) = configuration.commit_period {
            self.policy.set_period(period);
        }
    }

    /// The time at which [`LedgerClient::work`] is to be called next, without an event.
    pub(super) fn next_wakeup(&self) -> Option<Instant> {
        self.policy.next_wakeup()
    }

    /// Applies an event of the ledger's thread.
    pub(super) fn handle(&mut self, event: LedgerEvent, accounting: &mut Accounting) {
        let now = clock::instant();
        let in_flight = self.in_flight.take();
        match event {
            LedgerEvent::Written { file_bytes, replacements } => {
                self.view.file_bytes = file_bytes.or(self.view.file_bytes);
                self.view.replacements = replacements;
                self.record_success(accounting, now);
                if in_flight == Some(InFlight::Writing { is_last: true }) {
                    self.close();
                }
            }
            LedgerEvent::Closed => {
                self.in_flight = in_flight; // no command follows
                self.shutdown = None;
            }
            LedgerEvent::Restated(revisions) => {
                accounting.restate(&revisions);
                log_restatement(&revisions);
                self.record_success(accounting, now);
            }
            LedgerEvent::Failed { reason } => {
                let report = self.record_failure(in_flight, reason, accounting, now);
                if let CommitReport::Failing(reason) = report
                    && let Some(times) = occurrences_to_log(LEDGER, reason.clone())
                {
                    warn!(
                        reason,
                        times,
                        "the ledger cannot be written: totals are kept in memory and written later"
                    );
                }
            }
            LedgerEvent::Replaced => {
                self.record_failure(in_flight, "corrupt".to_owned(), accounting, now);
                accounting.restart_ledger();
                self.policy.commit_now(now);
            }
        }
    }

    fn record_success(&mut self, accounting: &mut Accounting, now: Instant) {
        self.view.last_commit = Some(clock::now());
        let success = self.policy.record_success(now);
        accounting.finish_commit(success.was_published_ahead);
        if success.report == CommitReport::Recovered
            && let Some(times) = occurrences_to_log(LEDGER, "recovered")
        {
            info!(times, "the ledger is written again; it lacks nothing");
        }
    }

    fn record_failure(
        &mut self,
        in_flight: Option<InFlight>,
        reason: String,
        accounting: &mut Accounting,
        now: Instant,
    ) -> CommitReport {
        accounting.abort_commit();
        if let Some(InFlight::Restating(period)) = in_flight {
            self.revisions.add(period);
        }
        self.policy.record_failure(reason, now)
    }

    /// Writes a last batch, and then drops the sender.
    pub(super) fn shut_down(&mut self, done: Sender<()>) {
        self.shutdown = Some(done);
        self.policy.commit_now(clock::instant());
    }

    /// Closes the ledger after its last batch.
    fn close(&mut self) {
        self.in_flight = Some(InFlight::Closing);
        if self.commands.send(LedgerCommand::Close).is_err() {
            self.shutdown = None; // its thread has ended
        }
    }

    /// Sends the command that is due, if any, and returns the state of the ledger.
    pub(super) fn work(&mut self, accounting: &mut Accounting) -> LedgerView {
        let now = clock::instant();
        let wall = clock::now();
        if self.policy.detect_delay(now)
            && let Some(times) = occurrences_to_log(LEDGER, "delay")
        {
            warn!(
                times,
                "the ledger was not written for 2 s: counters are published ahead of it, and would fall after a restart"
            );
        }
        let oldest = (wall - MAX_INTENSITY_DELAY).max(self.revisable_since).min(wall);
        let period = Interval::new(oldest, wall);
        self.revisions.update(accounting.grid(), period);
        if self.revisions.are_due() && !self.policy.is_failing() {
            self.policy.commit_now(now);
        }
        if self.policy.is_due(now) && self.in_flight.is_none() {
            self.give_command(accounting, now, wall);
        }
        if self.in_flight.is_none() {
            let reading = now.checked_sub(READING_TIME).unwrap_or(now);
            let reading = self.scrape_schedule.before_next_scrape(reading, self.counter_period);
            let commit = reading.map(|reading| reading + READING_TIME);
            self.policy.prefer(commit.filter(|&commit| commit > now));
        }
        if self.policy.is_published_ahead() {
            accounting.publish_uncommitted();
        }
        LedgerView { up: self.policy.is_up(), commits: self.policy.counts(), ..self.view }
    }

    /// Sends the next command: first to restate what the ledger holds, all of which was converted by earlier
    /// intensities, then to write what it lacks, which is converted by the present ones.
    fn give_command(&mut self, accounting: &mut Accounting, now: Instant, wall: Timestamp) {
        let (command, in_flight) = match self.revisions.take() {
            Some(changed) => {
                let grid = Arc::clone(accounting.grid());
                (LedgerCommand::Restate { grid, changed }, InFlight::Restating(changed))
            }
            None => match accounting.take_batch(wall) {
                Some(batch) => {
                    let is_last = self.shutdown.is_some();
                    let in_flight = InFlight::Writing { is_last };
                    (LedgerCommand::Write(batch), in_flight)
                }
                None => {
                    if self.shutdown.is_some() {
                        return self.close();
                    }
                    return self.policy.skip(now);
                }
            },
        };
        self.policy.begin(now);
        if self.commands.send(command).is_ok() {
            self.in_flight = Some(in_flight);
        } else {
            let reason = "its thread has ended".to_owned();
            self.record_failure(Some(in_flight), reason, accounting, now);
        }
    }
}

fn log_restatement(revisions: &[Revision]) {
    if !revisions.is_empty()
        && let Some(times) = occurrences_to_log(LEDGER, "restated")
    {
        let grams: f64 = revisions.iter().map(|revision| revision.grams).sum();
        let gpus = revisions.len();
        info!(
            gpus,
            grams, times, "intensities were revised: the emissions in the ledger are restated"
        );
    }
}
