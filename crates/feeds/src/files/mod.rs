//! Files of carbon intensity that people have: our own CSV, the downloads of several services, and their saved answers.
//!
//! | file | recognised by |
//! |---|---|
//! | ours | the header `timestamp_utc,gco2_per_kwh` |
//! | Electricity Maps | `Datetime (UTC)`, and a carbon intensity `(LCA)` (2023) or `(Life cycle)` (later) |
//! | WattTime, SGIP | a column `MOER`, or `point_time,value` |
//! | NESO, carbonintensity.org.uk | `CARBON_INTENSITY` beside `GENERATION`, or `Actual Carbon Intensity (gCO2/kWh)` |
//! | EIA | `Balancing Authority` and `UTC Time at End of Hour`: generation by fuel, converted by [`generation`](crate::generation) |
//! | others | one column of times, and one named carbon intensity or with a unit in its name |
//! | saved answers | JSON, or IESO's XML, as [`parse_any_service`](crate::parse_any_service) reads it |
//!
//! Fields are separated by commas, semicolons or tabs; with the latter two, numbers may have a decimal comma. Times need an
//! offset from UTC, in the file's own header or in a line `# time_zone: UTC`; what is ambiguous is refused with the reason.

mod balance;
mod columns;
mod content;
mod error;
mod file_series;
mod number;
mod plausible;
mod table;
mod time;

use gpu_carbon_core::Quality;

use crate::csv::{self, HEADER};
use crate::json;
use crate::metadata::{Metadata, comment, share};
use crate::unit::Unit;
use table::Table;

pub use content::{MOST_BYTES, inflate, text};
pub use error::FileError;
pub use file_series::FileSeries;
pub use plausible::Doubt;

/// Reads the series of a text: one, or one for each zone in it, by their names.
///
/// # Errors
///
/// The first thing that is wrong or ambiguous, with its line.
///
/// ```
/// let text = "Datetime (UTC),Zone Id,Carbon Intensity gCO₂eq/kWh (direct),Carbon Intensity gCO₂eq/kWh (LCA)\n\
///     2022-01-01 00:00:00,DE,180.1,216.56\n2022-01-01 01:00:00,DE,184.0,220.88\n";
/// let read = gpu_carbon_feeds::files::read(text)?;
/// assert_eq!(read[0].metadata.zone.as_deref(), Some("DE"));
/// assert_eq!(read[0].series.points()[0].1.as_grams_per_kilowatt_hour(), 216.56);
/// # Ok::<(), gpu_carbon_feeds::files::FileError>(())
/// ```
pub fn read(text: &str) -> Result<Vec<FileSeries>, FileError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.trim_start().chars().next() {
        None => return Err(FileError::Empty),
        Some('{' | '[') => return Ok(vec![saved_answer(text)?]),
        // IESO alone answers in XML.
        Some('<') if crate::detect_service(text).is_ok() => return Ok(vec![saved_answer(text)?]),
        Some('<') => return Err(FileError::Markup(json::excerpt(text.trim_start()))),
        Some(_) => {}
    }
    let stated = Metadata::read(text)?;
    let mut found = if is_ours(text) {
        let series = csv::parse(text)?;
        let unit = stated.unit.unwrap_or(Unit::GramsPerKilowattHour);
        let series = columns::converted(&series, unit)?;
        vec![FileSeries {
            series,
            metadata: stated.clone(),
            quality: Quality::Measured,
            doubt: None,
        }]
    } else {
        let table = Table::of(text)?;
        match balance::Columns::of(&table) {
            Some(columns) => balance::read(&table, &columns, &stated)?,
            None => columns::read(&table, &stated)?,
        }
    };
    if stated.unit.is_none() {
        for series in &mut found {
            series.doubt = Doubt::of(&series.series);
        }
    }
    Ok(found)
}

/// Returns true where the first line that is neither empty nor a comment begins as the header of our own CSV does.
fn is_ours(text: &str) -> bool {
    let is_content = |line: &&str| !line.trim().is_empty() && comment(line).is_none();
    let header = text.lines().find(is_content).unwrap_or_default();
    let time = HEADER.split(',').next().unwrap_or_default();
    let fields = header.split(',').map(|field| field.trim().trim_matches('"'));
    // With a different second column, and with none, the error of our own format is the clearer one.
    fields.clone().eq(HEADER.split(',')) || fields.eq([time])
}

fn saved_answer(text: &str) -> Result<FileSeries, FileError> {
    let answer = crate::parse_any_service(text)?;
    let series = answer.response.series().map_err(|error| FileError::Series(error.to_string()))?;
    let points = answer.points();
    let unmeasured = points.iter().filter(|point| point.quality != Quality::Measured).count();
    let metadata = Metadata {
        signal: Some(answer.signal()),
        scope: Some(answer.scope()),
        source: Some(answer.service.title().to_owned()),
        zone: answer.zone().map(str::to_owned),
        licence: Some(answer.attribution().to_owned()),
        estimated_share: Some(share(unmeasured, points.len())),
        unit: Some(Unit::GramsPerKilowattHour),
        offset_seconds: None,
    };
    let quality = points.iter().map(|point| point.quality).max().unwrap_or(Quality::Estimated);
    Ok(FileSeries { series, metadata, quality, doubt: None })
}

#[cfg(test)]
mod tests;
