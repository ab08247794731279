//! The CSV that everything here reads and writes: `timestamp_utc,gco2_per_kwh`.

use chrono::DateTime;
use gpu_carbon_core::{Intensity, Series, SeriesError, Timestamp};

/// The header, to the letter.
pub const HEADER: &str = "timestamp_utc,gco2_per_kwh";

/// A CSV that is no intensity series: where, what stands there, and what may stand there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvError {
    /// The first line is not the header.
    #[error("line 1: the header must be `{HEADER}`, got `{0}`")]
    Header(String),
    /// A line has too few or too many fields, or is no CSV at all.
    #[error("line {line}: {reason}")]
    Row {
        /// Counted from 1, the header.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// A field holds something else than it may.
    #[error("line {line}, column {column} ({name}): {reason}, got `{found}`")]
    Field {
        /// Counted from 1, the header.
        line: u64,
        /// Counted from 1.
        column: usize,
        /// The column's name.
        name: &'static str,
        /// What the field must be.
        reason: String,
        /// What it holds.
        found: String,
    },
    /// Two rows give a value for one moment.
    #[error(
        "line {line}, column 1 (timestamp_utc): line {first} has a value for the same moment, and each may have one"
    )]
    Duplicate {
        /// The later row; counted from 1, the header.
        line: u64,
        /// The earlier row.
        first: u64,
    },
    /// There is no row.
    #[error("there is no row after the header: a series needs at least one value")]
    Empty,
}

/// Parses a series. Rows may stand in any order; a moment that has no row is a gap, two rows for one
/// moment are an error. Timestamps are RFC 3339 with `Z` or an offset; intensities are grams of CO2e per
/// kilowatt-hour, finite, zero or more.
///
/// # Errors
///
/// The first thing that is wrong, with its line and column.
///
/// ```
/// let series = gpu_carbon_feeds::csv::parse("timestamp_utc,gco2_per_kwh\n2020-01-01T00:00:00Z,460.85\n")?;
/// assert_eq!(series.points().len(), 1);
/// # Ok::<(), gpu_carbon_feeds::csv::CsvError>(())
/// ```
pub fn parse(text: &str) -> Result<Series, CsvError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    let mut rows = Vec::new();
    let mut headed = false;
    while reader.read_record(&mut record).map_err(malformed)? {
        let byte = record.position().map_or(0, csv::Position::byte);
        if !headed {
            if record.iter().ne(HEADER.split(',')) {
                return Err(CsvError::Header(record.iter().collect::<Vec<_>>().join(",")));
            }
            headed = true;
            continue;
        }
        let (moment, value) = match (record.get(0), record.get(1), record.get(2)) {
            (Some(moment), Some(value), None) => (moment, value),
            _ => {
                let reason = format!("expected 2 fields, `{HEADER}`, got {}", record.len());
                return Err(CsvError::Row { line: line_of(text, byte), reason });
            }
        };
        let wrong = |column, reason, found| wrong_field(line_of(text, byte), column, reason, found);
        let timestamp = parse_timestamp(moment).map_err(|reason| wrong(1, reason, moment))?;
        let intensity = parse_intensity(value).map_err(|reason| wrong(2, reason, value))?;
        rows.push((timestamp, byte, intensity));
    }
    if !headed {
        return Err(CsvError::Header(String::new()));
    }
    rows.sort_unstable_by_key(|&(timestamp, byte, _)| (timestamp, byte));
    for pair in rows.windows(2) {
        if let &[(moment, first, _), (same, second, _)] = pair
            && moment == same
        {
            let (first, line) = (line_of(text, first), line_of(text, second));
            return Err(CsvError::Duplicate { line, first });
        }
    }
    let points = rows.into_iter().map(|(timestamp, _, intensity)| (timestamp, intensity));
    Series::new(points.collect()).map_err(|error| match error {
        SeriesError::Empty | SeriesError::Duplicate(_) => CsvError::Empty,
    })
}

fn parse_timestamp(text: &str) -> Result<Timestamp, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|moment| Timestamp::from_unix_micros(moment.timestamp_micros()))
        .map_err(|_| "must be a time with its offset, as 2020-06-01T00:00:00Z".to_owned())
}

fn parse_intensity(text: &str) -> Result<Intensity, String> {
    if text.is_empty() {
        return Err("must be a number; leave the row out for a gap".to_owned());
    }
    let number: f64 = text.parse().map_err(|_| "must be a number".to_owned())?;
    Intensity::from_grams_per_kilowatt_hour(number)
        .map_err(|_| "must be a finite number of grams per kilowatt-hour, zero or more".to_owned())
}

/// The line, from 1, of the record that begins at a byte or after the empty lines there.
fn line_of(text: &str, byte: u64) -> u64 {
    let bytes = text.as_bytes();
    let start = usize::try_from(byte).unwrap_or(usize::MAX).min(bytes.len());
    let (before, from) = bytes.split_at(start);
    let skipped = from.iter().take_while(|&&b| b == b'\n' || b == b'\r');
    1 + before.iter().chain(skipped).map(|&b| u64::from(b == b'\n')).sum::<u64>()
}

fn wrong_field(line: u64, column: usize, reason: String, found: &str) -> CsvError {
    let name = if column == 1 { "timestamp_utc" } else { "gco2_per_kwh" };
    CsvError::Field { line, column, name, reason, found: found.chars().take(80).collect() }
}

fn malformed(error: csv::Error) -> CsvError {
    let line = error.position().map_or(1, csv::Position::line);
    CsvError::Row { line, reason: error.to_string() }
}

#[cfg(test)]
mod tests {
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
    fn an_error_names_line_and_column_and_what_may_stand_there() {
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
        for bad in ["-1", "inf", "1,5", "", "12g", "0x10"] {
            assert!(error(&format!("2020-01-01T00:05:00Z,{bad}")).starts_with("line 2"), "{bad}");
        }
        assert_eq!(
            error(&format!("{ok}2020-01-01T01:00:00+01:00,2")),
            "line 3, column 1 (timestamp_utc): line 2 has a value for the same moment, and each may have one"
        );
        assert_eq!(
            error(""),
            "there is no row after the header: a series needs at least one value"
        );
        assert_eq!(
            parse("time,value\n").unwrap_err().to_string(),
            "line 1: the header must be `timestamp_utc,gco2_per_kwh`, got `time,value`"
        );
        assert!(matches!(parse(""), Err(CsvError::Header(_))));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}", rows in "[0-9TZ:,.\n+-]{0,120}") {
            let _ = parse(&text);
            let _ = parse(&format!("{HEADER}\n{rows}"));
        }

        #[test]
        fn what_is_written_is_read(values in proptest::collection::btree_map(0_i64..1_000_000, 0.0..3000.0_f64, 1..40)) {
            let rows: String = values.iter().rev().map(|(minutes, grams)| {
                let moment = DateTime::from_timestamp(minutes * 60, 0).unwrap();
                format!("{},{grams}\n", moment.to_rfc3339())
            }).collect();
            let series = parse(&format!("{HEADER}\n{rows}")).unwrap();
            let read: Vec<_> = series.points().iter()
                .map(|(t, i)| (t.as_unix_micros() / 60_000_000, i.as_grams_per_kilowatt_hour())).collect();
            proptest::prop_assert_eq!(read, values.into_iter().collect::<Vec<_>>());
        }
    }
}
