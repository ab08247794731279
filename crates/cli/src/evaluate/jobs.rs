//! The jobs: the paper's, or those of a CSV, `name,hours,kilowatt_hours`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use gpu_carbon_core::evaluate::steps;
use gpu_carbon_core::job::PAPER_JOBS;
use gpu_carbon_core::{Energy, Span};
use gpu_carbon_feeds::strict_csv::{self, Row, StrictCsvError};

use crate::format;
use crate::usage_error::UsageError;

/// The header, to the letter.
const HEADER: &str = "name,hours,kilowatt_hours";

/// A job of constant power.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// For programs.
    pub name: String,
    /// For people.
    pub title: String,
    /// How long it runs.
    pub duration: Span,
    /// What it uses.
    pub energy: Energy,
}

impl Job {
    /// For people; its length is what is evaluated: whole steps.
    pub(super) fn about(&self) -> String {
        format!("{}: {}, {}", self.title, format::span(self.length()), format::energy(self.energy))
    }
}

/// The eleven jobs of the paper.
pub(super) fn of_the_paper() -> Vec<Job> {
    let job = |job: &gpu_carbon_core::job::PaperJob| Job {
        name: job.name.to_owned(),
        title: format!("{} ({})", job.title, job.gpus),
        duration: job.duration(),
        energy: job.energy(),
    };
    PAPER_JOBS.iter().map(job).collect()
}

/// The jobs of a file.
pub(super) fn open(path: &Path) -> Result<Vec<Job>, UsageError> {
    let text = fs::read_to_string(path)
        .map_err(|error| UsageError::Unreadable { path: path.to_owned(), error })?;
    parse(&text).map_err(|error| UsageError::Jobs { path: path.to_owned(), error })
}

/// The jobs of a CSV, in its order, each with a name of its own.
///
/// # Errors
///
/// The first thing that is wrong, and where.
pub fn parse(text: &str) -> Result<Vec<Job>, StrictCsvError> {
    let mut names = BTreeSet::new();
    strict_csv::read(text, HEADER, "at least one job is needed", |row| {
        let job = parse_row(row)?;
        let is_new = !job.name.is_empty() && names.insert(job.name.clone());
        let reason = "must be a name that no row before has";
        is_new.then_some(job).ok_or_else(|| row.wrong(1, reason))
    })
}

fn parse_row(row: Row<'_, 3>) -> Result<Job, StrictCsvError> {
    let [name, hours, kilowatt_hours] = row.fields;
    let duration = hours.parse().ok().and_then(|hours: f64| Span::from_seconds_f64(hours * 3600.0));
    let duration = duration
        .ok_or("must be a number of hours, more than zero and within a year")
        .and_then(|all| if steps(all) > 0 { Ok(all) } else { Err("must be 2.5 minutes or more") })
        .map_err(|reason| row.wrong(2, reason))?;
    let energy = kilowatt_hours.parse().ok().and_then(|all| Energy::from_kilowatt_hours(all).ok());
    let reason = "must be a finite number of kilowatt-hours, zero or more";
    let energy = energy.ok_or_else(|| row.wrong(3, reason))?;
    Ok(Job { name: name.to_owned(), title: name.to_owned(), duration, energy })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_line_and_column_and_what_may_stand_there() {
        let error = |rows: &str| parse(&format!("{HEADER}\n{rows}")).unwrap_err().to_string();
        for (rows, expected) in [
            ("", "there is no row after the header: at least one job is needed"),
            ("a,1", "line 2: expected 3 fields, `name,hours,kilowatt_hours`, got 2"),
            (",1,1", "line 2, column 1 (name): must be a name that no row before has, got ``"),
            (
                "a,1,1\n\na,2,2",
                "line 4, column 1 (name): must be a name that no row before has, got `a`",
            ),
            (
                "a,1h,1",
                "line 2, column 2 (hours): must be a number of hours, more than zero and within a year, got `1h`",
            ),
            (
                "a,-1,1",
                "line 2, column 2 (hours): must be a number of hours, more than zero and within a year, got `-1`",
            ),
            ("a,0.04,1", "line 2, column 2 (hours): must be 2.5 minutes or more, got `0.04`"),
            (
                "a,1,inf",
                "line 2, column 3 (kilowatt_hours): must be a finite number of kilowatt-hours, zero or more, got `inf`",
            ),
        ] {
            assert_eq!(error(rows), expected);
        }
        assert!(matches!(parse("a,1,1\n"), Err(StrictCsvError::Header { .. })));
        let jobs = parse(&format!("\u{feff}{HEADER}\r\n\"a b\" , 0.5,2\r\n")).unwrap();
        assert_eq!((jobs[0].name.as_str(), jobs[0].duration), ("a b", Span::from_seconds(1800)));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}", rows in "[a0-9e,.\n+-]{0,120}") {
            let _ = parse(&text);
            let _ = parse(&format!("{HEADER}\n{rows}"));
        }
    }
}
