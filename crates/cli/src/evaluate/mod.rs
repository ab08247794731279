//! `gpu-carbon evaluate`: what waiting and pausing would have saved over a year.

mod answer;
mod args;
mod calendar;
mod csv;
mod figures;
mod hours;
mod jobs;
mod json;
mod notes;
mod request;
mod text;

use anyhow::Result;

use crate::region;
use crate::sanitize::sanitize;
use crate::time_zone::Zone;
use crate::usage_error::UsageError;
use answer::Answer;
use args::{Figure, Format, Table};
use hours::Hours;
use request::Request;

pub use args::{Args, NamedWindow, StartsArg};
pub use jobs::{Job, parse as parse_jobs};

/// The name of the mean over regions, where a region's would stand.
pub(crate) const MEAN: &str = "mean";

/// Evaluates the jobs, and writes what they would have saved, or what a figure shows.
///
/// # Errors
///
/// A [`UsageError`] when what was given cannot be used; another error for anything else.
pub fn run(args: &Args) -> Result<String> {
    args.check()?;
    let jobs = match &args.jobs {
        Some(path) => jobs::open(path)?,
        None => jobs::of_the_paper(),
    };
    let signal = args.signal.into();
    let regions = region::open(&args.intensity, signal)?;
    region::check_names(&regions)?;
    if regions.iter().any(|region| region.name == MEAN) {
        return Err(UsageError::NamedMean.into());
    }
    let year = args.year.map_or_else(|| calendar::only_year(&regions), Ok)?;
    let request = Request {
        jobs,
        jobs_are_the_papers: args.jobs.is_none(),
        windows: &args.windows,
        regions,
        year,
        starts: args.starts,
        signal,
    };
    match (args.figure, args.table) {
        (Some(figure), _) => draw(&request, figure, args.format),
        (None, Table::Hours) => {
            hours_of_the_day(&request, args.time_zone.unwrap_or(Zone::UTC), args.format)
        }
        (None, table) => savings(&request, table, args.format),
    }
}

fn savings(request: &Request<'_>, table: Table, format: Format) -> Result<String> {
    refuse_svg(format)?;
    let answer = Answer::to(request)?;
    match format {
        Format::Json => json::write(&answer),
        Format::Csv => Ok(csv::write(&answer)),
        Format::Text | Format::Svg => Ok(in_lines(text::write(&answer, table))),
    }
}

fn hours_of_the_day(request: &Request<'_>, zone: Zone, format: Format) -> Result<String> {
    refuse_svg(format)?;
    let hours = Hours::of(request)?;
    match format {
        Format::Json => hours.sheet().json(),
        Format::Csv => Ok(hours.sheet().csv()),
        Format::Text | Format::Svg => Ok(in_lines(hours.text(zone))),
    }
}

fn draw(request: &Request<'_>, figure: Figure, format: Format) -> Result<String> {
    let figure = figures::of(request, figure)?;
    match format {
        Format::Json => figure.sheet().json(),
        Format::Csv => Ok(figure.sheet().csv()),
        Format::Text => Ok(in_lines(figure.text())),
        Format::Svg => Ok(figure.svg()),
    }
}

/// A table is not drawn.
fn refuse_svg(format: Format) -> Result<(), UsageError> {
    match format {
        Format::Svg => Err(UsageError::CommandLine(
            "--format svg draws a figure: give --figure 1, 2, 3 or 4, or another format".to_owned(),
        )),
        _ => Ok(()),
    }
}

fn in_lines(lines: Vec<String>) -> String {
    lines.iter().map(|line| sanitize(line.trim_end()) + "\n").collect()
}
