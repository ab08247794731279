//! `gpu-carbon evaluate`: the savings that waiting and pausing would have made over a year.

mod answer;
mod args;
mod calendar;
mod figures;
mod hours;
mod jobs;
mod notes;
mod request;
mod table;
mod text;

use anyhow::Result;
use gpu_carbon_core::Signal;

use crate::output;
use crate::region;
use crate::time_zone::Zone;
use crate::usage_error::UsageError;
use answer::Answer;
use args::{Figure, Format, Table};
use hours::Hours;
use request::{MEAN, Request};

pub use args::{Args, NamedWindow, StartsArg};
pub use jobs::{Job, parse as parse_jobs};

/// Evaluates the jobs, and returns their savings, or the data of a figure, in the format that was asked for.
///
/// # Errors
///
/// A [`UsageError`] when an argument or a file cannot be used; another error for anything else.
pub fn run(args: &Args) -> Result<String> {
    args.check()?;
    let jobs = match &args.jobs {
        Some(path) => jobs::open(path)?,
        None => jobs::of_the_paper(),
    };
    let mut regions = region::open(&args.intensity, args.signal.map(Signal::from))?;
    region::check_names(&regions)?;
    region::fill_gaps(&mut regions, args.gaps)?;
    if regions.iter().any(|region| region.name == MEAN) {
        return Err(UsageError::ReservedName(MEAN).into());
    }
    let signal = region::common_signal(&regions)?;
    let year = args.year.map_or_else(|| calendar::only_year(&regions), Ok)?;
    let request = Request {
        jobs,
        jobs_are_the_papers: args.jobs.is_none(),
        windows: &args.windows,
        regions,
        year,
        starts: args.starts,
        signal,
        gaps: args.gaps,
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
        Format::Json => table::json(&answer),
        Format::Csv => Ok(table::csv(&answer)),
        Format::Text | Format::Svg => Ok(output::text::write(&text::lines(&answer, table))),
    }
}

fn hours_of_the_day(request: &Request<'_>, zone: Zone, format: Format) -> Result<String> {
    refuse_svg(format)?;
    let hours = Hours::of(request)?;
    match format {
        Format::Json => hours.table().json(),
        Format::Csv => Ok(hours.table().csv()),
        Format::Text | Format::Svg => Ok(output::text::write(&hours.text(zone))),
    }
}

fn draw(request: &Request<'_>, figure: Figure, format: Format) -> Result<String> {
    let figure = figures::of(request, figure)?;
    match format {
        Format::Json => figure.table().json(),
        Format::Csv => Ok(figure.table().csv()),
        Format::Text => Ok(output::text::write(&figure.text())),
        Format::Svg => Ok(figure.svg()),
    }
}

/// Returns an error for SVG, which is a format of figures alone.
fn refuse_svg(format: Format) -> Result<(), UsageError> {
    match format {
        Format::Svg => Err(UsageError::CommandLine(
            "--format svg draws a figure: give --figure 1, 2, 3 or 4, or another format".to_owned(),
        )),
        _ => Ok(()),
    }
}
