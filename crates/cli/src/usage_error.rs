//! Errors in what the user gave: reported in one line, with exit status 2.

use std::io;
use std::path::PathBuf;

use gpu_carbon_core::exposure::CoverageError;
use gpu_carbon_core::job::JobError;
use gpu_carbon_core::what_if::WhatIfError;
use gpu_carbon_core::{Interval, Signal, Span};
use gpu_carbon_feeds::bundled::BundledSeries;
use gpu_carbon_feeds::files::{Doubt, FileError};
use gpu_carbon_feeds::forecasts::ForecastsError;
use gpu_carbon_feeds::prometheus::PrometheusError;
use gpu_carbon_feeds::strict_csv::StrictCsvError;

use gpu_carbon_core::format;
use gpu_carbon_feeds::rfc3339;

use crate::gaps::Missing;

/// An error in the command line or in a file that it names.
#[derive(Debug, thiserror::Error)]
pub enum UsageError {
    /// A ledger has no share of a workload.
    #[error(
        "{} has no workload {workload}: {}", ledger.display(), known_workloads(known)
    )]
    UnknownWorkload {
        /// The ledger.
        ledger: PathBuf,
        /// The name that was asked for.
        workload: String,
        /// The names of all workloads.
        known: Vec<String>,
    },
    /// The file of phases is not one, or counts a workload twice.
    #[error("{}: {reason}", path.display())]
    Phases {
        /// The file.
        path: PathBuf,
        /// The first mistake.
        reason: String,
    },
    /// The file of contracts for electricity is not one.
    #[error("{}: {reason}", path.display())]
    Contracts {
        /// The file.
        path: PathBuf,
        /// The first mistake.
        reason: String,
    },
    /// A table of the power usage effectiveness of regions that cannot be read, or has no value of the region.
    #[error("{}: {reason}", path.display())]
    RegionPues {
        /// The file.
        path: PathBuf,
        /// The first mistake, or what it lacks.
        reason: String,
    },
    /// An error in the command line, as its message.
    #[error("{0}")]
    CommandLine(String),
    /// No flag gives the energy or the power of the job.
    #[error(
        "the job's energy is missing: give one of --energy, --power and --profile, or a job of the paper by --job"
    )]
    NoEnergy,
    /// The flags fit one by one, but not together: the profile is longer than the duration.
    #[error("the job: {0}: give a longer --duration, or remove the later rows of --profile")]
    Job(JobError),
    /// No file, folder or bundled series has this name.
    #[error("{}: no file, folder or bundled series has this name; the bundled series are {}", .0.display(), BundledSeries::ALL.map(BundledSeries::name).join(", "))]
    Unknown(PathBuf),
    /// A file or a folder that cannot be read.
    #[error("{}: {}", path.display(), unreadable(.error))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        error: io::Error,
    },
    /// A folder without a series.
    #[error("{}: no file in this folder ends in .csv: give another folder, or a file", .0.display())]
    NoSeries(PathBuf),
    /// A file that is not text, or not a series of intensity.
    #[error("{}: {error}", path.display())]
    Intensity {
        /// The file.
        path: PathBuf,
        /// The first mistake, and its place.
        error: FileError,
    },
    /// A series that may be in another unit than g/kWh.
    #[error("{}: {name}: {doubt}", path.display())]
    Doubtful {
        /// The file.
        path: PathBuf,
        /// The name of the series.
        name: String,
        /// The mean of the values, and the units that they may be in.
        doubt: Doubt,
    },
    /// A file has no series of a zone.
    #[error("{}: no series is of the zone {zone}: the file has {zones}", path.display())]
    NoZone {
        /// The file.
        path: PathBuf,
        /// The zone.
        zone: String,
        /// The zones of the file.
        zones: String,
    },
    /// A file that is not a power profile.
    #[error("{}: {error}", path.display())]
    Profile {
        /// The file.
        path: PathBuf,
        /// The first mistake, and its place.
        error: StrictCsvError,
    },
    /// A file that is not a Prometheus answer to a query of power.
    #[error("{}: {error}", path.display())]
    Measured {
        /// The file.
        path: PathBuf,
        /// The first mistake.
        error: PrometheusError,
    },
    /// Two regions have one name.
    #[error(
        "two series are named {0}, after their files, and the answer could not distinguish them: rename one, or remove it"
    )]
    DuplicateName(String),
    /// Series of both signals, where one number is made of all.
    #[error(
        "{marginal} is a marginal signal and {average} an average one, and no mean is made of the two: give them to two commands, or give --signal for a file that does not say which it is"
    )]
    MixedSignals {
        /// A series of marginal intensity.
        marginal: String,
        /// A series of average intensity.
        average: String,
    },
    /// A series has the other signal than the one that was requested.
    #[error(
        "{name} is of {held} intensity, but --signal asks for {asked}: the two are never mixed"
    )]
    Signal {
        /// The name of the series.
        name: String,
        /// The signal that was requested.
        asked: Signal,
        /// The signal of the series.
        held: Signal,
    },
    /// The series does not cover the time that the plan needs.
    #[error("{region}: {}", uncovered(*needed, *why, missing))]
    Uncovered {
        /// The name of the region.
        region: String,
        /// The time from the earliest start to the end of the latest run.
        needed: Interval,
        /// The gaps in that time.
        missing: Missing,
        /// The part that is missing.
        why: CoverageError,
    },
    /// A file that is not a history of forecasts, or not of the same region as the file before it.
    #[error("{}: {error}", path.display())]
    Forecasts {
        /// The file.
        path: PathBuf,
        /// The first mistake, and its place.
        error: ForecastsError,
    },
    /// The series has a gap, and a policy uses all of it as its past.
    #[error("{region}: {}", past_uncovered(*.why, missing))]
    PastUncovered {
        /// The name of the region.
        region: String,
        /// The gaps of the series.
        missing: Missing,
        /// The part that is missing.
        why: CoverageError,
    },
    /// No start has room for the job and its window.
    #[error(
        "{region}: the series covers {}, in which no {starts} start{} is followed by {}: give other --starts, another --year, \
         a shorter job or a shorter --window",
        between(*covered), of_year(*.year), format::span(*.needed)
    )]
    NoStart {
        /// The name of the region.
        region: String,
        /// The value of --starts.
        starts: &'static str,
        /// The year, where --year gives one.
        year: Option<i32>,
        /// The length of the job and its window.
        needed: Span,
        /// The time that the series covers.
        covered: Interval,
    },
    /// A file that is not a list of jobs.
    #[error("{}: {error}", path.display())]
    Jobs {
        /// The file.
        path: PathBuf,
        /// The first mistake, and its place.
        error: StrictCsvError,
    },
    /// A file that is not a list of prices.
    #[error("{}: {error}", path.display())]
    Prices {
        /// The file.
        path: PathBuf,
        /// The first mistake, and its place.
        error: StrictCsvError,
    },
    /// A ledger that cannot be read.
    #[error(transparent)]
    Ledger(gpu_carbon_ledger::ReadError),
    /// A ledger that cannot be copied.
    #[error(transparent)]
    Backup(gpu_carbon_ledger::BackupError),
    /// A region has the name of the mean over all regions.
    #[error(
        "a series is named {0}, which is the name of the mean over regions: rename the series, or remove it"
    )]
    ReservedName(&'static str),
    /// The year is missing, and the series do not determine it.
    #[error("--year is missing, and {0}")]
    AmbiguousYear(String),
    /// The series does not cover the year.
    #[error("{region}: {}", year_uncovered(*year, *why, missing))]
    YearUncovered {
        /// The name of the region.
        region: String,
        /// The gaps of the series in the year.
        missing: Missing,
        /// The year.
        year: i32,
        /// The part that is missing.
        why: CoverageError,
    },
    /// A job and its window are longer than the year.
    #[error(
        "{job} with a window of {window} takes longer than {year}: give shorter --windows, or another job by --jobs"
    )]
    TooLong {
        /// The name of the job.
        job: String,
        /// The window of the job.
        window: String,
        /// The year.
        year: i32,
    },
}

