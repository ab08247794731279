//! The CSV of an intensity series, `timestamp_utc,gco2_per_kwh`, which every program of the project reads and writes.

use gpu_carbon_core::{Intensity, Series, Timestamp};

use crate::rfc3339;
use crate::strict_csv::{self, Row, StrictCsvError};

/// The header line, exactly.
pub const HEADER: &str = "timestamp_utc,gco2_per_kwh";

const NO_ROWS: &str = "a series needs at least one value";

/// An error in the CSV of an intensity series: the line, the text found there, and the text that is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// The text is not a table of times and numbers.
    #[error(transparent)]
    Table(#[from] StrictCsvError),
    /// Two rows have the same timestamp.
    #[error(
        "line {line}, column 1 (timestamp_utc): line {first} has a value for the same time, and each may have one"
    )]
    Duplicate {
        /// The line of the later row, counted from 1.
        line: usize,
        /// The line of the earlier row, counted from 1.
        first: usize,
    },
}

impl CsvError {
    /// The line of the error, counted from 1; `None` where the text has no row.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            CsvError::Table(error) => error.line(),
            CsvError::Duplicate { line, .. } => Some(*line),
        }
    }
}

/// Parses a series. Rows may be in any order; a missing row is a gap, and two rows with the same timestamp are an error.
/// Timestamps are RFC 3339 with `Z` or an offset, without leap seconds; intensities are grams of CO2e per kilowatt-hour, from 0
/// to 1,000,000. Lines end with LF or CRLF, empty lines are skipped, and a field may be enclosed in double quotes.
///
/// # Errors
///
/// The first error, with its line and column.
///
/// ```
/// let series = gpu_carbon_feeds::csv::parse("timestamp_utc,gco2_per_kwh\n2020-01-01T00:00:00Z,460.85\n")?;
/// assert_eq!(series.points().len(), 1);
/// # Ok::<(), gpu_carbon_feeds::csv::CsvError>(())
/// ```
pub fn parse(text: &str) -> Result<Series, CsvError> {
    let mut rows = strict_csv::read(text, HEADER, NO_ROWS, parse_row)?;
    rows.sort_unstable_by_key(|row| (row.time, row.line));
    let duplicate = rows.iter().zip(rows.iter().skip(1)).find(|(a, b)| a.time == b.time);
    if let Some((first, second)) = duplicate {
        return Err(CsvError::Duplicate { line: second.line, first: first.line });
    }
    let points = rows.into_iter().map(|row| (row.time, row.intensity)).collect();
    // `Series::new` cannot fail: there is at least one row, and no timestamp twice.
    Series::new(points).map_err(|_| StrictCsvError::Empty(NO_ROWS).into())
}

/// Writes a series in the form that [`parse`] reads, in order of time. The step is not written: a reader takes the most common
/// distance between two values for it.
#[must_use]
pub fn write(series: &Series) -> String {
    let row = |&(time, value): &(Timestamp, Intensity)| {
        format!("{},{}\n", rfc3339::format(time), value.as_grams_per_kilowatt_hour())
    };
    format!("{HEADER}\n") + &series.points().iter().map(row).collect::<String>()
}

/// A parsed row, with its line number for the error about duplicates.
struct ParsedRow {
    time: Timestamp,
    line: usize,
    intensity: Intensity,
}

fn parse_row(row: Row<'_, 2>) -> Result<ParsedRow, StrictCsvError> {
    let [time, value] = row.fields;
    let time = rfc3339::parse(time).map_err(|error| row.wrong(1, format!("must be {error}")))?;
    let intensity = parse_intensity(value).map_err(|reason| row.wrong(2, reason))?;
    Ok(ParsedRow { time, line: row.line, intensity })
}

