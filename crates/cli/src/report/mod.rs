//! `gpu-carbon report`: what GPUs have used and emitted, from the exporter's ledger.

mod args;
mod derived;
mod openmetrics;
mod periods;
mod sheet;
mod text;

use std::io::Write;

use anyhow::{Context, Result};
use gpu_carbon_core::Interval;
use gpu_carbon_ledger::report::{GpuReport, PeriodReport, Report, Totals};
use gpu_carbon_ledger::{Gpu, Reader};

use crate::CANNOT_WRITE;
use crate::usage_error::UsageError;

pub use args::{Args, Bound, By, Format};

/// What a ledger says of a time.
#[derive(Debug)]
struct Answer<'a> {
    args: &'a Args,
    by: By,
    reader: &'a Reader,
    /// What was asked for, and has rows; `None` where nothing has.
    time: Option<Interval>,
    groups: Vec<(Group<'a>, Totals)>,
    total: Totals,
}

/// What is added up together.
#[derive(Debug, Clone, PartialEq)]
enum Group<'a> {
    Gpu(&'a Gpu),
    /// A day or a month, as far as it is in the time.
    Period(String, Interval),
}

/// Reads the ledger, and writes what it says.
///
/// # Errors
///
/// A [`UsageError`] when what was given cannot be used; another error for anything else.
pub fn write(args: &Args, out: &mut dyn Write) -> Result<()> {
    let refused = |text: &str| UsageError::CommandLine(text.to_owned());
    let is_history = args.format == Format::Openmetrics;
    if is_history && args.by.is_some() {
        return Err(refused("--by has no place in --format openmetrics, which has each GPU at each moment: leave it out").into());
    }
    if !is_history && !args.labels.is_empty() {
        return Err(refused(
            "--label is for --format openmetrics alone: leave it out, or give that format",
        )
        .into());
    }
    let given_before = |place: usize, name: &String| {
        args.labels.iter().take(place).any(|(before, _)| before == name)
    };
    let mut names = args.labels.iter().map(|(name, _)| name).enumerate();
    if let Some((_, twice)) = names.find(|&(place, name)| given_before(place, name)) {
        return Err(refused(&format!(
            "--label gives `{twice}` twice, and a series has one value of it: leave one out"
        ))
        .into());
    }
    let moment =
        |bound: Option<Bound>, name: &str| match bound.map(|bound| bound.within(args.time_zone)) {
            Some(None) => Err(refused(&format!("{name} is beyond the calendar: give another"))),
            other => Ok(other.flatten()),
        };
    let (from, to) = (moment(args.from, "--from")?, moment(args.to, "--to")?);
    if from.zip(to).is_some_and(|(from, to)| to <= from) {
        return Err(refused("--to is not after --from: give a later one").into());
    }
    let reader = Reader::open(&args.ledger).map_err(UsageError::Ledger)?;
    let time = reader.extent().and_then(|extent| {
        let start = from.map_or(extent.start(), |from| from.max(extent.start()));
        let end = to.map_or(extent.end(), |to| to.min(extent.end()));
        (start < end).then(|| Interval::new(start, end))
    });
    if is_history {
        return openmetrics::write(&reader, time, &args.labels, out);
    }
    let answer = Answer::of(args, &reader, time)?;
    let text = match args.format {
        Format::Csv => sheet::of(&answer).csv(),
        Format::Json => sheet::of(&answer).json()?,
        Format::Text | Format::Openmetrics => text::write(&answer),
    };
    out.write_all(text.as_bytes()).context(CANNOT_WRITE)
}

impl<'a> Answer<'a> {
    fn of(
        args: &'a Args,
        reader: &'a Reader,
        time: Option<Interval>,
    ) -> Result<Answer<'a>, UsageError> {
        let (by, zone) = (args.by.unwrap_or(By::Gpu), args.time_zone);
        let bounds = time.map(|time| periods::cuts(by, zone, time)).unwrap_or_default();
        let report = Report::read(reader, bounds).map_err(UsageError::Ledger)?;
        let groups = match by {
            By::Gpu => {
                let named =
                    |GpuReport { gpu, totals }| Some((Group::Gpu(reader.gpus().get(gpu)?), totals));
                report.by_gpu().into_iter().filter_map(named).collect()
            }
            By::Day | By::Month => {
                let named = |PeriodReport { period, totals }| {
                    (Group::Period(periods::name(by, zone, period), period), totals)
                };
                report.by_period().into_iter().map(named).collect()
            }
        };
        Ok(Answer { args, by, reader, time, groups, total: report.total() })
    }
}
