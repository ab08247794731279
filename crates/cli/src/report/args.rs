//! The arguments of `report`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::ValueEnum;
use gpu_carbon_core::Timestamp;
use gpu_carbon_metrics::Label;

use super::regime::args::RegimeArgs;
use super::server::ServerArgs;
use crate::time_zone::Zone;
use crate::usage_error::UsageError;
use crate::value_parsers;

/// A ledger, a time, and the groups to add up.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  \
        gpu-carbon report --ledger /var/lib/gpu-carbon/ledger.db --from 2026-11-01 --to 2026-12-01 --time-zone Europe/Berlin\n  \
        gpu-carbon report --ledger ledger.db --by month --format csv\n  \
        gpu-carbon report --ledger ledger.db --by workload\n  \
        gpu-carbon report --ledger ledger.db --lifecycle phases.yaml\n  \
        gpu-carbon report --ledger ledger.db --regime ghg-scope2 --contracts contracts.yaml --format csv\n  \
        gpu-carbon report --ledger ledger.db --regime ai-act --lifecycle phases.yaml --training-flops 5e22 --format markdown\n  \
        gpu-carbon report --ledger /var/lib/gpu-carbon/ledger.db --backup copy.db\n  \
        gpu-carbon report --ledger ledger.db --format openmetrics --label instance=gpu-host:9877 --label job=gpu-carbon > history.txt")]
pub struct Args {
    /// The ledger of the exporter: the file that its configuration names at ledger.path
    #[arg(long, value_name = "FILE")]
    pub ledger: PathBuf,

    /// Start of the report, such as 2026-11-01T00:00:00Z or 2026-11-01; a date begins in --time-zone [default: start of the
    /// ledger]
    #[arg(long, value_name = "TIME", value_parser = bound)]
    pub from: Option<Bound>,

    /// End of the report, itself excluded, written as --from is [default: end of the ledger]
    #[arg(long, value_name = "TIME", value_parser = bound)]
    pub to: Option<Bound>,

    /// Unit that each row of the report adds up [default: gpu]
    #[arg(long, value_enum)]
    pub by: Option<By>,

    /// YAML file that names the workloads of the phases of a model's life: exploration, training, tuning and inference, each
    /// with a list of patterns, such as slurm:12* or pod:serving/*; a row for each phase
    #[arg(long, value_name = "FILE", conflicts_with = "by")]
    pub lifecycle: Option<PathBuf>,

    /// Time zone of days, months and dates, and of the hours in the text, such as Europe/Berlin; times in JSON and CSV are in UTC
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = Zone::named)]
    pub time_zone: Zone,

    /// Format of the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    /// New file to which the ledger is copied, instead of a report; the exporter may be running
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "to", "by", "lifecycle", "format", "labels"])]
    pub backup: Option<PathBuf>,

    /// Label to add to each series of --format openmetrics, as instance=gpu-host:9877, which Prometheus adds when it scrapes;
    /// may be repeated
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = label)]
    pub labels: Vec<Label>,

    /// The sheet of a regime.
    #[command(flatten)]
    pub regime: RegimeArgs,

    /// The servers around the GPUs.
    #[command(flatten)]
    pub server: ServerArgs,
}

/// The unit that each row of the report adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// A row for each GPU
    Gpu,
    /// A row for each day
    Day,
    /// A row for each month
    Month,
    /// A row for each Slurm job, pod, container or unit, as the exporter's `attribution` names them
    Workload,
    /// A row for each namespace of pods
    Namespace,
    /// A row for each kind of workload
    Kind,
    /// A row for each phase of --lifecycle
    #[value(skip)]
    Phase,
}

