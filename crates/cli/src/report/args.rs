//! What `report` can be asked.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::ValueEnum;
use gpu_carbon_core::Timestamp;

use crate::time_zone::Zone;
use crate::value_parsers;

/// A ledger, a time, and how to add up.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  \
        gpu-carbon report --ledger /var/lib/gpu-carbon/ledger.db --from 2026-11-01 --to 2026-12-01 --time-zone Europe/Berlin\n  \
        gpu-carbon report --ledger ledger.db --by month --format csv\n  \
        gpu-carbon report --ledger ledger.db --format openmetrics --label instance=gpu-host:9877 --label job=gpu-carbon > history.txt")]
pub struct Args {
    /// The ledger: the file that the exporter's configuration names at ledger.path
    #[arg(long, value_name = "FILE")]
    pub ledger: PathBuf,

    /// From when on, as 2026-11-01T00:00:00Z or 2026-11-01 [default: the beginning of the ledger]; a date
    /// begins in --time-zone
    #[arg(long, value_name = "TIME", value_parser = bound)]
    pub from: Option<Bound>,

    /// Up to when, and without it [default: the end of the ledger]
    #[arg(long, value_name = "TIME", value_parser = bound)]
    pub to: Option<Bound>,

    /// By what to add up [default: gpu]
    #[arg(long, value_enum)]
    pub by: Option<By>,

    /// The zone of days and months, of dates, and of the hours in the text, as Europe/Berlin; moments in JSON
    /// and CSV are in UTC
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = Zone::named)]
    pub time_zone: Zone,

    /// How to write the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    /// A label that each series of --format openmetrics gets, as instance=gpu-host:9877: what Prometheus adds
    /// when it scrapes
    #[arg(long = "label", value_name = "NAME=VALUE", value_parser = label)]
    pub labels: Vec<(String, String)>,
}

/// By what to add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Each GPU
    Gpu,
    /// Each day
    Day,
    /// Each month
    Month,
}

impl By {
    /// As the flag takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            By::Gpu => "gpu",
            By::Day => "day",
            By::Month => "month",
        }
    }
}

/// How to write the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For tables
    Csv,
    /// For programs
    Json,
    /// For `promtool tsdb create-blocks-from openmetrics`: how the exporter's counters grew
    Openmetrics,
}

/// A moment, or when a date begins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// That moment.
    At(Timestamp),
    /// In the zone of the report.
    On(NaiveDate),
}

impl Bound {
    /// The moment; `None` beyond the calendar.
    #[must_use]
    pub(super) fn within(self, zone: Zone) -> Option<Timestamp> {
        match self {
            Bound::At(moment) => Some(moment),
            Bound::On(date) => zone.beginning(date),
        }
    }
}

fn bound(text: &str) -> Result<Bound, String> {
    match text.parse() {
        Ok(date) => Ok(Bound::On(date)),
        Err(_) => value_parsers::moment(text)
            .map(Bound::At)
            .map_err(|why| format!("{why}, or a date, as 2020-06-01")),
    }
}

/// The labels of the series themselves.
const TAKEN: [&str; 3] = ["gpu", "uuid", "signal"];

fn label(text: &str) -> Result<(String, String), String> {
    let (name, value) =
        text.split_once('=').ok_or("expected NAME=VALUE, as instance=gpu-host:9877")?;
    let mut letters = name.chars();
    let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if !begins || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
        return Err(
            "expected the name of a label: letters, digits and _, no digit first".to_owned()
        );
    }
    if name.starts_with("__") || TAKEN.contains(&name) {
        return Err(format!(
            "expected a label that nothing else sets: not {}, and none that begins with __",
            TAKEN.join(", ")
        ));
    }
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_write() {
        let zone = |name| Zone::named(name).unwrap();
        let at = |text: &str, name| bound(text).unwrap().within(zone(name)).unwrap();
        assert_eq!(at("2020-06-01", "UTC"), at("2020-06-01T00:00:00Z", "Asia/Kolkata"));
        assert_eq!(at("2020-06-01", "Asia/Kolkata"), at("2020-06-01T00:00:00+05:30", "UTC"));
        for bad in ["2020-06", "2020-06-31", "yesterday", "2020-06-01T00:00:00", ""] {
            assert!(bound(bad).is_err(), "{bad}");
        }
        let pair = ("instance".to_owned(), "gpu-host:9877".to_owned());
        assert_eq!(label("instance=gpu-host:9877"), Ok(pair));
        assert_eq!(label("a=b=c").unwrap().1, "b=c");
        for bad in ["instance", "=x", "1a=x", "a-b=x", "gpu=0", "__name__=x", "ä=x"] {
            assert!(label(bad).is_err(), "{bad}");
        }
    }
}
