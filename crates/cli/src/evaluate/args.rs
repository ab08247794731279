//! What `evaluate` can be asked.

use std::path::PathBuf;

use clap::ValueEnum;
use gpu_carbon_core::evaluate::Window;

use crate::flag_enums::SignalArg;
use crate::time_zone::Zone;
use crate::usage_error::UsageError;
use crate::value_parsers;

/// Jobs, windows, and a year of each region.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  \
        gpu-carbon evaluate --intensity sgip-pge-2020\n  \
        gpu-carbon evaluate --intensity regions/ --year 2020 --starts every --windows 24h,100% --format csv\n  \
        gpu-carbon evaluate --intensity sgip-pge-2020 --figure 3 --format svg > figure-3.svg")]
pub struct Args {
    /// Intensity of a region: a CSV file with the header timestamp_utc,gco2_per_kwh, a folder of such
    /// files, or sgip-pge-2020, the shipped series; the file's name, less .csv, names the region
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub intensity: Vec<PathBuf>,

    /// The calendar year, in UTC, which every series must cover, but for a day at its ends [default: the only one
    /// that they cover]
    #[arg(long, allow_hyphen_values = true, value_parser = value_parsers::year)]
    pub year: Option<i32>,

    /// When the jobs start
    #[arg(long, value_enum, default_value_t = StartsArg::Paper)]
    pub starts: StartsArg,

    /// How much later than at once a job may end: as 24h, or as 100% of its duration
    #[arg(
        long,
        value_name = "WINDOW,...",
        value_delimiter = ',',
        default_value = "6h,12h,18h,24h,25%,50%,75%,100%",
        default_value_if("table", "hours", None), // which has none
        allow_hyphen_values = true,
        value_parser = named_window
    )]
    pub windows: Vec<NamedWindow>,

    /// The jobs: a CSV file with the header name,hours,kilowatt_hours [default: the eleven of the paper]
    #[arg(long, value_name = "FILE")]
    pub jobs: Option<PathBuf>,

    /// Which question the intensities answer; it is passed on, and nothing is converted
    #[arg(long, value_enum, default_value_t = SignalArg::Marginal)]
    pub signal: SignalArg,

    /// What to tell
    #[arg(long, value_enum, default_value_t = Table::Savings, conflicts_with = "figure")]
    pub table: Table,

    /// The zone of the hours in the text of --table hours, as Europe/Berlin; JSON and CSV are in UTC [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = Zone::named, conflicts_with = "figure")]
    pub time_zone: Option<Zone>,

    /// A figure of the paper, by its number, on these series
    #[arg(long, value_enum, conflicts_with = "windows")]
    pub figure: Option<Figure>,

    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

impl Args {
    /// Whether each flag tells something of the table that is asked for.
    ///
    /// # Errors
    ///
    /// Which one does not.
    pub(super) fn check(&self) -> Result<(), UsageError> {
        let refuse = |why: &str| Err(UsageError::CommandLine(why.to_owned()));
        match self.table {
            Table::Hours if !self.windows.is_empty() => refuse(
                "--windows: --table hours tells of jobs that start at once: leave one of the two out",
            ),
            Table::Savings | Table::Windows if self.time_zone.is_some() => refuse(
                "--time-zone: --table hours alone tells of hours: give it, or leave the zone out",
            ),
            _ => Ok(()),
        }
    }
}

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Table {
    /// What waiting and pausing save: each job by its windows
    Savings,
    /// The same, each window by the jobs
    Windows,
    /// What a job emits by the hour of the day at which it starts (the paper's Table 3: BERT finetune)
    Hours,
}

/// A figure of the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Figure {
    /// What BERT LM emits in each region, by the month of its start
    #[value(name = "1")]
    Regions,
    /// What each job emits, over all regions and starts, beside what emits as much
    #[value(name = "2")]
    Jobs,
    /// What waiting up to 24 hours saves a short job and a long one, by region and month
    #[value(name = "3")]
    Waiting,
    /// What pausing in up to twice the time saves them
    #[value(name = "4")]
    Pausing,
}

/// How to write the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
    /// For tables
    Csv,
    /// As a drawing, of a figure
    Svg,
}

/// When the jobs start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StartsArg {
    /// At 00:00 UTC on days 1, 7, 13, 19 and 25 of each month
    Paper,
    /// At each five minutes of the year
    Every,
}

impl StartsArg {
    /// As the flag takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            StartsArg::Paper => "paper",
            StartsArg::Every => "every",
        }
    }
}

/// A window, and how it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedWindow {
    /// As it was written.
    pub name: String,
    /// How long it is.
    pub window: Window,
}

fn named_window(text: &str) -> Result<NamedWindow, String> {
    let window = match value_parsers::window(text)? {
        value_parsers::Window::Span(span) => Window::Span(span),
        value_parsers::Window::Percent(percent) => {
            Window::percent(percent).map_err(|error| error.to_string())?
        }
    };
    Ok(NamedWindow { name: text.trim().to_owned(), window })
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, FromArgMatches as _};
    use gpu_carbon_core::evaluate::PAPER_WINDOWS;

    use super::*;

    #[test]
    fn the_windows_are_the_papers_unless_given() {
        let command = Args::augment_args(clap::Command::new("evaluate"));
        let found = command.get_matches_from(["evaluate", "--intensity", "a.csv"]);
        let windows = Args::from_arg_matches(&found).unwrap().windows;
        let windows: Vec<Window> = windows.iter().map(|named| named.window).collect();
        assert_eq!(windows, PAPER_WINDOWS);
    }
}
