//! Errors in what the user gave: reported in one line, with exit status 2.

use std::io;
use std::path::PathBuf;

use gpu_carbon_core::exposure::CoverageError;
use gpu_carbon_core::job::JobError;
use gpu_carbon_core::{Interval, Signal, Span};
use gpu_carbon_feeds::bundled::BundledSeries;
use gpu_carbon_feeds::csv::CsvError;
use gpu_carbon_feeds::forecasts::ForecastsError;
use gpu_carbon_feeds::prometheus::PrometheusError;
use gpu_carbon_feeds::strict_csv::StrictCsvError;

use crate::evaluate::MEAN;
use crate::format;
use gpu_carbon_feeds::rfc3339;

/// An error in the command line or in a file that it names.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// The command line.
    #[error("{0}")]
    CommandLine(String),
    /// Nothing says what the job draws.
    #[error(
        "what the job draws is missing: give one of --energy, --power and --profile, or a job of the paper by --job"
    )]
    NoDraw,
    /// The flags make no job: its profile is longer than its duration, since each flag alone is checked.
    #[error("the job: {0}: give a longer --duration, or leave the later rows of --profile out")]
    Job(JobError),
    /// Nothing has that name.
    #[error("{}: no file, no folder and no shipped series; the shipped series are {}", .0.display(), BundledSeries::ALL.map(BundledSeries::name).join(" and "))]
    Unknown(PathBuf),
    /// A file or a folder.
    #[error("{}: {}", path.display(), unreadable(.error))]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A folder without a series.
    #[error("{}: no file in this folder ends in .csv: name another folder, or a file", .0.display())]
    NoSeries(PathBuf),
    /// A file that is no series of intensity.
    #[error("{}: {error}", path.display())]
    Intensity {
        /// Which.
        path: PathBuf,
        /// Where and why.
        error: CsvError,
    },
    /// A file that is no power profile.
    #[error("{}: {error}", path.display())]
    Profile {
        /// Which.
        path: PathBuf,
        /// Where and why.
        error: StrictCsvError,
    },
    /// A file that is no answer of Prometheus to a query of power.
    #[error("{}: {error}", path.display())]
    Measured {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        error: PrometheusError,
    },
    /// Two regions have one name.
    #[error(
        "two series are named {0}, and the answer names each by its file's: rename one, or leave it out"
    )]
    SameName(String),
    /// A shipped series answers another question.
    #[error("{name} is a {held} signal, and {asked} was asked for: the two are never mixed")]
    Signal {
        /// Its name.
        name: &'static str,
        /// What was asked for.
        asked: Signal,
        /// What the series holds.
        held: Signal,
    },
    /// The series does not cover the time that the plan needs.
    #[error("{region}: {}", uncovered(*needed, *why))]
    Uncovered {
        /// Which region.
        region: String,
        /// From the start to the end of the latest run there may be.
        needed: Interval,
        /// What is missing.
        why: CoverageError,
    },
    /// A file that is no history of forecasts, or not of the same region as the one before it.
    #[error("{}: {error}", path.display())]
    Forecasts {
        /// Which.
        path: PathBuf,
        /// Where and why.
        error: ForecastsError,
    },
    /// The series has a gap, and a policy looks back at all of it.
    #[error("{region}: {}", past_uncovered(*.why))]
    Past {
        /// Which region.
        region: String,
        /// What is missing.
        why: CoverageError,
    },
    /// No job can start.
    #[error(
        "{region}: the series covers {}, in which no {starts} start{} has {} before it: give other --starts, another --year, \
         a shorter job or a shorter --window",
        between(*covered), of_year(*.year), format::span(*.needed)
    )]
    NoStart {
        /// Which region.
        region: String,
        /// When the jobs start.
        starts: &'static str,
        /// The year, where one was asked for.
        year: Option<i32>,
        /// The length of the job and its window.
        needed: Span,
        /// What the series covers.
        covered: Interval,
    },
    /// A file that lists no jobs.
    #[error("{}: {error}", path.display())]
    Jobs {
        /// Which.
        path: PathBuf,
        /// Where and why.
        error: StrictCsvError,
    },
    /// A ledger.
    #[error(transparent)]
    Ledger(gpu_carbon_ledger::ReadError),
    /// A region has the name of the mean over all.
    #[error(
        "a series is named {MEAN}, and so is the mean over regions: rename it, or leave it out"
    )]
    NamedMean,
    /// The series do not say by themselves which year is meant.
    #[error("--year is missing, and {0}")]
    WhichYear(String),
    /// The series does not cover the year.
    #[error("{region}: {}", year_uncovered(*year, *why))]
    YearUncovered {
        /// Which region.
        region: String,
        /// The year.
        year: i32,
        /// What is missing.
        why: CoverageError,
    },
    /// A job and its window are longer than the year.
    #[error(
        "{job} with a window of {window} takes longer than {year}, and would meet itself: give shorter --windows, or another \
         job by --jobs"
    )]
    TooLong {
        /// The job.
        job: String,
        /// Its window.
        window: String,
        /// The year.
        year: i32,
    },
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::InvalidData => "is no text in UTF-8: save it as that".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

fn year_uncovered(year: i32, why: CoverageError) -> String {
    match why {
        CoverageError::Outside { covered } => format!(
            "the series covers {}, and the whole of {year} is needed, but for a day at its ends: give another --year",
            between(covered)
        ),
        CoverageError::Gap { gap } => format!(
            "the series has a gap from {}, and the whole of {year} is needed: fill it, or give another --year",
            between(gap)
        ),
    }
}

fn past_uncovered(why: CoverageError) -> String {
    match why {
        CoverageError::Outside { covered } => {
            format!(
                "the series covers {}, which is no five minutes: give a longer one",
                between(covered)
            )
        }
        CoverageError::Gap { gap } => format!(
            "the series has a gap from {}, and a policy looks back at all of it: fill the gap, or give what is after it",
            between(gap)
        ),
    }
}

fn of_year(year: Option<i32>) -> String {
    year.map(|year| format!(" of {year}")).unwrap_or_default()
}

fn between(interval: Interval) -> String {
    format!("{} to {}", rfc3339::format(interval.start()), rfc3339::format(interval.end()))
}

fn uncovered(needed: Interval, why: CoverageError) -> String {
    let ways_out = match why {
        CoverageError::Outside { .. } => "give another --start or a shorter --window",
        CoverageError::Gap { .. } => "fill it, or give another --start or a shorter --window",
    };
    format!("{}: {ways_out}", gpu_carbon_schema::explain_uncovered(needed, why))
}
