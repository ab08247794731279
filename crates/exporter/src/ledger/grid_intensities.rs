//! The grid's intensity by slots of the ledger.

use gpu_carbon_core::{Intensity, Interval, SLOT, Series, Signal, Timestamp};
use gpu_carbon_ledger::{IntensitySource, SlotIntensities, SlotIntensity};

use crate::intensity::Grid;

/// The grid's intensity as the ledger queries it.
#[derive(Debug)]
pub struct GridIntensities<'a>(pub &'a Grid);

impl SlotIntensities for GridIntensities<'_> {
    fn zone(&self) -> &str {
        &self.0.zone
    }

    fn signal(&self) -> Signal {
        self.0.intensities.signal
    }

    fn slot_intensity(&self, part: Interval) -> Option<SlotIntensity> {
        let intensities = &self.0.intensities;
        let Mean { intensity, is_uniform } = mean(intensities.converting.as_deref()?, part)?;
        let origin = intensities.origin(part.start())?;
        let source = IntensitySource {
            name: origin.source.into(),
            quality: origin.quality,
            scope: intensities.scope_of(origin.source),
        };
        Some(SlotIntensity { intensity, is_uniform, source })
    }
}

/// The mean intensity over a part of a slot.
struct Mean {
    intensity: Intensity,
    /// True if one value holds all the time.
    is_uniform: bool,
}

/// The mean intensity over a part of a slot, if the series covers all of it.
fn mean(series: &Series, part: Interval) -> Option<Mean> {
    let first = series.at(part.start());
    if first.interval.end() >= part.end() {
        let intensity = first.intensity?; // exact to the last bit
        return Some(Mean { intensity, is_uniform: true });
    }
    let mut sum = 0.0;
    for segment in series.segments(part) {
        let grams = segment.intensity?.as_grams_per_kilowatt_hour();
        sum += grams * segment.interval.length().as_seconds();
    }
    let mean = sum / part.length().as_seconds();
    let intensity = Intensity::from_grams_per_kilowatt_hour(mean).ok()?;
    Some(Mean { intensity, is_uniform: false })
}

/// The smallest interval that contains all slots of a period in which a value differs between two series. A time that
/// only one of them covers does not count, and neither does one after the period.
pub(super) fn changed_interval(old: &Series, new: &Series, period: Interval) -> Option<Interval> {
    let mut changed: Option<Interval> = None;
    let mut start: Timestamp = period.start().floor_to(SLOT);
    while start < period.end() {
        let slot = Interval::new(start, start + SLOT);
        let part = Interval::new(start, slot.end().min(period.end()));
        if differ(old, new, part) {
            changed = Some(changed.map_or(slot, |changed| changed.hull(slot)));
        }
        start = slot.end();
    }
    changed
}

/// Reports whether two series have different values at a time that both cover.
fn differ(old: &Series, new: &Series, part: Interval) -> bool {
    old.segments(part).any(|was| {
        let values = new.segments(was.interval);
        values.filter_map(|is| is.intensity).any(|is| was.intensity.is_some_and(|was| was != is))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use gpu_carbon_core::{Quality, Scope, Span};

    use super::*;
    use crate::intensity::Intensities;

    /// A service has a scope of its own; a file has the one that it or the configuration states.
    #[test]
    fn the_ledger_gets_the_scope_of_each_source() {
        let constant = Intensity::from_grams_per_kilowatt_hour(100.0).unwrap();
        let scope = |source, stated| {
            let series = Some(Arc::new(Series::constant(constant)));
            let quality = Quality::Measured;
            let uniform = Intensities::uniform(series, Signal::Average, source, quality, true);
            let intensities = Intensities { scope: stated, ..uniform };
            let grid = Grid::new("Z", intensities, [].into());
            let part = Interval::new(Timestamp::EPOCH, Timestamp::EPOCH + SLOT);
            GridIntensities(&grid).slot_intensity(part).unwrap().source.scope
        };
        assert_eq!(scope("gb", None), Some(Scope::Co2Direct));
        assert_eq!(scope("electricity_maps", None), Some(Scope::Co2eLifecycle));
        assert_eq!(scope("file", Some(Scope::Co2Direct)), Some(Scope::Co2Direct));
        assert_eq!(scope("file", None), None);
    }

    #[test]
    fn a_part_of_a_slot_has_the_mean_intensity_of_its_minutes() {
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
        assert_eq!(of(0, 2).unwrap().intensity.as_grams_per_kilowatt_hour(), 150.0);
        assert!(!of(0, 2).unwrap().is_uniform && of(1, 2).unwrap().is_uniform);
        assert_eq!(of(5, 10), None, "a gap");
        assert_eq!(of(-5, 0), None);
    }
}
