//! `gpu-carbon evaluate`: what waiting and pausing would have saved over a year.

mod answer;
mod args;
mod calendar;
mod csv;
mod jobs;
mod json;
mod text;

use anyhow::Result;
use gpu_carbon_core::Signal;

use crate::choices::Format;
use crate::refusal::Refusal;
use crate::region::{self, Region};
use answer::Answer;
use jobs::Job;

pub use args::{Args, NamedWindow, StartsArg};

/// The name of the mean over regions, where a region's would stand.
pub(crate) const MEAN: &str = "mean";

/// The jobs, the windows, the regions and the factors.
#[derive(Debug)]
struct Request<'a> {
    jobs: Vec<Job>,
    windows: &'a [NamedWindow],
    regions: Vec<Region>,
    year: i32,
    starts: StartsArg,
    signal: Signal,
}

/// Evaluates the jobs, and writes what they would have saved.
///
/// # Errors
///
/// A [`Refusal`] when what was given cannot be used; another error for anything else.
pub fn run(args: &Args) -> Result<String> {
    let jobs = match &args.jobs {
        Some(path) => jobs::open(path)?,
        None => jobs::of_the_paper(),
    };
    let signal = args.signal.into();
    let regions = region::open(&args.intensity, signal)?;
    region::check_names(&regions)?;
    if regions.iter().any(|region| region.name == MEAN) {
        return Err(Refusal::NamedMean.into());
    }
    let year = args.year.map_or_else(|| calendar::only_year(&regions), Ok)?;
    let (windows, starts) = (args.windows.as_slice(), args.starts);
    let request = Request { jobs, windows, regions, year, starts, signal };
    let answer = Answer::to(&request)?;
    match args.format {
        Format::Text => Ok(text::write(&answer)),
        Format::Json => json::write(&answer),
        Format::Csv => Ok(csv::write(&answer)),
    }
}
