//! A checksum of the content of a series, so that a link can name the data that it was made with.

use core::hash::Hasher;

use fnv::FnvHasher;
use gpu_carbon_core::Series;

/// The 64-bit FNV-1a hash of a series: of its step in microseconds, of the time and the step of each change in microseconds where
/// the step changes, and then of each timestamp in microseconds and value in g/kWh, all little-endian. It detects accidental differences; it does not protect against deliberate ones.
///
/// ```
/// let text = "timestamp_utc,gco2_per_kwh\n2020-01-01T00:00:00Z,460.85\n";
/// let series = gpu_carbon_feeds::csv::parse(text)?;
/// assert_eq!(gpu_carbon_feeds::checksum::of(&series), 0x8c93_f530_1af3_51ca);
/// # Ok::<(), gpu_carbon_feeds::csv::CsvError>(())
/// ```
#[must_use]
pub fn of(series: &Series) -> u64 {
    let mut sum = FnvHasher::default();
    sum.write(&series.step().as_micros().to_le_bytes());
    for change in series.step_changes() {
        sum.write(&change.from.as_unix_micros().to_le_bytes());
        sum.write(&change.step.as_micros().to_le_bytes());
    }
    for (time, intensity) in series.points() {
        sum.write(&time.as_unix_micros().to_le_bytes());
        sum.write(&intensity.as_grams_per_kilowatt_hour().to_le_bytes());
    }
    sum.finish()
}

/// The 64-bit FNV-1a hash of a text in UTF-8, such as the CSV of a power profile.
#[must_use]
pub fn of_text(text: &str) -> u64 {
    let mut sum = FnvHasher::default();
    sum.write(text.as_bytes());
    sum.finish()
}
