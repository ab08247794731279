//! The arguments of `evaluate`.

use std::path::PathBuf;

use clap::ValueEnum;
use gpu_carbon_core::evaluate::Window;

use crate::flag_enums::SignalArg;
use crate::gaps::{self, GapsArg};
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
    /// Intensity of each region in g/kWh: a CSV file with the header timestamp_utc,gco2_per_kwh, a folder of such files, or a
    /// bundled series such as sgip-pge-2020 or entsoe-de-2020; a file's name without .csv names its region
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub intensity: Vec<PathBuf>,

    /// Calendar year, from 1 to 9999, in UTC, which every series must cover, except for a day at its ends [default: the only
    /// one that they cover]
    #[arg(long, allow_hyphen_values = true, value_parser = value_parsers::year)]
    pub year: Option<i32>,

    /// Starts of the jobs
    #[arg(long, value_enum, default_value_t = StartsArg::Paper)]
    pub starts: StartsArg,

    /// Longest delays of a job's end, separated by commas, such as 24h, or a percentage of its duration, such as 100%
    #[arg(
        long,
        value_name = "WINDOW,...",
        value_delimiter = ',',
        default_value = "6h,12h,18h,24h,25%,50%,75%,100%",
        default_value_if("table", "hours", None), // a table of starts at once
        allow_hyphen_values = true,
        value_parser = named_window
    )]
    pub windows: Vec<NamedWindow>,

    /// Jobs: a CSV file with the header name,hours,kilowatt_hours [default: the eleven of the paper]
    #[arg(long, value_name = "FILE")]
    pub jobs: Option<PathBuf>,

    /// Kind of the intensities; it labels the answer, and no value is converted [default: what each file says, else marginal]
    #[arg(long, value_enum)]
    pub signal: Option<SignalArg>,

    /// Table to print
    #[arg(long, value_enum, default_value_t = Table::Savings, conflicts_with = "figure")]
    pub table: Table,

    /// Time zone of the hours in the text of --table hours, such as Europe/Berlin; JSON and CSV are in UTC [default: UTC]
    #[arg(long, value_name = "ZONE", value_parser = Zone::named, conflicts_with = "figure")]
    pub time_zone: Option<Zone>,

    /// Figure of the paper to compute from these series, by its number
    #[arg(long, value_enum, conflicts_with = "windows")]
    pub figure: Option<Figure>,

    /// Gaps of a series: refuse; hold:TIME, such as hold:2h, to hold the value before each gap that is no longer; or same-hour, to
    /// take the same time of the nearest day that has a value
    #[arg(long, value_name = "RULE", default_value = "refuse", value_parser = gaps::parse)]
    pub gaps: GapsArg,

    /// Format of the table or figure
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

impl Args {
    /// Checks that the flags fit the table.
    ///
    /// # Errors
    ///
    /// The first flag that has no effect on the table.
    pub(super) fn check(&self) -> Result<(), UsageError> {
        let refuse = |why: &str| Err(UsageError::CommandLine(why.to_owned()));
        match self.table {
            Table::Hours if !self.windows.is_empty() => refuse(
                "--windows has no effect on --table hours, which is about jobs that start at once: leave one of the two out",
            ),
            Table::Savings | Table::Windows if self.time_zone.is_some() => refuse(
                "--time-zone has an effect on --table hours only: give it, or leave --time-zone out",
            ),
            _ => Ok(()),
        }
    }
}

/// A table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Table {
    /// Savings of waiting and pausing: for each job, a row for each window
    Savings,
    /// Savings of waiting and pausing: for each window, a row for each job
    Windows,
    /// Emissions of a job by the hour of the day at which it starts (Table 3 of the paper: BERT finetune)
    Hours,
}

/// A figure of the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Figure {
    /// Emissions of BERT LM in each region, by the month of its start
    #[value(name = "1")]
    Regions,
    /// Emissions of each job, over all regions and starts, with comparisons
    #[value(name = "2")]
    Jobs,
    /// Savings of waiting up to 24 hours for a short and a long job, by region and month
    #[value(name = "3")]
    Waiting,
    /// Savings of pausing in up to twice the time for these jobs, by region and month
    #[value(name = "4")]
    Pausing,
}

/// The format of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    Text,
    /// JSON
    Json,
    /// CSV
    Csv,
    /// A drawing of a figure
    Svg,
}

/// The starts of the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StartsArg {
    /// 00:00 UTC on days 1, 7, 13, 19 and 25 of each month
    Paper,
    /// Each five minutes of the year
    Every,
}

impl StartsArg {
    /// Returns the value of the flag.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            StartsArg::Paper => "paper",
            StartsArg::Every => "every",
        }
    }
}

/// A window and its name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedWindow {
    /// The window as the command line writes it.
    pub name: String,
    /// The length of the window.
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
    fn the_default_windows_are_those_of_the_paper() {
        let command = Args::augment_args(clap::Command::new("evaluate"));
        let found = command.get_matches_from(["evaluate", "--intensity", "a.csv"]);
        let windows = Args::from_arg_matches(&found).unwrap().windows;
        let windows: Vec<Window> = windows.iter().map(|named| named.window).collect();
        assert_eq!(windows, PAPER_WINDOWS);
    }
}