fn parse_intensity(text: &str) -> Result<Intensity, &'static str> {
    if text.is_empty() {
        return Err("must be a number; leave the row out for a gap");
    }
    let number: f64 = text.parse().map_err(|_| "must be a number")?;
    Intensity::from_grid_grams(number).ok_or(if number.is_finite() && number > 0.0 {
        "must be at most 1000000 grams per kilowatt-hour, more than any grid emits"
    } else {
        "must be a finite number of grams per kilowatt-hour, zero or more"
    })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn error(rows: &str) -> String {
        parse(&format!("{HEADER}\n{rows}")).unwrap_err().to_string()
    }

    #[test]
    fn reads_rows_in_any_order_with_offsets_and_keeps_gaps() {
        let text = "\u{feff}timestamp_utc,gco2_per_kwh\r\n\
            2020-01-01T01:10:00+01:00,0\r\n2020-01-01T00:00:00Z,460.850\r\n2020-01-01 00:05:00Z , 1e2\r\n\
            2020-01-01T00:30:00.000Z,7\r\n";
        let series = parse(text).unwrap();
        let values: Vec<f64> =
            series.points().iter().map(|(_, i)| i.as_grams_per_kilowatt_hour()).collect();
        assert_eq!(values, [460.85, 100.0, 0.0, 7.0]);
        let gap = Timestamp::from_unix_seconds(1_577_836_800 + 20 * 60);
        assert_eq!(series.at(gap).intensity, None);
    }

    #[test]
    fn an_error_names_line_column_and_allowed_values() {
        let ok = "2020-01-01T00:00:00Z,1\n";
        assert_eq!(
            error(&format!("{ok}2020-01-01T00:05:00,2")),
            "line 3, column 1 (timestamp_utc): must be a time with its offset, as 2020-06-01T00:00:00Z, \
             got `2020-01-01T00:05:00`"
        );
        assert_eq!(
            error(&format!("{ok}\n2020-01-01T00:05:00Z,NaN")),
            "line 4, column 2 (gco2_per_kwh): must be a finite number of grams per kilowatt-hour, zero or \
             more, got `NaN`"
        );
        assert_eq!(
            error(&format!("{ok}2020-01-01T00:05:00Z,\"12,5\"")),
            "line 3: `12,5` has a decimal comma: write a decimal point"
        );
        assert_eq!(
            error(&format!("{ok}2020-01-01T00:05:00Z,1000000.1")),
            "line 3, column 2 (gco2_per_kwh): must be at most 1000000 grams per kilowatt-hour, more than any grid emits, \
             got `1000000.1`"
        );
        assert!(parse(&format!("{HEADER}\n2020-01-01T00:00:00Z,1e6")).is_ok());
        for bad in ["-1", "inf", "1,5", "", "12g", "0x10", "1e12"] {
            assert!(error(&format!("2020-01-01T00:05:00Z,{bad}")).starts_with("line 2"), "{bad}");
        }
        assert_eq!(
            error(&format!("{ok}2020-01-01T01:00:00+01:00,2")),
            "line 3, column 1 (timestamp_utc): line 2 has a value for the same time, and each may have one"
        );
        assert_eq!(
            error(""),
            "there is no row after the header: a series needs at least one value"
        );
        assert_eq!(
            parse("time,value\n").unwrap_err().to_string(),
            "line 1: the header must be `timestamp_utc,gco2_per_kwh`, got `time,value`"
        );
        assert_eq!(
            parse("\n\r\ntime,value\n").unwrap_err().to_string(),
            "line 3: the header must be `timestamp_utc,gco2_per_kwh`, got `time,value`"
        );
        assert!(parse(&format!("\n \n{HEADER}\n{ok}")).is_ok(), "empty lines before the header");
        assert!(matches!(parse(""), Err(CsvError::Table(StrictCsvError::Header { .. }))));
    }

    #[test]
    fn quotes_can_only_enclose_a_field() {
        let quoted = "\"timestamp_utc\",\"gco2_per_kwh\"\n\"2020-01-01T00:00:00Z\", \"12\"\n";
        let series = parse(quoted).unwrap();
        assert_eq!(series.points()[0].1.as_grams_per_kilowatt_hour(), 12.0);
        for bad in ["\"1\"2", "\"12", "12\"", "\"", "\"\"", "\"1\n2\"", "\"1\"\"2\"", "\"1,2\""] {
            let error = error(&format!("2020-01-01T00:00:00Z,{bad}"));
            assert!(error.starts_with("line 2"), "{bad}: {error}");
        }
    }

    #[test]
    fn timestamps_are_rfc_3339_with_an_offset() {
        for good in [
            "2020-01-01t00:00:00z",
            "2020-01-01T00:00Z",
            "2020-01-01T14:00:00+14:00",
            "2019-12-31T20:30:00-03:30",
        ] {
            let series = parse(&format!("{HEADER}\n{good},1")).unwrap();
            assert_eq!(
                series.extent().start(),
                Timestamp::from_unix_seconds(1_577_836_800),
                "{good}"
            );
        }
        for bad in [
            "2020-01-01T00:00:00",
            "2020-01-01T00Z",
            "2020-01-01",
            "1577836800",
            "01/06/2020 00:00",
            "2020-01-01T24:00:00Z",
            "2020-02-30T00:00:00Z",
            "2021-02-29T00:00:00Z",
            "2016-12-31T23:59:60Z",
            "2020-01-01T12:34:60.5Z",
            "2020-01-01T00:00:00+24:00",
            "2020-01-01T00:00:00+01:60",
            "2020-01-01T00:00:00+0100",
            "-2020-01-01T00:00:00Z",
            "+12020-01-01T00:00:00Z",
        ] {
            let error = error(&format!("{bad},1"));
            assert!(
                error.starts_with("line 2, column 1 (timestamp_utc): must be a time"),
                "{error}"
            );
        }
    }

    #[test]
    fn the_error_about_a_foreign_file_is_one_short_line() {
        let page = format!("<html>{}", "x\u{1b}[31m\r".repeat(100_000));
        let error = parse(&page).unwrap_err().to_string();
        assert!(error.len() < 250 && !error.contains(char::is_control), "{error:?}");
        assert!(matches!(
            parse("2020-01-01T00:00:00Z,1\n"),
            Err(CsvError::Table(StrictCsvError::Header { .. }))
        ));
        let two_headers =
            format!("{HEADER}\n2020-01-01T00:00:00Z,1\n{HEADER}\n2020-01-01T00:05:00Z,1\n");
        assert!(parse(&two_headers).unwrap_err().to_string().starts_with("line 3, column 1"));
        let old_line_ends = format!("{HEADER}\n2020-01-01T00:00:00Z,1\r2020-01-01T00:05:00Z,2\r");
        let error = parse(&old_line_ends).unwrap_err().to_string();
        assert_eq!(error, "line 2: expected 2 fields, `timestamp_utc,gco2_per_kwh`, got 3");
    }

    proptest::proptest! {
        #[test]
        fn any_rows_are_parsed_or_reported_with_their_line(
            text in ".{0,200}",
            rows in proptest::collection::vec(
                "(20[0-9]{2}-0[1-9]-[12][0-9]T[01][0-9]:00:00Z|[0-9TZ:+-]{0,12}),([0-9]{1,4}|[0-9e.+-]{0,6})",
                1..6,
            ),
        ) {
            let _ = parse(&text);
            match parse(&format!("{HEADER}\n{}", rows.join("\n"))) {
                Ok(series) => proptest::prop_assert_eq!(series.points().len(), rows.len()),
                Err(error) => proptest::prop_assert!((2..=rows.len() + 1).contains(&error.line().unwrap())),
            }
        }

        #[test]
        fn a_written_series_is_parsed_as_the_same(values in proptest::collection::btree_map(0_i64..1_000_000, 0.0..3000.0_f64, 1..40)) {
            let rows: String = values.iter().rev().map(|(minutes, grams)| {
                let time = DateTime::from_timestamp(minutes * 60, 0).unwrap();
                format!("{},{grams}\n", time.to_rfc3339())
            }).collect();
            let series = parse(&format!("{HEADER}\n{rows}")).unwrap();
            let read: Vec<_> = series.points().iter()
                .map(|(t, i)| (t.as_unix_micros() / 60_000_000, i.as_grams_per_kilowatt_hour())).collect();
            proptest::prop_assert_eq!(read, values.into_iter().collect::<Vec<_>>());
        }
    }
}
