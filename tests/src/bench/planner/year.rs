//! The paper's experiment on many regions, in memory and from their files.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, ensure};
use chrono::{DateTime, SecondsFormat};
use gpu_carbon_core::evaluate::{EvaluateError, PAPER_WINDOWS, Row, Starts, Year, evaluate};
use gpu_carbon_core::job::PAPER_JOBS;
use gpu_carbon_core::{Interval, Series, Span};
use gpu_carbon_feeds::{calendar, csv};

use super::measure::{Effort, seconds};
use super::trace::{self, YEAR};

/// Number of regions, as in the paper.
pub const REGIONS: usize = 16;

/// Times of a year of starts, in seconds of a core.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// All regions, jobs and windows from the paper's starts, once the series are in memory.
    pub in_memory: f64,
    /// The same by the command line: with the reading of the files and the writing of the answer.
    pub from_files: f64,
    /// One region, all jobs and windows, from every start of the year.
    pub every_start: f64,
}

/// Measures synthetic regions, each from another seed.
///
/// # Errors
///
/// When something cannot be evaluated, or written.
pub fn measure(effort: Effort, progress: &dyn Fn(&str)) -> Result<Times> {
    progress(&format!("evaluating a year in {REGIONS} regions"));
    let regions = (1..=REGIONS as u64).map(trace::synthetic).collect::<Result<Vec<_>>>()?;
    let year = trace::year()?;
    let first = Year::of(&regions[0], year)?;
    let slots = calendar::paper_starts(YEAR).into_iter().filter_map(|start| first.slot_at(start));
    let slots: Vec<usize> = slots.collect();
    ensure!(slots.len() == 60, "the paper has 60 starts, and here are {}", slots.len());
    let (in_memory, rows) = seconds(effort, || all(&regions, year, Starts::At(&slots)))?;
    ensure!(rows == REGIONS * PAPER_JOBS.len() * PAPER_WINDOWS.len(), "{rows} rows");

    let folder = tempfile::tempdir()?;
    for (number, region) in regions.iter().enumerate() {
        std::fs::write(folder.path().join(format!("region-{number:02}.csv")), written(region)?)?;
    }
    let (from_files, lines) = seconds(effort, || command_line(folder.path()))?;
    let cells = (REGIONS + 1) * PAPER_JOBS.len() * PAPER_WINDOWS.len();
    ensure!(lines == cells + 1, "{lines} lines are not one for each of {cells} cells");

    progress("evaluating every start of a year");
    let (every_start, _) = seconds(effort, || all(&regions[..1], year, Starts::Every))?;
    Ok(Times { in_memory, from_files, every_start })
}

/// The number of rows.
fn all(regions: &[Series], year: Interval, starts: Starts<'_>) -> Result<usize, EvaluateError> {
    let jobs: Vec<Span> = PAPER_JOBS.iter().map(|job| job.duration()).collect();
    let rows = |region| -> Result<Vec<Row>, EvaluateError> {
        evaluate(&Year::of(region, year)?, &jobs, &PAPER_WINDOWS, starts)
    };
    regions.iter().map(|region| Ok(rows(region)?.len())).sum()
}

/// The number of lines of the answer.
fn command_line(folder: &Path) -> Result<usize, std::io::Error> {
    let mut words: Vec<OsString> = ["gpu-carbon", "evaluate", "--intensity"].map(Into::into).into();
    words.push(folder.into());
    words.extend(["--format", "csv"].map(Into::into));
    let answer = gpu_carbon_cli::run(words).map_err(std::io::Error::other)?;
    Ok(answer.lines().count())
}

fn written(series: &Series) -> Result<String> {
    let mut text = format!("{}\n", csv::HEADER);
    for (at, intensity) in series.points() {
        let time = DateTime::from_timestamp_micros(at.as_unix_micros()).unwrap_or_default();
        let time = time.to_rfc3339_opts(SecondsFormat::Secs, true);
        writeln!(text, "{time},{}", intensity.as_grams_per_kilowatt_hour())?;
    }
    Ok(text)
}
