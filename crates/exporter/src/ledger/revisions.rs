//! The queue of revisions: the energy in the ledger whose intensities have changed.

use std::sync::Arc;

use gpu_carbon_core::{Interval, Series};

use super::grid_intensities::changed_interval;
use crate::intensity::Grid;

/// The time whose energy in the ledger has to be restated.
#[derive(Debug, Default)]
pub struct Revisions {
    /// The intensities by which the ledger's energy was converted or restated last.
    known: Option<Arc<Series>>,
    /// The time that is still to be restated.
    due: Option<Interval>,
}

impl Revisions {
    /// Takes the present intensities.
    ///
    /// The first call makes all of the period due, since the intensities may have been revised while the exporter
    /// did not run. A constant is never revised.
    pub fn update(&mut self, grid: &Grid, period: Interval) {
        let Some(series) =
            grid.intensities.converting.as_ref().filter(|_| grid.intensities.is_timed)
        else {
            return;
        };
        let changed = match &self.known {
            Some(known) if Arc::ptr_eq(known, series) => return,
            Some(known) => changed_interval(known, series, period),
            None => Some(period),
        };
        self.known = Some(Arc::clone(series));
        changed.into_iter().for_each(|period| self.add(period));
    }

    /// True if something is to be restated.
    #[must_use]
    pub const fn are_due(&self) -> bool {
        self.due.is_some()
    }

    /// Removes the time that is to be restated.
    pub const fn take(&mut self) -> Option<Interval> {
        self.due.take()
    }

    /// Adds a time that is to be restated.
    pub fn add(&mut self, period: Interval) {
        self.due = Some(self.due.map_or(period, |due| due.hull(period)));
    }
}

#[cfg(test)]
mod tests {
    use gpu_carbon_core::{Intensity, Quality, Signal, Span, Timestamp};

    use super::*;
    use crate::intensity::Intensities;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_unix_seconds(minutes * 60)
    }

    fn series(points: &[(i64, f64)]) -> Arc<Series> {
        let points = points.iter().map(|&(minutes, grams)| {
            (at(minutes), Intensity::from_grams_per_kilowatt_hour(grams).unwrap())
        });
        Arc::new(Series::with_step(points.collect(), Span::from_seconds(30 * 60)).unwrap())
    }

    fn grid(series: &Arc<Series>, timed: bool) -> Grid {
        let series = Some(Arc::clone(series));
        let (signal, quality) = (Signal::Average, Quality::Estimated);
        Grid::new("Z", Intensities::uniform(series, signal, "x", quality, timed), [].into())
    }

    #[test]
    fn only_an_intensity_that_was_known_and_changed_is_a_revision() {
        let old = series(&[(0, 100.0), (30, 200.0), (90, 400.0)]);
        let new = series(&[(0, 100.0), (30, 250.0), (60, 300.0), (90, 400.0)]);
        let hours = Interval::new(at(-60), at(200));
        let mut revisions = Revisions::default();
        revisions.update(&grid(&old, true), hours);
        assert_eq!(revisions.take(), Some(hours), "all, at first");
        revisions.update(&grid(&old, true), hours);
        assert!(!revisions.are_due());
        revisions.update(&grid(&new, true), hours);
        assert_eq!(revisions.take(), Some(Interval::new(at(30), at(60))));
        revisions.add(Interval::new(at(30), at(60)));
        revisions.update(&grid(&series(&[(90, 4.0)]), true), hours);
        assert_eq!(revisions.take(), Some(Interval::new(at(30), at(120))));
        let mut constant = Revisions::default();
        constant.update(&grid(&old, false), hours);
        assert!(!constant.are_due());
    }
}
