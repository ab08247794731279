//! `gpu-carbon wait`: sleeps until the best start of a job, or until the intensity is below a threshold, and runs a command then.

mod args;

use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread;

use anyhow::Result;
use gpu_carbon_core::{Intensity, SLOT, Span, Timestamp};

use crate::clock::{self, RunClock};
use crate::flag_enums::UnknownArg;
use crate::grid::{Grid, Level, UnknownError, level_of_exporter, present};
use crate::notes::Notes;
use crate::plan::{Question, Times};
use crate::time_arg::TimeArg;
use crate::usage_error::UsageError;

pub use args::Args;

/// The exit status where the command is not found.
const NOT_FOUND: u8 = 127;
/// The exit status where the command cannot be executed.
const NOT_EXECUTABLE: u8 = 126;

/// The end of a wait.
enum End {
    /// The start has come, for a reason.
    Start(String),
    /// The threshold was not reached by the latest start.
    Not,
}

/// Waits, and runs the command in the place of this process. Returns the exit status where there is none.
///
/// # Errors
///
/// A [`UsageError`] when an argument or a file cannot be used; [`UnknownError`] when nobody knows the intensity, and the arguments
/// ask to fail then.
pub fn run(args: &Args) -> Result<u8> {
    let notes = Notes::new(args.quiet);
    if args.or_not && args.below.is_none() {
        let why = "--or-not is for --below: a best start always comes";
        return Err(UsageError::CommandLine(why.to_owned()).into());
    }
    let times = Times { zone: args.time_zone, now: clock::now() };
    let at = match args.at {
        TimeArg::Now => None,
        given => Some(times.resolve("--at", given)?),
    };
    let wait = Wait { args, clock: RunClock::start(at, args.speed), notes };
    let latest = latest(args, &times, wait.clock.now())?;
    let end = match (args.below, args.duration) {
        (Some(threshold), _) => wait.until_below(threshold, latest)?,
        (None, duration) => wait.until_best_start(duration.unwrap_or_default(), latest)?,
    };
    match end {
        End::Not => {
            notes.line("the intensity was not below the threshold by the latest start");
            Ok(1)
        }
        End::Start(reason) => {
            let now = wait.clock.now().floor_to(Span::from_seconds(1));
            let now = args.time_zone.readable(now);
            notes.line(&format!("start at {now}: {reason}"));
            Ok(execute(args, notes))
        }
    }
}

/// The latest start.
fn latest(args: &Args, times: &Times, now: Timestamp) -> Result<Timestamp, UsageError> {
    let duration = args.duration.unwrap_or_default();
    let given = |flag: &str, time, lead: Span| {
        let time = times.resolve(flag, time)?;
        if now + lead <= time {
            return Ok(time - lead);
        }
        let second = Span::from_seconds(1);
        let [first, time] = [now + lead, time].map(|it| times.zone.readable(it.floor_to(second)));
        Err(UsageError::CommandLine(format!(
            "{flag}: at the earliest it is {first}, which is later than {time}: give a later time"
        )))
    };
    match (args.finish_by, args.start_by) {
        (Some(end), _) => given("--finish-by", end, duration),
        (None, Some(start)) => given("--start-by", start, Span::ZERO),
        (None, None) => Ok(now + args.window.of(duration)),
    }
}

/// Runs the command in the place of this process; returns the exit status where there is none, or it cannot be run.
fn execute(args: &Args, notes: Notes) -> u8 {
    let Some((program, rest)) = args.command.split_first() else { return 0 };
    let error = Command::new(program).args(rest).exec();
    notes.line(&format!("{}: {error}", program.to_string_lossy()));
    if error.kind() == ErrorKind::NotFound { NOT_FOUND } else { NOT_EXECUTABLE }
}

/// The answer to the last question about the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// None was asked yet.
    None,
    Known,
    Unknown,
}

struct Wait<'a> {
    args: &'a Args,
    clock: RunClock,
    notes: Notes,
}

