//! A short name for the content of a series, so that a link can say which data it was made with.

use core::hash::Hasher;

use fnv::FnvHasher;
use gpu_carbon_core::Series;

/// The 64-bit FNV-1a of a series: of its step, and then of each moment, in microseconds, and value, in g/kWh, all
/// little-endian. It tells one series from another that came about by accident, not by design.
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
    for (moment, intensity) in series.points() {
        sum.write(&moment.as_unix_micros().to_le_bytes());
        sum.write(&intensity.as_grams_per_kilowatt_hour().to_le_bytes());
    }
    sum.finish()
}

/// The 64-bit FNV-1a of a text, for what is no series, such as a power profile.
#[must_use]
pub fn of_text(text: &str) -> u64 {
    let mut sum = FnvHasher::default();
    sum.write(text.as_bytes());
    sum.finish()
}
