//! The energy of a command, as the workload counters of an exporter have it.

mod host;
mod names;
mod tally;

use std::os::fd::BorrowedFd;
use std::time::Duration;

use gpu_carbon_core::{Interval, Timestamp};
use gpu_carbon_feeds::exporter_workload::WorkloadCounters;

use super::args::Args;
use crate::background::Background;
use crate::clock::Deadline;
use crate::exporter_region;
use names::Names;
use tally::Tally;

pub(crate) use tally::Measured;

/// The time between two readings of the counters.
const EVERY: Duration = Duration::from_secs(300);

/// The time after a change of the command at which the counters are read: the exporter reads a GPU each second.
const AFTER_CHANGE: Duration = Duration::from_millis(1500);

/// The longest wait for the counters at the end.
const PATIENCE: Duration = Duration::from_secs(5);

/// The time between two readings at the end.
const AGAIN: Duration = Duration::from_millis(200);

/// The energy of a command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reading {
    /// No exporter was asked.
    NotAsked,
    /// The reason why it is not known.
    Missing(String),
    /// The energy.
    Measured(Measured),
}

/// The reader of the counters of one command.
#[derive(Debug)]
pub(crate) struct Meter {
    url: String,
    /// The name of the workload as it was given.
    given: Option<String>,
    names: Names,
    /// The start of the command.
    begun: Option<Timestamp>,
    due: Deadline,
    questions: Background<Result<WorkloadCounters, String>>,
    tally: Tally,
    /// The reason why the last reading failed.
    failure: Option<String>,
}

impl Meter {
    /// A reader that takes its first reading; `None` where no exporter is named, or the clock is that of a rehearsal.
    ///
    /// # Errors
    ///
    /// When the system has no pipe.
    pub(crate) fn begin(args: &Args, is_rehearsal: bool) -> std::io::Result<Option<Meter>> {
        let Some(url) = args.grid.from.clone().filter(|_| !is_rehearsal) else { return Ok(None) };
        let given = args.workload.clone();
        let names = match &given {
            Some(name) => Names::Some(vec![name.clone()]),
            None => Names::of(std::process::id()),
        };
        let mut meter = Meter {
            url,
            given,
            names,
            begun: None,
            due: Deadline::after(Duration::ZERO),
            questions: Background::new()?,
            tally: Tally::default(),
            failure: None,
        };
        meter.refresh();
        Ok(Some(meter))
    }

    /// Takes note of the start of the command, or of another start of it.
    pub(crate) fn started(&mut self, pid: i32, at: Timestamp) {
        self.begun.get_or_insert(at);
        let (Ok(pid), None) = (u32::try_from(pid), &self.given) else { return };
        let names = Names::of(pid);
        if names != self.names {
            (self.names, self.tally) = (names, Tally::default());
            self.due = Deadline::after(Duration::ZERO);
        }
    }

    /// Takes note of a change of the command: the counters are read soon.
    pub(crate) fn changed(&mut self) {
        if self.due.left() > AFTER_CHANGE {
            self.due = Deadline::after(AFTER_CHANGE);
        }
    }

    /// Reads the counters in the background, where it is time for it.
    pub(crate) fn refresh(&mut self) {
        let Names::Some(names) = &self.names else { return };
        if self.questions.is_waiting() || !self.due.left().is_zero() {
            return;
        }
        self.due = Deadline::after(EVERY);
        let (url, names) = (self.url.clone(), names.clone());
        self.questions.ask(move || ask(&url, &names));
    }

    /// The time until the counters are to be read.
    pub(crate) fn timeout(&self) -> Duration {
        match self.names {
            Names::Some(_) if !self.questions.is_waiting() => self.due.left(),
            _ => EVERY,
        }
    }

    /// The handle that is readable once counters have arrived.
    pub(crate) fn handle(&self) -> BorrowedFd<'_> {
        self.questions.handle()
    }

    /// Takes the counters that have arrived.
    pub(crate) fn update(&mut self) {
        while let Some(answer) = self.questions.answer() {
            self.take(answer);
        }
    }

    fn take(&mut self, answer: Result<WorkloadCounters, String>) {
        match answer {
            Ok(counters) => {
                self.failure = None;
                self.tally.add(counters, self.begun);
            }
            Err(failure) => self.failure = Some(failure),
        }
    }

    /// The energy of the command, which ran in an interval. Waits for counters up to its end.
    pub(crate) fn finish(mut self, ran: Interval) -> Reading {
        let names = match &self.names {
            Names::Some(names) if names.is_empty() => {
                return Reading::Missing(
                    "no Slurm job, pod, container or unit is known as its workload: give --workload"
                        .to_owned(),
                );
            }
            Names::Some(names) => names.clone(),
            Names::Logins => {
                return Reading::Missing(
                    "its workload, unit:user.slice, is that of all logins: give --workload unit:user.slice if no other login uses a GPU"
                        .to_owned(),
                );
            }
        };
        self.update();
        let deadline = Deadline::after(PATIENCE);
        // An exporter that did not answer some time ago may be there again.
        while !self.tally.covers(ran.end()) && !deadline.left().is_zero() {
            // The first answer, from before the end, bounds the time over which the power is taken as constant.
            let answer = ask(&self.url, &names);
            self.take(answer);
            if self.failure.is_some() {
                break;
            }
            std::thread::sleep(AGAIN);
        }
        match (self.tally.measured(ran), self.failure) {
            (Ok(measured), _) => Reading::Measured(measured),
            (Err(_), Some(failure)) => Reading::Missing(failure),
            (Err(reason), None) => Reading::Missing(reason),
        }
    }
}

/// Asks for the counters under each name; where the exporter has none of them, they are zero.
fn ask(url: &str, names: &[String]) -> Result<WorkloadCounters, String> {
    let mut unknown = None;
    for name in names {
        let counters =
            exporter_region::workload(url, name).map_err(|error| format!("{error:#}"))?;
        if counters.kind.is_some() {
            return Ok(counters);
        }
        unknown.get_or_insert(counters);
    }
    unknown.ok_or_else(|| "no name of its workload is known".to_owned())
}
