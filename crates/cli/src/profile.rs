//! The CSV of a power profile: `offset_seconds,power_watts`.

use gpu_carbon_core::{Power, Span};

use crate::fields::{excerpt, split};

/// The header, to the letter.
pub const HEADER: &str = "offset_seconds,power_watts";

/// A CSV that is no power profile: where, what stands there, and what may stand there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// The first line is not the header.
    #[error("line 1: the header must be `{HEADER}`, got `{0}`")]
    Header(String),
    /// A row has too few or too many fields.
    #[error("line {line}: expected 2 fields, `{HEADER}`, got {found}")]
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
    #[error("there is no row after the header: a power profile needs at least one, at offset 0")]
    Empty,
}

/// Parses a profile: from which offset on, counted from the job's start, it draws which power. The first
/// offset is 0, and they ascend; the last power holds to the job's end. Lines end with LF or CRLF, empty ones
/// are skipped, and a field may stand in double quotes.
///
/// # Errors
///
/// The first thing that is wrong, with its line and column.
///
/// ```
/// let profile = gpu_carbon_cli::profile::parse("offset_seconds,power_watts\n0,300\n60.5,1200\n")?;
/// assert_eq!(profile[1].1.as_watts(), 1200.0);
/// # Ok::<(), gpu_carbon_cli::profile::ProfileError>(())
/// ```
pub fn parse(text: &str) -> Result<Vec<(Span, Power)>, ProfileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = (1..).zip(text.lines());
    let header = lines.next().map_or("", |(_, header)| header);
    if split(header).ne(HEADER.split(',')) {
        return Err(ProfileError::Header(excerpt(header)));
    }
    let mut profile = Vec::new();
    for (line, row) in lines.filter(|(_, row)| !row.trim().is_empty()) {
        let last = profile.last().map(|&(offset, _)| offset);
        profile.push(parse_row(line, row, last)?);
    }
    if profile.is_empty() { Err(ProfileError::Empty) } else { Ok(profile) }
}

fn parse_row(line: usize, row: &str, last: Option<Span>) -> Result<(Span, Power), ProfileError> {
    let mut fields = split(row);
    let (Some(offset), Some(power), None) = (fields.next(), fields.next(), fields.next()) else {
        return Err(ProfileError::Fields { line, found: split(row).count() });
    };
    let wrong = |column, name, reason, found| {
        let found = excerpt(found);
        ProfileError::Field { line, column, name, reason, found }
    };
    let parsed = offset.parse().ok().and_then(Span::from_seconds_f64);
    let at = parsed.ok_or("must be a number of seconds, zero or more").and_then(|at| match last {
        None if at > Span::ZERO => Err("must be 0 in the first row"),
        Some(last) if at <= last => Err("must be later than in the row before"),
        _ => Ok(at),
    });
    let at = at.map_err(|reason| wrong(1, "offset_seconds", reason, offset))?;
    let watts = power.parse().ok().and_then(|watts| Power::from_watts(watts).ok());
    let reason = "must be a finite number of watts, zero or more";
    Ok((at, watts.ok_or_else(|| wrong(2, "power_watts", reason, power))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_line_and_column_and_what_may_stand_there() {
        let error = |rows: &str| parse(&format!("{HEADER}\n{rows}")).unwrap_err().to_string();
        for (rows, expected) in [
            (
                "",
                "there is no row after the header: a power profile needs at least one, at offset 0",
            ),
            ("5,1", "line 2, column 1 (offset_seconds): must be 0 in the first row, got `5`"),
            (
                "0,1\n\n0,1",
                "line 4, column 1 (offset_seconds): must be later than in the row before, got `0`",
            ),
            (
                "-1,1",
                "line 2, column 1 (offset_seconds): must be a number of seconds, zero or more, got `-1`",
            ),
            (
                "NaN,1",
                "line 2, column 1 (offset_seconds): must be a number of seconds, zero or more, got `NaN`",
            ),
            (
                "0,1kW",
                "line 2, column 2 (power_watts): must be a finite number of watts, zero or more, got `1kW`",
            ),
            (
                "0,inf",
                "line 2, column 2 (power_watts): must be a finite number of watts, zero or more, got `inf`",
            ),
            ("0", "line 2: expected 2 fields, `offset_seconds,power_watts`, got 1"),
        ] {
            assert_eq!(error(rows), expected);
        }
        assert!(matches!(parse("0,1\n"), Err(ProfileError::Header(_))));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}", rows in "[0-9e,.\n+-]{0,120}") {
            let _ = parse(&text);
            let _ = parse(&format!("{HEADER}\n{rows}"));
        }
    }
}