impl Args {
    /// Checks that the flags fit the format.
    ///
    /// # Errors
    ///
    /// The first flag that has no effect in the format, or a label that is given twice.
    pub(super) fn check(&self) -> Result<(), UsageError> {
        let refuse = |text: &str| Err(UsageError::CommandLine(text.to_owned()));
        if self.format == Format::Openmetrics && self.lifecycle.is_some() {
            return refuse(
                "--lifecycle has no effect in --format openmetrics, which has each GPU at each time: leave it out",
            );
        }
        if self.format == Format::Openmetrics && self.by.is_some() {
            return refuse(
                "--by has no effect in --format openmetrics, which has each GPU at each time: leave it out",
            );
        }
        if self.format == Format::Openmetrics && self.regime.regime.is_some() {
            return refuse(
                "--regime has no effect in --format openmetrics: give text, markdown, json or csv",
            );
        }
        if self.format == Format::Openmetrics && self.server.server.is_some() {
            return refuse("--server has no effect in --format openmetrics: leave it out");
        }
        if self.format == Format::Markdown && self.regime.regime.is_none() {
            return refuse(
                "--format markdown is for the sheets of --regime: give one, or another format",
            );
        }
        if self.format != Format::Openmetrics && !self.labels.is_empty() {
            return refuse(
                "--label has an effect in --format openmetrics only: leave it out, or give that format",
            );
        }
        let mut names = BTreeSet::new();
        match self.labels.iter().find(|label| !names.insert(&label.name)) {
            Some(Label { name, .. }) => refuse(&format!(
                "--label gives `{name}` twice, but a series has one value of it: leave one out"
            )),
            None => Ok(()),
        }
    }
}

impl By {
    /// Returns the value of the flag.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            By::Gpu => "gpu",
            By::Day => "day",
            By::Month => "month",
            By::Workload => "workload",
            By::Namespace => "namespace",
            By::Kind => "kind",
            By::Phase => "phase",
        }
    }
}

/// The format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    Text,
    /// CSV
    Csv,
    /// JSON
    Json,
    /// Markdown, for the sheets of --regime
    Markdown,
    /// The history of the exporter's counters, for `promtool tsdb create-blocks-from openmetrics`
    Openmetrics,
}

/// A bound of the report: a time, or the start of a date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// A time.
    At(Timestamp),
    /// The start of a date in the time zone of the report.
    On(NaiveDate),
}

impl Bound {
    /// Returns the time in a time zone; `None` beyond the calendar.
    #[must_use]
    pub(crate) fn within(self, zone: Zone) -> Option<Timestamp> {
        match self {
            Bound::At(time) => Some(time),
            Bound::On(date) => zone.start_of(date),
        }
    }
}

/// Parses a time, or a date.
///
/// # Errors
///
/// When the text is neither.
pub(crate) fn bound(text: &str) -> Result<Bound, String> {
    match text.parse() {
        Ok(date) => Ok(Bound::On(date)),
        Err(_) => value_parsers::time(text)
            .map(Bound::At)
            .map_err(|why| format!("{why}, or a date, as 2020-06-01")),
    }
}

/// The labels that the series have by themselves.
const TAKEN: [&str; 4] = ["gpu", "uuid", "signal", "scope"];

fn label(text: &str) -> Result<Label, String> {
    let (name, value) =
        text.split_once('=').ok_or("expected NAME=VALUE, as instance=gpu-host:9877")?;
    let mut letters = name.chars();
    let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if !begins || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
        return Err(
            "expected a label name of letters, digits and _, with no digit first".to_owned()
        );
    }
    if name.starts_with("__") || TAKEN.contains(&name) {
        return Err(format!(
            "expected a label that is not in use: not {}, and none that begins with __",
            TAKEN.join(", ")
        ));
    }
    Ok(Label::new(name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_times_and_labels_are_read() {
        let zone = |name| Zone::named(name).unwrap();
        let at = |text: &str, name| bound(text).unwrap().within(zone(name)).unwrap();
        assert_eq!(at("2020-06-01", "UTC"), at("2020-06-01T00:00:00Z", "Asia/Kolkata"));
        assert_eq!(at("2020-06-01", "Asia/Kolkata"), at("2020-06-01T00:00:00+05:30", "UTC"));
        for bad in ["2020-06", "2020-06-31", "yesterday", "2020-06-01T00:00:00", ""] {
            assert!(bound(bad).is_err(), "{bad}");
        }
        let instance = label("instance=gpu-host:9877").unwrap();
        assert_eq!((&*instance.name, instance.value.as_str()), ("instance", "gpu-host:9877"));
        assert_eq!(label("a=b=c").unwrap().value, "b=c");
        for bad in ["instance", "=x", "1a=x", "a-b=x", "gpu=0", "__name__=x", "ä=x"] {
            assert!(label(bad).is_err(), "{bad}");
        }
    }
}
