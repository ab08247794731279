//! The CSV of intensities.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat};
use gpu_carbon_feeds::csv;

/// A text is either a series, which is the same after it is written and read again, or refused in one line.
pub(crate) fn run(input: &[u8]) {
    let Ok(text) = str::from_utf8(input) else { return };
    let series = match csv::parse(text) {
        Ok(series) => series,
        Err(error) => return crate::is_one_line(&error),
    };
    assert!(series.points().is_sorted_by(|before, after| before.0 < after.0));
    let mut again = format!("{}\n", csv::HEADER);
    for (time, intensity) in series.points() {
        let time = DateTime::from_timestamp_micros(time.as_unix_micros()).unwrap();
        let time = time.to_rfc3339_opts(SecondsFormat::Micros, true);
        writeln!(again, "{time},{}", intensity.as_grams_per_kilowatt_hour()).unwrap();
    }
    assert_eq!(csv::parse(&again).as_ref(), Ok(&series));
}