impl Wait<'_> {
    fn until_below(&self, threshold: Intensity, latest: Timestamp) -> Result<End> {
        let mut last = Last::None;
        loop {
            let now = self.clock.now();
            match self.level(now) {
                Ok(level) if level.intensity < threshold => {
                    let [value, limit] = [level.intensity, threshold]
                        .map(|it| format!("{:.1} g/kWh", it.as_grams_per_kilowatt_hour()));
                    return Ok(End::Start(format!("{value} is below {limit}, by {}", level.basis)));
                }
                Ok(_) => last = Last::Known,
                Err(error) => {
                    if let Some(end) = self.unknown(error, last)? {
                        return Ok(end);
                    }
                    last = Last::Unknown;
                }
            }
            if now >= latest {
                return Ok(match self.args.or_not {
                    true => End::Not,
                    false => {
                        End::Start("the latest start, though the grid is not below".to_owned())
                    }
                });
            }
            let next = now.floor_to(SLOT) + SLOT;
            self.sleep_until(next.min(latest));
        }
    }

    fn until_best_start(&self, duration: Span, latest: Timestamp) -> Result<End> {
        let mut last = Last::None;
        let mut announced = None;
        loop {
            let now = self.clock.now();
            let start = now.floor_to(SLOT);
            let window = latest.duration_since(start);
            let question = Question::of_start(duration, start, window, self.args.time_zone)?;
            let best = Grid::open(&self.args.grid, question.request.horizon(), now)
                .and_then(|grid| grid.best_start(&question));
            let next = match best {
                Ok(best) if best.start <= now => {
                    return Ok(End::Start(format!(
                        "the best start by {}, {}",
                        self.args.time_zone.readable(latest.floor_to(Span::from_seconds(1))),
                        best.basis
                    )));
                }
                Ok(best) => {
                    if announced.replace(best.start) != Some(best.start) {
                        let at = self.args.time_zone.readable(best.start);
                        let zone = self.args.time_zone;
                        self.notes.line(&format!("waits until {at} {zone}, {}", best.basis));
                    }
                    last = Last::Known;
                    best.start
                }
                Err(error) => {
                    if let Some(end) = self.unknown(error, last)? {
                        return Ok(end);
                    }
                    last = Last::Unknown;
                    latest
                }
            };
            if now >= latest {
                return Ok(End::Start("the latest start".to_owned()));
            }
            // A forecast changes, and is asked for again.
            let soon = if self.is_fixed() { next } else { now.floor_to(SLOT) + SLOT };
            self.sleep_until(next.min(soon).min(latest));
        }
    }

    /// Returns true where the values never change.
    fn is_fixed(&self) -> bool {
        self.args.grid.intensity.is_some() || self.args.grid.offline
    }

    /// The intensity at a time. That of an exporter's present needs no forecast.
    fn level(&self, now: Timestamp) -> Result<Level> {
        match &self.args.grid.from {
            Some(url) if !self.clock.is_rehearsal() => level_of_exporter(url),
            _ => Grid::open(&self.args.grid, present(now), now)?.level(now),
        }
    }

    /// The end of the wait where nobody knows the intensity; `None` to wait on. An error that the arguments explain is one of the first
    /// question alone: later, a file is being written, or an exporter begins again.
    fn unknown(&self, error: anyhow::Error, last: Last) -> Result<Option<End>> {
        if last == Last::None && !error.is::<UnknownError>() {
            return Err(error);
        }
        let error = match error.downcast::<UnknownError>() {
            Ok(unknown) => unknown,
            Err(other) => UnknownError(format!("{other:#}")),
        };
        match self.args.unknown {
            UnknownArg::Run => Ok(Some(End::Start(format!("{error}")))),
            UnknownArg::Fail => Err(error.into()),
            UnknownArg::Hold => {
                if last != Last::Unknown {
                    self.notes.line(&format!("{error}; it is waited on"));
                }
                Ok(None)
            }
        }
    }

    fn sleep_until(&self, time: Timestamp) {
        let left = time.duration_since(self.clock.now());
        // In parts, so that a clock that is set, or a machine that slept, is noticed.
        thread::sleep(self.clock.wait(left.min(SLOT)));
    }
}
