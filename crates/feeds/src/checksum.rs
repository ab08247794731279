//! A short name for the content of a series, so that a link can say which data it was made with.

use flate2::Crc;
use gpu_carbon_core::Series;

/// The CRC-32 (as in gzip) of a series: of its step, and then of each moment, in microseconds, and value, in g/kWh,
/// all little-endian. It tells one series from another that came about by accident, not by design.
///
/// ```
/// let text = "timestamp_utc,gco2_per_kwh\n2020-01-01T00:00:00Z,460.85\n";
/// let series = gpu_carbon_feeds::csv::parse(text)?;
/// assert_eq!(gpu_carbon_feeds::checksum::of(&series), 0x37cb_d625);
/// # Ok::<(), gpu_carbon_feeds::csv::CsvError>(())
/// ```
#[must_use]
pub fn of(series: &Series) -> u32 {
    let mut sum = Crc::new();
    sum.update(&series.step().as_micros().to_le_bytes());
    for (moment, intensity) in series.points() {
        sum.update(&moment.as_unix_micros().to_le_bytes());
        sum.update(&intensity.as_grams_per_kilowatt_hour().to_le_bytes());
    }
    sum.sum()
}
