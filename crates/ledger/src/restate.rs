//! Prices that come again: what a row becomes when the intensity of its slot is revised.

use std::sync::Arc;

use gpu_carbon_core::{Energy, Intensity, Interval, Pue, Quality, Signal};

/// The newest prices, slot by slot.
pub trait Prices {
    /// The zone that they are of.
    fn zone(&self) -> &str;
    /// The signal that they are of.
    fn signal(&self) -> Signal;
    /// The price of a slot; `None` where they do not cover the whole of it.
    fn of(&self, slot: Interval) -> Option<SlotPrice>;
}

/// The price of one slot.
#[derive(Debug, Clone, PartialEq)]
pub struct SlotPrice {
    /// The mean over the slot, weighted by time.
    pub intensity: Intensity,
    /// Who gave it.
    pub source: Arc<str>,
    /// How well it is known.
    pub quality: Quality,
}

/// By how much a GPU's emissions were restated.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// Of which GPU.
    pub uuid: String,
    /// The sum over its rows: above zero where it had emitted more than was thought.
    pub grams: f64,
}

/// A priced row, as far as a price concerns it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Priced<'a> {
    pub(crate) energy: Energy,
    pub(crate) grams: f64,
    pub(crate) pue: Pue,
    pub(crate) source: &'a str,
    pub(crate) quality: Quality,
}

/// Two amounts that differ by less than this share are one amount, rounded twice.
const ROUNDING: f64 = 1e-12;

/// What a row emitted by another price; `None` where it stays as it is. A price replaces one that is known
/// less well, or its own source's that is known equally well: no other source's, and none that is better.
pub(crate) fn restated(row: Priced<'_>, price: &SlotPrice) -> Option<f64> {
    let same_source = row.source == &*price.source;
    let better = price.quality < row.quality;
    if !(better || price.quality == row.quality && same_source) {
        return None;
    }
    let grams = (row.energy * row.pue * price.intensity).as_grams();
    let differs = (grams - row.grams).abs() > ROUNDING * grams.abs().max(row.grams.abs());
    if differs {
        Some(grams)
    } else {
        better.then_some(row.grams) // the same number, better known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 kWh at 100 g/kWh by a forecast of `gb`, restated.
    fn by(intensity: f64, source: &str, quality: Quality) -> Option<f64> {
        let row = Priced {
            energy: Energy::from_kilowatt_hours(1.0).unwrap(),
            grams: 150.0,
            pue: Pue::from_number(1.5).unwrap(),
            source: "gb",
            quality: Quality::Forecast,
        };
        let intensity = Intensity::from_grams_per_kilowatt_hour(intensity).unwrap();
        restated(row, &SlotPrice { intensity, source: source.into(), quality })
    }

    #[test]
    fn takes_a_price_that_is_at_least_as_good() {
        assert_eq!(by(120.0, "gb", Quality::Measured), Some(180.0));
        assert_eq!(by(120.0, "other", Quality::Estimated), Some(180.0), "better known");
        assert_eq!(by(80.0, "gb", Quality::Forecast), Some(120.0), "a newer forecast");
        assert_eq!(by(80.0, "other", Quality::Forecast), None, "another source, known no better");
        assert_eq!(by(80.0, "gb", Quality::Fallback), None, "known less well");
    }

    #[test]
    fn says_that_an_equal_number_is_better_known() {
        assert_eq!(by(100.0, "gb", Quality::Measured), Some(150.0));
        assert_eq!(by(100.0 * (1.0 + 1e-13), "gb", Quality::Forecast), None);
        assert_eq!(by(100.0 * (1.0 + 1e-13), "gb", Quality::Measured), Some(150.0));
    }
}
