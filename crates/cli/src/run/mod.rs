//! `gpu-carbon run`: a command that pauses by itself while the grid is dirty, and still finishes in time.

mod args;
mod dry_run;
mod meter;
mod outcome;
mod past;
mod preparation;
mod recorded;
mod runner;
mod settings;
mod supervision;

use std::ffi::OsString;
use std::io::Write;

use anyhow::Result;
use gpu_carbon_memory::limit_free_memory;

use crate::clock::RunClock;
use crate::notes::Notes;
use crate::plan::Times;
use crate::time_arg::TimeArg;
use crate::usage_error::UsageError;
use crate::watch::Watch;
use runner::{Runner, Start};

pub use args::{Args, PauseArg, PolicyArg};
pub use past::Past;
pub(crate) use recorded::{Recomputed, RecordedRun};

/// Runs a command under a policy, or shows the decisions. `words` are those of the command line after `run`, for the journal.
/// Returns the exit status.
///
/// # Errors
///
/// A [`UsageError`] when an argument or a file cannot be used; another error when the command cannot be watched over.
pub fn run(args: &Args, words: &[OsString], out: &mut dyn Write) -> Result<u8> {
    limit_free_memory();
    let now = crate::clock::now();
    let times = Times { zone: args.time_zone, now };
    let at = match args.at {
        TimeArg::Now => None,
        given => Some(times.resolve("--at", given)?),
    };
    let speed = args.speed.unwrap_or(1.0);
    let begin = at.unwrap_or(now);
    let settings = settings::of(args, begin, speed, &times)?;
    check_time_limit(args, &settings)?;
    let until = settings.promise.map(|promise| promise.finish_by);
    let watch = Watch::open(&args.grid, begin, until)?;
    let notes = Notes::new(args.quiet);
    let clock = RunClock::start(at, speed);
    if args.dry_run {
        return dry_run::run(args, settings, (begin, clock), watch, out);
    }
    let start = Start { args, words, settings, clock, past: None };
    Runner::new(start, watch, notes)?.run()
}

/// Takes over a run, with the arguments that it had. Returns the exit status.
///
/// # Errors
///
/// As [`run`], and where the command has ended.
pub fn take_over(args: &Args, past: &Past) -> Result<u8> {
    if past.job.is_none() && !past.is_between_runs(args) {
        return Err(past.ended().into());
    }
    let folder = past.folder();
    let unreadable = |error| UsageError::Unreadable { path: folder.to_owned(), error };
    std::env::set_current_dir(folder).map_err(unreadable)?;
    let clock = RunClock::start(None, 1.0);
    if args.at != TimeArg::Now || args.speed.is_some() {
        let why = "--resume: it was a rehearsal, whose clock has ended with it".to_owned();
        return Err(UsageError::CommandLine(why).into());
    }
    let times = Times { zone: args.time_zone, now: clock.now() };
    // The end that was promised stays as it was.
    let free = Args { finish_by: None, ..args.clone() };
    let mut settings = settings::of(&free, clock.now(), 1.0, &times)?;
    if let (Some(promise), Some(end)) = (&mut settings.promise, past.finish_by()) {
        promise.finish_by = end;
    }
    let until = settings.promise.map(|promise| promise.finish_by);
    let watch = Watch::open(&args.grid, clock.now(), until)?;
    let words: Vec<OsString> = past.words().collect();
    let start = Start { args, words: &words, settings, clock, past: Some(past) };
    Runner::new(start, watch, Notes::new(args.quiet))?.run()
}

/// Refuses a run in a Slurm job whose time limit may end it: the limit goes on while it is paused.
fn check_time_limit(
    args: &Args,
    settings: &gpu_carbon_core::steer::Settings,
) -> Result<(), UsageError> {
    let variable = "SLURM_JOB_END_TIME";
    let limit = std::env::var(variable).ok().and_then(|it| it.trim().parse().ok());
    let Some(limit) = limit.map(gpu_carbon_core::Timestamp::from_unix_seconds) else {
        return Ok(());
    };
    if args.dry_run || settings.promise.is_some_and(|promise| promise.finish_by <= limit) {
        return Ok(());
    }
    let end = args.time_zone.readable(limit);
    Err(UsageError::CommandLine(format!(
        "the time limit of this Slurm job ends at {end} ({variable}), and goes on while the command is paused: give --duration, and a --finish-by that is no later"
    )))
}
