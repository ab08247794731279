//! The thread that keeps the books: enters what it is told, has it written, and publishes it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use gpu_carbon_core::{Interval, Timestamp};
use gpu_carbon_ledger::MAX_INTENSITY_DELAY;
use tracing::{info, warn};

use super::Accounting;
use crate::clock;
use crate::intensity::Grid;
use crate::latest::Latest;
use crate::ledger::{CommitPolicy, LedgerCommand, LedgerCommands, LedgerEvent, Revisions, Said};
use crate::process;
use crate::sampler::Event;
use crate::scrape_schedule::ScrapeSchedule;
use crate::snapshot::{LedgerView, Snapshot};

/// What the thread is told.
#[derive(Debug)]
pub enum Told {
    /// By a sampler.
    Sampled(Event),
    /// By the ledger.
    Ledger(LedgerEvent),
    /// That the process ends: all is written once more, and then this is dropped.
    Ending(Sender<()>),
}

/// The ledger, as the books' thread uses it.
#[derive(Debug)]
pub struct LedgerClient {
    orders: LedgerCommands,
    commits: CommitPolicy,
    scrape_schedule: Arc<ScrapeSchedule>,
    /// The period in which counters are read.
    counter_period: Duration,
    view: LedgerView,
    revisions: Revisions,
    /// What is being done.
    order: InFlight,
    /// Whether all that was priced by older prices is written.
    posted: bool,
    ending: Option<Sender<()>>,
}

/// What the ledger's thread is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
enum InFlight {
    /// Nothing.
    Nothing,
    /// It writes. Whether that holds all that was priced by older prices, and all that was read before the end.
    Writing { posted: bool, last: bool },
    /// It restates what is of this time.
    Restating(Interval),
}

/// What changes without an event, such as the age of a reading, is looked at this often.
const TICK: Duration = Duration::from_secs(1);

/// After an event, others are waited for so long: GPUs that are read at one moment make one snapshot.
const GATHERING: Duration = Duration::from_millis(2);

/// So long after the moment at which the counters are read for a scrape, that is written: the driver has
/// answered by then, and the disk has the time that is left until the scrape.
const READING: Duration = Duration::from_millis(15);

