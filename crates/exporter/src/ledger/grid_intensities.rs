//! The grid's intensity by slots of the ledger.

use gpu_carbon_core::{Intensity, Interval, SLOT, Series, Signal, Timestamp};
use gpu_carbon_ledger::{IntensitySource, SlotIntensities, SlotIntensity};

use crate::intensity::Grid;

/// The grid's intensity as the ledger queries it.
#[derive(Debug)]
pub(super) struct GridIntensities<'a>(pub(super) &'a Grid);

impl SlotIntensities for GridIntensities<'_> {
    fn zone(&self) -> &str {
        &self.0.zone
    }

    fn signal(&self) -> Signal {
        self.0.intensities.signal
    }

    fn slot_intensity(&self, slot: Interval) -> Option<SlotIntensity> {
        let intensities = &self.0.intensities;
        let intensity = mean(intensities.converting.as_deref()?, slot)?;
        let origin = intensities.origin(slot.start())?;
        let source = IntensitySource { name: origin.source.into(), quality: origin.quality };
        Some(SlotIntensity { intensity, source })
    }
}

/// The mean intensity over a slot, if the series covers all of it.
fn mean(series: &Series, slot: Interval) -> Option<Intensity> {
    let first = series.at(slot.start());
    if first.interval.end() >= slot.end() {
        return first.intensity; // exact to the last bit
    }
    let mut sum = 0.0;
    for segment in series.segments(slot) {
        let grams = segment.intensity?.as_grams_per_kilowatt_hour();
        sum += grams * segment.interval.length().as_seconds();
    }
    Intensity::from_grams_per_kilowatt_hour(sum / slot.length().as_seconds()).ok()
}

/// The smallest interval that contains all slots of a period whose intensity differs between two series. A slot
/// that only one of them covers does not count.
pub(super) fn changed_interval(old: &Series, new: &Series, period: Interval) -> Option<Interval> {
    let mut changed: Option<Interval> = None;
    let mut start: Timestamp = period.start().floor_to(SLOT);
    while start < period.end() {
        let slot = Interval::new(start, start + SLOT);
        if let (Some(was), Some(is)) = (mean(old, slot), mean(new, slot))
            && was != is
        {
            changed = Some(changed.map_or(slot, |changed| changed.hull(slot)));
        }
        start = slot.end();
    }
    changed
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use gpu_carbon_core::{Quality, Span};

    use super::*;
    use crate::intensity::Intensities;

    #[test]
    fn a_slot_has_the_mean_intensity_of_its_minutes() {
        let at = |minutes: i64| Timestamp::from_unix_seconds(minutes * 60);
        let grams = [100.0, 200.0, 200.0, 200.0, 300.0, 7.0];
        let points = grams.iter().zip(0..).map(|(&grams, minute)| {
            (at(minute), Intensity::from_grams_per_kilowatt_hour(grams).unwrap())
        });
        let series = Series::with_step(points.collect(), Span::from_seconds(60)).unwrap();
        let (signal, quality) = (Signal::Average, Quality::Estimated);
        let intensities = Intensities::uniform(Some(Arc::new(series)), signal, "x", quality, true);
        let grid = Grid::new("Z", intensities, [].into());
        let of = |from, to| GridIntensities(&grid).slot_intensity(Interval::new(at(from), at(to)));
        assert_eq!(of(0, 5).unwrap().intensity.as_grams_per_kilowatt_hour(), 200.0);
        assert_eq!(of(5, 10), None, "a gap");
        assert_eq!(of(-5, 0), None);
    }
}
