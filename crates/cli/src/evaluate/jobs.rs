//! The jobs: the paper's, or those of a CSV, `name,hours,kilowatt_hours`.

use std::collections::BTreeSet;
use std::path::Path;

use gpu_carbon_core::SLOT;
use gpu_carbon_core::evaluate::steps;
use gpu_carbon_core::job::PAPER_JOBS;
use gpu_carbon_core::{Energy, Power, Span};
use gpu_carbon_feeds::strict_csv::{self, Row, StrictCsvError};

use crate::input;
use crate::usage_error::UsageError;
use gpu_carbon_core::format;

/// The header of a CSV of jobs.
const HEADER: &str = "name,hours,kilowatt_hours";

/// A job of constant power.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The name, for programs.
    pub name: String,
    /// The name, for people.
    pub title: String,
    /// The running time.
    pub duration: Span,
    /// The energy of one run.
    pub energy: Energy,
}

impl Job {
    /// Returns the energy over the duration, as rounded to whole steps.
    pub(super) fn power(&self) -> Power {
        self.energy.over(self.length()).unwrap_or(Power::ZERO)
    }

    /// Returns the duration in steps of five minutes, rounded half up.
    pub(super) fn steps(&self) -> usize {
        steps(self.duration)
    }

    /// Returns the duration, rounded to whole steps.
    pub(super) fn length(&self) -> Span {
        let steps = u64::try_from(self.steps()).unwrap_or(u64::MAX);
        Span::from_micros(steps.saturating_mul(SLOT.as_micros()))
    }

    /// Returns the title, the length as it is evaluated and the energy, for people.
    pub(super) fn about(&self) -> String {
        format!("{}: {}, {}", self.title, format::span(self.length()), format::energy(self.energy))
    }
}

/// Returns the eleven jobs of the paper.
pub(super) fn of_the_paper() -> Vec<Job> {
    let job = |job: &gpu_carbon_core::job::PaperJob| Job {
        name: job.name.to_owned(),
        title: format!("{} ({})", job.title, job.gpus),
        duration: job.duration(),
        energy: job.energy(),
    };
    PAPER_JOBS.iter().map(job).collect()
}

/// Reads the jobs of a file.
pub(super) fn open(path: &Path) -> Result<Vec<Job>, UsageError> {
    parse(&input::text(path)?).map_err(|error| UsageError::Jobs { path: path.to_owned(), error })
}

/// Reads the jobs of a CSV, `name,hours,kilowatt_hours`, in its order.
///
/// # Errors
///
/// The first mistake, with its line and column: two jobs of one name, less than 2.5 minutes or more than a year, or an
/// energy that is negative or not finite.
pub fn parse(text: &str) -> Result<Vec<Job>, StrictCsvError> {
    let mut names = BTreeSet::new();
    strict_csv::read(text, HEADER, "at least one job is needed", |row| {
        let job = parse_row(row)?;
        let is_new = !job.name.is_empty() && names.insert(job.name.clone());
        let reason = "must be a name that no earlier row has";
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
    fn an_error_names_line_column_and_what_is_allowed() {
        let error = |rows: &str| parse(&format!("{HEADER}\n{rows}")).unwrap_err().to_string();
        for (rows, expected) in [
            ("", "there is no row after the header: at least one job is needed"),
            ("a,1", "line 2: expected 3 fields, `name,hours,kilowatt_hours`, got 2"),
            (",1,1", "line 2, column 1 (name): must be a name that no earlier row has, got ``"),
            (
                "a,1,1\n\na,2,2",
                "line 4, column 1 (name): must be a name that no earlier row has, got `a`",
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
        fn any_rows_are_jobs_or_an_error_of_their_line(
            text in ".{0,200}",
            rows in proptest::collection::vec(
                "[a-z]{3,6},([1-9][0-9]{0,2}|[0-9e.+-]{0,5}),([0-9]{1,3}|[0-9e.+-]{0,5})",
                1..5,
            ),
        ) {
            let _ = parse(&text);
            match parse(&format!("{HEADER}\n{}", rows.join("\n"))) {
                Ok(jobs) => proptest::prop_assert_eq!(jobs.len(), rows.len()),
                Err(error) => proptest::prop_assert!((2..=rows.len() + 1).contains(&error.line().unwrap())),
            }
        }
    }
}
