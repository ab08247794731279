//! Revised intensities, and the emissions of a row by them.

use gpu_carbon_core::{Energy, Intensity, Interval, Pue, Quality, Signal};

use crate::posting::IntensitySource;

/// The newest intensities of one zone and signal, slot by slot.
pub trait SlotIntensities {
    /// The zone of all intensities.
    fn zone(&self) -> &str;
    /// The signal of all intensities.
    fn signal(&self) -> Signal;
    /// The intensity of a slot; `None` unless the whole slot is covered.
    fn slot_intensity(&self, slot: Interval) -> Option<SlotIntensity>;
}

/// The intensity of one slot.
#[derive(Debug, Clone, PartialEq)]
pub struct SlotIntensity {
    /// The mean over the slot, weighted by time.
    pub intensity: Intensity,
    /// The source of the intensity, with its quality.
    pub source: IntensitySource,
}

/// The change of a GPU's emissions by a restatement.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    /// The UUID of the GPU.
    pub uuid: String,
    /// The sum over the GPU's rows, in grams: positive where its emissions had been too low.
    pub grams: f64,
}

/// The columns of a converted row that a restatement depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConvertedRow<'a> {
    pub(crate) energy: Energy,
    pub(crate) grams: f64,
    pub(crate) pue: Pue,
    pub(crate) source_name: &'a str,
    pub(crate) quality: Quality,
}

/// The relative difference up to which two amounts are the same amount, rounded differently.
const ROUNDING: f64 = 1e-12;

impl ConvertedRow<'_> {
    /// The emissions of the row by another intensity, in grams; `None` where the row keeps its own. An intensity
    /// replaces one of a lower quality, or one of the same quality and source.
    pub(crate) fn restated_grams(self, new: &SlotIntensity) -> Option<f64> {
        let same_source = self.source_name == &*new.source.name;
        let better = new.source.quality < self.quality;
        if !(better || new.source.quality == self.quality && same_source) {
            return None;
        }
        let grams = (self.energy * self.pue * new.intensity).as_grams();
        let differs = (grams - self.grams).abs() > ROUNDING * grams.abs().max(self.grams.abs());
        if differs {
            Some(grams)
        } else {
            better.then_some(self.grams) // the same amount, of a better quality
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The emissions of 1 kWh with a PUE of 1.5, converted at 100 g/kWh by a forecast of `gb`, after a restatement.
    fn restated(intensity: f64, source: &str, quality: Quality) -> Option<f64> {
        let row = ConvertedRow {
            energy: Energy::from_kilowatt_hours(1.0).unwrap(),
            grams: 150.0,
            pue: Pue::from_number(1.5).unwrap(),
            source_name: "gb",
            quality: Quality::Forecast,
        };
        let intensity = Intensity::from_grams_per_kilowatt_hour(intensity).unwrap();
        let source = IntensitySource { name: source.into(), quality };
        row.restated_grams(&SlotIntensity { intensity, source })
    }

    #[test]
    fn an_intensity_that_is_at_least_as_good_replaces_the_old_one() {
        assert_eq!(restated(120.0, "gb", Quality::Measured), Some(180.0));
        assert_eq!(restated(120.0, "other", Quality::Estimated), Some(180.0), "a better quality");
        assert_eq!(restated(80.0, "gb", Quality::Forecast), Some(120.0), "a newer forecast");
        assert_eq!(restated(80.0, "other", Quality::Forecast), None, "another source, no better");
        assert_eq!(restated(80.0, "gb", Quality::Fallback), None, "a lower quality");
    }

    #[test]
    fn an_equal_intensity_of_a_better_quality_keeps_the_emissions() {
        assert_eq!(restated(100.0, "gb", Quality::Measured), Some(150.0));
        assert_eq!(restated(100.0 * (1.0 + 1e-13), "gb", Quality::Forecast), None);
        assert_eq!(restated(100.0 * (1.0 + 1e-13), "gb", Quality::Measured), Some(150.0));
    }
}
