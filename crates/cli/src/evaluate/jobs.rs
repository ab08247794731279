//! The jobs: the paper's, or those of a CSV, `name,hours,kilowatt_hours`.

use std::fs;
use std::path::Path;

use gpu_carbon_core::evaluate::steps;
use gpu_carbon_core::job::PAPER_JOBS;
use gpu_carbon_core::{Energy, Span};

use crate::fields::{excerpt, split};
use crate::refusal::Refusal;

/// The header, to the letter.
const HEADER: &str = "name,hours,kilowatt_hours";

/// A job of constant power.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Job {
    pub(super) name: String,
    /// For people.
    pub(super) title: String,
    pub(super) duration: Span,
    pub(super) energy: Energy,
}

/// A CSV that lists no jobs: where, what stands there, and what may stand there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobsError {
    /// The first line is not the header.
    #[error("line 1: the header must be `{HEADER}`, got `{0}`")]
    Header(String),
    /// A row has too few or too many fields.
    #[error("line {line}: expected 3 fields, `{HEADER}`, got {found}")]
    Fields {
        /// Counted from 1, the header.
        line: usize,
        /// How many the row has.
        found: usize,
    },
    /// A field holds something else than it may.
    #[error("line {line}, column {column} ({name}): {reason}, got `{found}`")]
    Field {
        /// Counted from 1, the header.
        line: usize,
        /// Counted from 1.
        column: usize,
        /// Its name in the header.
        name: &'static str,
        /// What the field must be.
        reason: &'static str,
        /// What it holds, or how it begins.
        found: String,
    },
    /// There is no row.
    #[error("there is no row after the header: at least one job is needed")]
    Empty,
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
pub(super) fn open(path: &Path) -> Result<Vec<Job>, Refusal> {
    let text = fs::read_to_string(path)
        .map_err(|error| Refusal::Unreadable { path: path.to_owned(), error })?;
    parse(&text).map_err(|error| Refusal::Jobs { path: path.to_owned(), error })
}

/// The jobs of a CSV, in its order, each with a name of its own. Lines end with LF or CRLF, empty ones are
/// skipped, and a field may stand in double quotes.
fn parse(text: &str) -> Result<Vec<Job>, JobsError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = (1..).zip(text.lines());
    let header = lines.next().map_or("", |(_, header)| header);
    if split(header).ne(HEADER.split(',')) {
        return Err(JobsError::Header(excerpt(header)));
    }
    let mut jobs = Vec::new();
    for (line, row) in lines.filter(|(_, row)| !row.trim().is_empty()) {
        let job = parse_row(line, row, &jobs)?;
        jobs.push(job);
    }
    if jobs.is_empty() { Err(JobsError::Empty) } else { Ok(jobs) }
}

fn parse_row(line: usize, row: &str, before: &[Job]) -> Result<Job, JobsError> {
    let fields: Vec<&str> = split(row).collect();
    let [name, hours, kilowatt_hours] = fields[..] else {
        return Err(JobsError::Fields { line, found: fields.len() });
    };
    let wrong = |column, name, reason, found| {
        let found = excerpt(found);
        JobsError::Field { line, column, name, reason, found }
    };
    if name.is_empty() || before.iter().any(|job| job.name == name) {
        return Err(wrong(1, "name", "must be a name that no row before has", name));
    }
    let duration = hours.parse().ok().and_then(|hours: f64| Span::from_seconds_f64(hours * 3600.0));
    let duration = duration
        .ok_or("must be a number of hours, more than zero and within a year")
        .and_then(|all| if steps(all) > 0 { Ok(all) } else { Err("must be 2.5 minutes or more") })
        .map_err(|reason| wrong(2, "hours", reason, hours))?;
    let energy = kilowatt_hours.parse().ok().and_then(|all| Energy::from_kilowatt_hours(all).ok());
    let reason = "must be a finite number of kilowatt-hours, zero or more";
    let energy = energy.ok_or_else(|| wrong(3, "kilowatt_hours", reason, kilowatt_hours))?;
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
        assert!(matches!(parse("a,1,1\n"), Err(JobsError::Header(_))));
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
