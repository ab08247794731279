//! The intensity of the grid, as far as a ledger recorded it: that by which energy was converted.

use std::collections::BTreeMap;

use gpu_carbon_core::units::JOULES_PER_KILOWATT_HOUR;
use gpu_carbon_core::{Intensity, Interval, SLOT, Series, Signal, Timestamp};

use crate::read_error::ReadError;
use crate::reader::Reader;

/// Reads the intensity by which energy was converted in a time, in slots of five minutes; an hour or a day of old rows has
/// its mean. A slot in which no GPU used energy, or whose energy is pending, is a gap. `None` where there is no slot.
///
/// # Errors
///
/// When the ledger cannot be read.
pub fn recorded_intensity(
    reader: &Reader,
    within: Interval,
    signal: Signal,
) -> Result<Option<Series>, ReadError> {
    let mut by_slot: BTreeMap<Timestamp, [f64; 2]> = BTreeMap::new();
    reader.usage_rows(within, |row| {
        let Some(origin) = reader.origins().get(row.origin) else { return };
        let Some(grams) = row.grams.filter(|_| origin.signal == signal) else { return };
        let drawn = row.energy.total_joules() * origin.pue.as_number() / JOULES_PER_KILOWATT_HOUR;
        if drawn <= 0.0 {
            return;
        }
        let mut slot = row.interval.start().floor_to(SLOT);
        while slot < row.interval.end() {
            let [sum, whole] = by_slot.entry(slot).or_default();
            *sum += grams;
            *whole += drawn;
            slot = slot + SLOT;
        }
    })?;
    let point = |(slot, [grams, drawn]): (Timestamp, [f64; 2])| {
        Some((slot, Intensity::from_grams_per_kilowatt_hour(grams / drawn).ok()?))
    };
    let points: Vec<_> = by_slot.into_iter().filter_map(point).collect();
    Ok(Series::with_step(points, SLOT).ok())
}
