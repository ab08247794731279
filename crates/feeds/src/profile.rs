//! The CSV of a power profile: `offset_seconds,power_watts`.

use gpu_carbon_core::{Power, Span};

use crate::strict_csv::{self, Row, StrictCsvError};

/// The header line, exactly.
pub const HEADER: &str = "offset_seconds,power_watts";

/// Parses a profile: pairs of an offset from the start of the job, in seconds, and the power from that offset on, in watts. The
/// first offset is 0 and the offsets ascend; the last power holds to the end of the job.
///
/// # Errors
///
/// The first error, with its line and column.
///
/// ```
/// let profile = gpu_carbon_feeds::profile::parse("offset_seconds,power_watts\n0,300\n60.5,1200\n")?;
/// assert_eq!(profile[1].1.as_watts(), 1200.0);
/// # Ok::<(), gpu_carbon_feeds::strict_csv::StrictCsvError>(())
/// ```
pub fn parse(text: &str) -> Result<Vec<(Span, Power)>, StrictCsvError> {
    let mut previous = None;
    strict_csv::read(text, HEADER, "a power profile needs at least one, at offset 0", |row| {
        let (at, power) = parse_row(row, previous)?;
        previous = Some(at);
        Ok((at, power))
    })
}

fn parse_row(row: Row<'_, 2>, previous: Option<Span>) -> Result<(Span, Power), StrictCsvError> {
    let [offset, power] = row.fields;
    let parsed = offset.parse().ok().and_then(Span::from_seconds_f64);
    let at =
        parsed.ok_or("must be a number of seconds, zero or more").and_then(|at| match previous {
            None if at > Span::ZERO => Err("must be 0 in the first row"),
            Some(previous) if at <= previous => Err("must be later than in the row before"),
            _ => Ok(at),
        });
    let at = at.map_err(|reason| row.wrong(1, reason))?;
    let watts = power.parse().ok().and_then(|watts| Power::from_watts(watts).ok());
    let watts =
        watts.ok_or_else(|| row.wrong(2, "must be a finite number of watts, zero or more"))?;
    Ok((at, watts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_line_column_and_allowed_values() {
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
        assert!(matches!(parse("0,1\n"), Err(StrictCsvError::Header { .. })));
    }

    proptest::proptest! {
        #[test]
        fn any_rows_are_parsed_or_reported_with_their_line(
            text in ".{0,200}",
            rows in proptest::collection::vec("([0-9]{1,3}|[0-9e.+-]{0,5}),([0-9]{1,4}|[0-9e.+-]{0,5})", 0..4),
        ) {
            let _ = parse(&text);
            match parse(&format!("{HEADER}\n0,1\n{}", rows.join("\n"))) {
                Ok(profile) => proptest::prop_assert!(profile.len() == rows.len() + 1 && profile.is_sorted_by(|a, b| a.0 < b.0)),
                Err(error) => proptest::prop_assert!((3..=rows.len() + 2).contains(&error.line().unwrap())),
            }
        }
    }
}