impl From<WhatIfError> for UsageError {
    fn from(error: WhatIfError) -> UsageError {
        match error {
            WhatIfError::UnknownHome(home) => UsageError::CommandLine(format!(
                "--home {home}: no region has this name: give one of the regions of --intensity or --average"
            )),
            other => UsageError::CommandLine(other.to_string()),
        }
    }
}

/// The most names of workloads in a message.
const MOST_NAMES: usize = 10;

/// Returns the names of the workloads that a ledger has, or why it has none.
fn known_workloads(known: &[String]) -> String {
    match known.len() {
        0 => "it has none, since no workload held a GPU, or the exporter divided no energy: see `attribution` in its configuration"
            .to_owned(),
        count if count > MOST_NAMES => {
            format!("it has {count}, which gpu-carbon report --by workload lists")
        }
        _ => format!("it has {}", known.join(", ")),
    }
}

fn unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::InvalidData => "is not UTF-8 text: save it as UTF-8".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}

fn year_uncovered(year: i32, why: CoverageError, missing: &Missing) -> String {
    match why {
        CoverageError::Outside { covered } => format!(
            "the series covers {}, and the whole of {year} is needed, except for a day at its ends: give another --year",
            between(covered)
        ),
        CoverageError::Gap { gap } => format!(
            "the series has a gap from {} ({missing}), and the whole of {year} is needed: {}, or give another --year",
            between(gap),
            missing.way_out()
        ),
    }
}

fn past_uncovered(why: CoverageError, missing: &Missing) -> String {
    match why {
        CoverageError::Outside { covered } => {
            format!(
                "the series covers {}, which is less than five minutes: give a longer one",
                between(covered)
            )
        }
        CoverageError::Gap { gap } => format!(
            "the series has a gap from {} ({missing}), and a policy uses all of it as its past: {}, or give the part after it",
            between(gap),
            missing.way_out()
        ),
    }
}

fn of_year(year: Option<i32>) -> String {
    year.map(|year| format!(" of {year}")).unwrap_or_default()
}

fn between(interval: Interval) -> String {
    format!("{} to {}", rfc3339::format(interval.start()), rfc3339::format(interval.end()))
}

fn uncovered(needed: Interval, why: CoverageError, missing: &Missing) -> String {
    let explained = gpu_carbon_schema::explain_uncovered(needed, why);
    match why {
        CoverageError::Outside { .. } => {
            format!("{explained}: give a longer series, another --start or a shorter --window")
        }
        CoverageError::Gap { .. } => format!(
            "{explained} ({missing} in that time): {}, or give another --start or a shorter --window",
            missing.way_out()
        ),
    }
}
