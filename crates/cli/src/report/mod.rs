//! `gpu-carbon report`: the energy and the emissions of GPUs, from the exporter's ledger.

mod answer;
mod args;
pub(crate) mod derived;
mod host;
pub(crate) mod manufacture;
mod openmetrics;
mod periods;
pub(crate) mod phases;
mod regime;
mod server;
pub(crate) mod table;
pub(crate) mod text;

use std::io::{Write, stderr};

use anyhow::{Context, Result};
use gpu_carbon_core::{Interval, Timestamp};
use gpu_carbon_ledger::Reader;

use crate::output::{self, CANNOT_WRITE};
use crate::sanitize;
use crate::usage_error::UsageError;
use answer::Answer;

pub(crate) use args::bound;
pub use args::{Args, Bound, By, Format};
pub use regime::args::{Regime, RegimeArgs};
pub use server::{ServerArgs, ServerFigure};

/// Reads the ledger, and writes the report in the format that was asked for.
///
/// # Errors
///
/// A [`UsageError`] when an argument or the ledger cannot be used; another error for anything else.
pub fn write(args: &Args, out: &mut dyn Write) -> Result<()> {
    args.check()?;
    let from = time_of(args, args.from, "--from")?;
    let to = time_of(args, args.to, "--to")?;
    if from.zip(to).is_some_and(|(from, to)| to <= from) {
        let text = "--to is not after --from: give a later one".to_owned();
        return Err(UsageError::CommandLine(text).into());
    }
    let reader = Reader::open(&args.ledger).map_err(UsageError::Ledger)?;
    if let Some(copy) = &args.backup {
        reader.back_up(copy).map_err(UsageError::Backup)?;
        let (ledger, copy) = (args.ledger.display(), copy.display());
        return writeln!(out, "{ledger} is copied to {copy}.").context(CANNOT_WRITE);
    }
    write_report(args, &reader, from, to, out)?;
    // Also in the formats for programs, whose readers see no notes.
    for damage in reader.damage() {
        let ledger = args.ledger.display();
        let _ = writeln!(stderr(), "gpu-carbon: {ledger}: damaged: {}", sanitize(&damage));
    }
    Ok(())
}

fn write_report(
    args: &Args,
    reader: &Reader,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    out: &mut dyn Write,
) -> Result<()> {
    let time = reader.extent().and_then(|extent| {
        let start = from.map_or(extent.start(), |from| from.max(extent.start()));
        let end = to.map_or(extent.end(), |to| to.min(extent.end()));
        (start < end).then(|| Interval::new(start, end))
    });
    if let Some(regime) = args.regime.regime {
        let text = regime::sheet(args, regime, reader, time)?;
        return out.write_all(text.as_bytes()).context(CANNOT_WRITE);
    }
    let text = match args.format {
        Format::Openmetrics => return openmetrics::write(reader, time, &args.labels, out),
        Format::Csv => table::of(&Answer::of(args, reader, time)?).csv(),
        Format::Json => table::of(&Answer::of(args, reader, time)?).json()?,
        Format::Text | Format::Markdown => {
            output::text::write(&text::lines(&Answer::of(args, reader, time)?))
        }
    };
    out.write_all(text.as_bytes()).context(CANNOT_WRITE)
}

/// Returns the time of a bound, if it was given.
fn time_of(args: &Args, bound: Option<Bound>, flag: &str) -> Result<Option<Timestamp>, UsageError> {
    let Some(bound) = bound else { return Ok(None) };
    let time = bound.within(args.time_zone);
    let beyond = || UsageError::CommandLine(format!("{flag} is beyond the calendar: give another"));
    time.map(Some).ok_or_else(beyond)
}
