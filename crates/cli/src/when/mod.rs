//! `gpu-carbon when`: the best start of a job, or whether the intensity is below a threshold now. Nothing is started.

mod args;
mod form;

use anyhow::Result;
use gpu_carbon_core::{Intensity, Span, Timestamp};

use crate::clock;
use crate::grid::{BestStart, Grid, level_of_exporter, present};
use crate::plan::{Question, Times};
use crate::time_arg::TimeArg;
use crate::usage_error::UsageError;

pub use args::{Args, Form};

/// The answer: what is printed, and whether it is yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The text on standard output.
    pub text: String,
    /// The basis of the answer, for standard error.
    pub remarks: Vec<String>,
    /// False where the intensity is not below the threshold.
    pub is_yes: bool,
}

/// Answers the question.
///
/// # Errors
///
/// A [`UsageError`] when an argument or a file cannot be used; [`UnknownError`](crate::UnknownError) when no data cover the time; another error for anything
/// else.
pub fn run(args: &Args) -> Result<Answer> {
    let mut answer = match (args.below, args.duration) {
        (Some(threshold), _) => is_below(args, threshold)?,
        (None, duration) => best_start(args, duration.unwrap_or_default())?,
    };
    if args.quiet {
        answer.text.clear();
        answer.remarks.clear();
    }
    Ok(answer)
}

fn is_below(args: &Args, threshold: Intensity) -> Result<Answer> {
    if let Some(form) = args.format.filter(|&form| form != Form::Json) {
        let form = clap::ValueEnum::to_possible_value(&form).map(|it| it.get_name().to_owned());
        return Err(UsageError::CommandLine(format!(
            "--format {}: the answer to --below is no time: leave it out, or give json",
            form.unwrap_or_default()
        ))
        .into());
    }
    let times = Times { zone: args.time_zone, now: clock::now() };
    let at = match args.at {
        // The present itself, not the next five minutes.
        TimeArg::Now => times.now,
        given => times.resolve("--at", given)?,
    };
    let level = match &args.grid.from {
        Some(url) if args.at == TimeArg::Now => level_of_exporter(url)?,
        _ => Grid::open(&args.grid, present(at), times.now)?.level(at)?,
    };
    let is_yes = level.intensity < threshold;
    let text = form::level(&level, threshold, at, args.format)?;
    Ok(Answer { text, remarks: Vec::new(), is_yes })
}

fn best_start(args: &Args, duration: Span) -> Result<Answer> {
    let times = Times { zone: args.time_zone, now: clock::now() };
    let start = times.resolve("--at", args.at)?;
    let window = window(args, &times, start, duration)?;
    let question = Question::of_start(duration, start, window, args.time_zone)?;
    let grid = Grid::open(&args.grid, question.request.horizon(), times.now)?;
    let best = grid.best_start(&question)?;
    let now = if args.at == TimeArg::Now { times.now } else { start };
    let text = form::start(&best, now, start, args)?;
    Ok(Answer { text, remarks: remarks(&best, args), is_yes: true })
}

/// The basis of the start. JSON holds it itself.
fn remarks(best: &BestStart, args: &Args) -> Vec<String> {
    if args.format == Some(Form::Json) {
        return Vec::new();
    }
    let saving = crate::plan::saving(best.saving_ratio);
    let start = args.time_zone.readable(best.start);
    let first = format!("start at {start} {}, {}: {saving}", args.time_zone, best.basis);
    [first].into_iter().chain(best.notes.iter().cloned()).collect()
}

/// The longest delay of the start.
fn window(
    args: &Args,
    times: &Times,
    start: Timestamp,
    duration: Span,
) -> Result<Span, UsageError> {
    let until = |flag: &str, time, least: Timestamp, what: &str| {
        let end = times.resolve(flag, time)?;
        if least <= end {
            return Ok(end.duration_since(least));
        }
        let [least, end] = [least, end].map(|time| args.time_zone.readable(time));
        Err(UsageError::CommandLine(format!(
            "{flag}: {what} at {least}, which is later than {end}: give a later time"
        )))
    };
    match (args.finish_by, args.start_by) {
        (Some(end), _) => {
            until("--finish-by", end, start + duration, "a job that starts at once ends")
        }
        (None, Some(latest)) => until("--start-by", latest, start, "the earliest start is"),
        (None, None) => Ok(args.window.of(duration)),
    }
}
