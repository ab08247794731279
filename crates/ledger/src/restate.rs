//! Revised intensities, and the emissions of a row by them.

use gpu_carbon_core::{Energy, Intensity, Interval, Pue, Quality, Signal};

use crate::posting::{IntensitySource, Origin};
use crate::share::ShareRevision;

/// The newest intensities of one zone and signal, slot by slot.
pub trait SlotIntensities {
    /// The zone of all intensities.
    fn zone(&self) -> &str;
    /// The signal of all intensities.
    fn signal(&self) -> Signal;
    /// The intensity of a slot or a part of one; `None` unless all of it is covered.
    fn slot_intensity(&self, part: Interval) -> Option<SlotIntensity>;
}

/// The intensity of a slot, or of a part of one.
#[derive(Debug, Clone, PartialEq)]
pub struct SlotIntensity {
    /// The mean, weighted by time.
    pub intensity: Intensity,
    /// True if one value holds all the time.
    pub is_uniform: bool,
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
    /// The parts of it by the workloads that shared the energy. The rest is no one's.
    pub shares: Vec<ShareRevision>,
}

/// The time within a slot whose energy was converted by one origin.
#[derive(Debug, Clone, PartialEq)]
pub struct ConvertedTime {
    /// The factors of the conversion.
    pub origin: Origin,
    /// The time, within one slot.
    pub time: Interval,
}

/// Energy of a part of a slot, as it was converted.
#[derive(Debug, Clone, Copy)]
pub struct ConvertedEnergy<'a> {
    /// The energy.
    pub energy: Energy,
    /// The power usage effectiveness by which it was converted.
    pub pue: Pue,
    /// The emissions.
    pub grams: f64,
    /// The source of the intensity by which it was converted.
    pub source_name: &'a str,
    /// The quality of that intensity.
    pub quality: Quality,
    /// The mean of that intensity over the part of the slot; `None` where it is unknown.
    pub intensity: Option<Intensity>,
}

/// The relative difference up to which two amounts are the same amount, rounded differently.
const ROUNDING: f64 = 1e-12;

impl ConvertedEnergy<'_> {
    /// The emissions by another intensity of the same part of the slot, in grams; `None` where they stay, with their
    /// source. An intensity replaces one of a lower quality, or one of the same quality and source.
    ///
    /// The energy may not have been used evenly. If the intensity has several values within the part, it is not known
    /// how much was used under which: the emissions change in the ratio of the new mean to the old one. Where nothing
    /// was revised, they stay as they are.
    #[must_use]
    pub fn restated_grams(self, new: &SlotIntensity) -> Option<f64> {
        let same_source = self.source_name == &*new.source.name;
        let better = new.source.quality < self.quality;
        if !(better || new.source.quality == self.quality && same_source) {
            return None;
        }
        let by_energy = || (self.energy * self.pue * new.intensity).as_grams();
        let grams = match self.intensity.map(Intensity::as_grams_per_kilowatt_hour) {
            Some(old) if old > 0.0 => {
                self.grams * (new.intensity.as_grams_per_kilowatt_hour() / old)
            }
            Some(_) => by_energy(),
            None if new.is_uniform => by_energy(),
            None => return None,
        };
        if (grams - self.grams).abs() > ROUNDING * grams.abs().max(self.grams.abs()) {
            Some(grams)
        } else {
            better.then_some(self.grams) // the same amount, of a better quality
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intensity(grams: f64) -> Intensity {
        Intensity::from_grams_per_kilowatt_hour(grams).unwrap()
    }

    fn new(grams: f64, source: &str, quality: Quality, is_uniform: bool) -> SlotIntensity {
        let source = IntensitySource { name: source.into(), quality, scope: None };
        SlotIntensity { intensity: intensity(grams), is_uniform, source }
    }

    /// 1 kWh with a PUE of 1.5, converted at 100 g/kWh by a forecast of `gb`.
    fn converted() -> ConvertedEnergy<'static> {
        ConvertedEnergy {
            energy: Energy::from_kilowatt_hours(1.0).unwrap(),
            grams: 150.0,
            pue: Pue::from_number(1.5).unwrap(),
            source_name: "gb",
            quality: Quality::Forecast,
            intensity: Some(intensity(100.0)),
        }
    }

    fn restated(intensity: f64, source: &str, quality: Quality) -> Option<f64> {
        converted().restated_grams(&new(intensity, source, quality, true))
    }

    #[test]
    fn energy_that_was_not_used_evenly_changes_as_the_mean_does() {
        let used_when_dirty = ConvertedEnergy { grams: 210.0, ..converted() };
        let by = |grams| new(grams, "gb", Quality::Forecast, false);
        assert_eq!(used_when_dirty.restated_grams(&by(100.0)), None, "nothing was revised");
        assert_eq!(used_when_dirty.restated_grams(&by(50.0)), Some(105.0));
        let of_zero =
            ConvertedEnergy { grams: 0.0, intensity: Some(intensity(0.0)), ..converted() };
        assert_eq!(of_zero.restated_grams(&by(50.0)), Some(75.0));
        let unknown = ConvertedEnergy { intensity: None, ..used_when_dirty };
        assert_eq!(unknown.restated_grams(&by(50.0)), None, "no ratio is known");
        let uniform = new(50.0, "gb", Quality::Forecast, true);
        assert_eq!(unknown.restated_grams(&uniform), Some(75.0), "and none is needed");
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