/// Keeps the books for as long as anybody tells, and publishes each change; with a ledger, what is in it.
///
/// # Errors
///
/// When the system gives no thread.
pub fn start(
    mut accounting: Accounting,
    told: Receiver<Told>,
    mut ledger: Option<LedgerClient>,
    grid: Arc<Latest<Grid>>,
    board: Arc<Latest<impl From<Snapshot> + Send + Sync + 'static>>,
) -> std::io::Result<()> {
    let keep = move || {
        let mut due = clock::instant();
        let mut process = None;
        loop {
            let wakes = ledger.as_ref().and_then(|ledger| ledger.commits.wakes());
            let until = wakes.map_or(due, |wakes| wakes.min(due));
            let first = told.recv_timeout(until.saturating_duration_since(clock::instant()));
            match first {
                Ok(_) => thread::sleep(GATHERING),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            let now = clock::read();
            accounting.set_grid(grid.read(), now.wall);
            for one in first.into_iter().chain(told.try_iter()) {
                match (one, &mut ledger) {
                    (Told::Sampled(event), _) => accounting.enter(event, now),
                    (Told::Ledger(reply), Some(ledger)) => ledger.hear(reply, &mut accounting),
                    (Told::Ending(done), Some(ledger)) => ledger.end(done),
                    (Told::Ledger(_) | Told::Ending(_), None) => {}
                }
            }
            if clock::instant() >= due {
                due = clock::instant() + TICK;
                accounting.look(now);
                process = process::read();
            }
            let ledger = ledger.as_mut().map(|ledger| ledger.work(&mut accounting));
            let snapshot = Snapshot { process, ledger, ..accounting.snapshot(now.wall) };
            board.publish(snapshot.into());
        }
    };
    thread::Builder::new().name("accounting".to_owned()).spawn(keep)?;
    Ok(())
}

impl LedgerClient {
    /// A ledger that takes orders; a commit every period, and in time for a scrape that can be foretold.
    #[must_use]
    pub fn new(
        orders: LedgerCommands,
        commit_period: Duration,
        scrape_schedule: Arc<ScrapeSchedule>,
        counter_period: Duration,
    ) -> LedgerClient {
        LedgerClient {
            orders,
            commits: CommitPolicy::new(commit_period, clock::instant()),
            scrape_schedule,
            counter_period,
            view: LedgerView::default(),
            revisions: Revisions::default(),
            order: InFlight::Nothing,
            posted: false,
            ending: None,
        }
    }

    fn hear(&mut self, reply: LedgerEvent, accounting: &mut Accounting) {
        let now = clock::instant();
        let doing = std::mem::replace(&mut self.order, InFlight::Nothing);
        match reply {
            LedgerEvent::Written { bytes, replaced } => {
                self.view.file_bytes = bytes.or(self.view.file_bytes);
                self.view.replacements = replaced;
                self.succeed(accounting, now);
                if let InFlight::Writing { posted, last } = doing {
                    self.posted = posted;
                    self.ending.take_if(|_| last);
                }
            }
            LedgerEvent::Restated(revisions) => {
                accounting.revise(&revisions);
                let (count, grams) = (revisions.len(), revisions.iter().map(|it| it.grams).sum());
                let grams: f64 = grams;
                if count > 0 {
                    info!(
                        gpus = count,
                        grams, "prices were revised, and what they had priced is restated"
                    );
                }
                self.succeed(accounting, now);
            }
            LedgerEvent::Failed { why } => {
                if let Said::Trouble(why) = self.fail(doing, why, accounting, now) {
                    warn!(
                        why,
                        "the ledger is not written: what is used is kept in memory, and written later"
                    );
                }
            }
            LedgerEvent::BegunAnew => {
                self.fail(doing, "corrupt".to_owned(), accounting, now);
                accounting.begin_anew();
                self.commits.hurry(now);
            }
        }
    }

    fn succeed(&mut self, accounting: &mut Accounting, now: Instant) {
        self.view.last_commit = Some(clock::now());
        let (was_ahead, said) = self.commits.succeed(now);
        accounting.committed(was_ahead);
        if said == Said::Again {
            info!("the ledger is written again, and nothing is missing from it");
        }
    }

    fn fail(
        &mut self,
        doing: InFlight,
        why: String,
        accounting: &mut Accounting,
        now: Instant,
    ) -> Said {
        accounting.failed();
        if let InFlight::Restating(period) = doing {
            self.revisions.failed(period);
        }
        self.commits.fail(why, now)
    }

    fn end(&mut self, done: Sender<()>) {
        self.ending = Some(done);
        self.commits.hurry(clock::instant());
    }

    /// Has done what is due, and says how the ledger does.
    fn work(&mut self, accounting: &mut Accounting) -> LedgerView {
        let now = clock::instant();
        let wall = clock::now();
        if self.commits.notice_delay(now) {
            warn!(
                "the ledger was not written for 2 s: counters are published ahead of it, and a restart now could make them fall"
            );
        }
        if self.revisions.take(accounting.grid(), Interval::new(wall - MAX_INTENSITY_DELAY, wall)) {
            self.posted = false;
            if let InFlight::Writing { posted, .. } = &mut self.order {
                *posted = false; // it was priced before
            }
        }
        if self.revisions.is_due() && !self.commits.is_in_trouble() {
            self.commits.hurry(now);
        }
        if self.commits.is_due(now) {
            self.give_order(accounting, now, wall);
        }
        if self.order == InFlight::Nothing {
            let read_at = now.checked_sub(READING).unwrap_or(now);
            let read_at = self.scrape_schedule.before_next_scrape(read_at, self.counter_period);
            self.commits.foretell(read_at.map(|at| at + READING).filter(|&at| at > now));
        }
        if self.commits.is_ahead() {
            accounting.publish_uncommitted();
        }
        let up = self.commits.is_up();
        LedgerView { up, commits: self.commits.counts, ..self.view }
    }

    /// First what was counted is written, then what is written is restated.
    fn give_order(&mut self, accounting: &mut Accounting, now: Instant, wall: Timestamp) {
        let revises = self.posted && self.ending.is_none();
        let restate = if revises { self.revisions.done() } else { None };
        let (order, doing) = match restate {
            Some(changed) => {
                let grid = Arc::clone(accounting.grid());
                (LedgerCommand::Restate { grid, changed }, InFlight::Restating(changed))
            }
            None => match accounting.take_batch(wall) {
                Some(batch) => {
                    let doing = InFlight::Writing { posted: true, last: self.ending.is_some() };
                    (LedgerCommand::Write(batch), doing)
                }
                None => {
                    self.posted = true;
                    self.ending = None;
                    return self.commits.skip(now);
                }
            },
        };
        self.commits.begin(now);
        self.order = doing;
        if self.orders.send(order).is_err() {
            self.order = InFlight::Nothing;
            self.fail(doing, "its thread has ended".to_owned(), accounting, now);
        }
    }
}
