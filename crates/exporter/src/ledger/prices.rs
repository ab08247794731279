//! The grid's intensity as the ledger asks for it: slot by slot.

use std::sync::Arc;

use gpu_carbon_core::{Intensity, Interval, SLOT, Series, Signal, Timestamp};
use gpu_carbon_ledger::{IntensitySource, SlotIntensities, SlotIntensity};

use crate::intensity::Grid;

/// What the grid's energy is priced by.
#[derive(Debug)]
pub(super) struct GridPrices<'a>(pub(super) &'a Grid);

impl SlotIntensities for GridPrices<'_> {
    fn zone(&self) -> &str {
        &self.0.zone
    }

    fn signal(&self) -> Signal {
        self.0.intensities.signal
    }

    fn slot_intensity(&self, slot: Interval) -> Option<SlotIntensity> {
        let intensities = &self.0.intensities;
        let intensity = mean(intensities.prices.as_deref()?, slot)?;
        let origin = intensities.origin(slot.start())?;
        let source = IntensitySource { name: origin.source.into(), quality: origin.quality };
        Some(SlotIntensity { intensity, source })
    }
}

/// The mean over a slot, where the series covers all of it.
fn mean(series: &Series, slot: Interval) -> Option<Intensity> {
    let first = series.at(slot.start());
    if first.interval.end() >= slot.end() {
        return first.intensity; // to the bit
    }
    let mut sum = 0.0;
    for segment in series.segments(slot) {
        let grams = segment.intensity?.as_grams_per_kilowatt_hour();
        sum += grams * segment.interval.length().as_seconds();
    }
    Intensity::from_grams_per_kilowatt_hour(sum / slot.length().as_seconds()).ok()
}

/// The time within which the slots of a period lie whose price is another by now. Nothing of a slot that had
/// no price before, or has none now.
pub(super) fn changed(old: &Series, new: &Series, period: Interval) -> Option<Interval> {
    let mut hull: Option<(Timestamp, Timestamp)> = None;
    let mut start = period.start().floor_to(SLOT);
    while start < period.end() {
        let slot = Interval::new(start, start + SLOT);
        if let (Some(was), Some(is)) = (mean(old, slot), mean(new, slot))
            && was != is
        {
            let (first, _) = hull.unwrap_or((slot.start(), slot.end()));
            hull = Some((first, slot.end()));
        }
        start = slot.end();
    }
    hull.map(|(first, end)| Interval::new(first, end))
}

/// What has to be looked at, of the energy in the ledger, when its prices are others by now.
#[derive(Debug, Default)]
pub struct Revisions {
    /// By which the ledger was priced last.
    known: Option<Arc<Series>>,
    /// What is still to be looked at.
    due: Option<Interval>,
}

impl Revisions {
    /// Takes the grid as it is known now. At first, all of the period may have another price: it may have
    /// been revised while nobody looked. A constant is nobody's revision. Whether the prices are others.
    pub fn take(&mut self, grid: &Grid, period: Interval) -> bool {
        let Some(prices) = grid.intensities.prices.as_ref().filter(|_| grid.intensities.timed)
        else {
            return false;
        };
        let changed = match &self.known {
            Some(known) if Arc::ptr_eq(known, prices) => return false,
            Some(known) => changed(known, prices, period),
            None => Some(period),
        };
        self.known = Some(Arc::clone(prices));
        changed.into_iter().for_each(|period| self.add(period));
        true
    }

    /// Whether something is due.
    #[must_use]
    pub const fn is_due(&self) -> bool {
        self.due.is_some()
    }

    /// What is due; it counts as done.
    pub const fn done(&mut self) -> Option<Interval> {
        self.due.take()
    }

    /// It was not done after all.
    pub fn failed(&mut self, period: Interval) {
        self.add(period);
    }

    fn add(&mut self, period: Interval) {
        self.due = Some(self.due.map_or(period, |due| due.hull(period)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intensity::Intensities;
    use gpu_carbon_core::{Quality, Span};

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_unix_seconds(minutes * 60)
    }

    fn series(step: u64, points: &[(i64, f64)]) -> Arc<Series> {
        let points = points.iter().map(|&(minutes, grams)| {
            (at(minutes), Intensity::from_grams_per_kilowatt_hour(grams).unwrap())
        });
        Arc::new(Series::with_step(points.collect(), Span::from_seconds(step * 60)).unwrap())
    }

    fn grid(series: &Arc<Series>, timed: bool) -> Grid {
        let series = Some(Arc::clone(series));
        let (signal, quality) = (Signal::Average, Quality::Estimated);
        Grid::new("Z", Intensities::uniform(series, signal, "x", quality, timed), [].into())
    }

    #[test]
    fn a_slot_has_the_mean_of_what_held_in_it() {
        let minutes =
            series(1, &[(0, 100.0), (1, 200.0), (2, 200.0), (3, 200.0), (4, 300.0), (5, 7.0)]);
        let grid = grid(&minutes, true);
        let of = |from, to| GridPrices(&grid).slot_intensity(Interval::new(at(from), at(to)));
        assert_eq!(of(0, 5).unwrap().intensity.as_grams_per_kilowatt_hour(), 200.0);
        assert_eq!(of(5, 10), None, "a gap");
        assert_eq!(of(-5, 0), None);
    }

    #[test]
    fn only_what_had_a_price_and_has_another_was_revised() {
        let old = series(30, &[(0, 100.0), (30, 200.0), (90, 400.0)]);
        let new = series(30, &[(0, 100.0), (30, 250.0), (60, 300.0), (90, 400.0)]);
        let hours = Interval::new(at(-60), at(200));
        let mut revisions = Revisions::default();
        revisions.take(&grid(&old, true), hours);
        assert_eq!(revisions.done(), Some(hours), "all, at first");
        revisions.take(&grid(&old, true), hours);
        assert!(!revisions.is_due());
        revisions.take(&grid(&new, true), hours);
        assert_eq!(revisions.done(), Some(Interval::new(at(30), at(60))));
        revisions.failed(Interval::new(at(30), at(60)));
        revisions.take(&grid(&series(30, &[(90, 4.0)]), true), hours);
        assert_eq!(revisions.done(), Some(Interval::new(at(30), at(120))));
        let mut constant = Revisions::default();
        constant.take(&grid(&old, false), hours);
        assert!(!constant.is_due());
    }
}
