//! What a ledger adds up to: by GPU, by stretches of time, and in total; and how its totals grew.

mod history;
mod tally;

use std::collections::BTreeMap;

use gpu_carbon_core::{Interval, Timestamp};

use crate::reader::{ReadError, Reader, Stay, Use};
pub use history::{Growth, History};
pub use tally::{Priced, Tally};

/// What each GPU used in each of several periods that follow one another.
///
/// A row of the ledger that a bound of a period cuts is shared out evenly over its time. Whatever is added up
/// of it, nothing is counted twice, and nothing is left out.
#[derive(Debug, Clone)]
pub struct Report {
    bounds: Vec<Timestamp>,
    /// By period, and then by GPU.
    cells: BTreeMap<usize, Vec<Tally>>,
}

impl Report {
    /// Of the periods between moments that follow one another: a period less than there are moments.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn of(reader: &Reader, bounds: Vec<Timestamp>) -> Result<Report, ReadError> {
        let mut report = Report::between(bounds);
        let whole = report.whole();
        reader.uses(whole, |one| report.add_use(&one))?;
        reader.stays(whole, |one| report.add_stay(&one))?;
        Ok(report)
    }

    /// Of nothing yet.
    #[must_use]
    pub fn between(bounds: Vec<Timestamp>) -> Report {
        debug_assert!(bounds.is_sorted(), "periods follow one another");
        Report { bounds, cells: BTreeMap::new() }
    }

    /// Adds what was used.
    pub fn add_use(&mut self, one: &Use) {
        self.spread(one.gpu, one.interval, |tally, share| tally.add_use(one, share));
    }

    /// Adds presence.
    pub fn add_stay(&mut self, one: &Stay) {
        self.spread(one.gpu, one.interval, |tally, share| tally.add_stay(one, share));
    }

    /// All of it.
    #[must_use]
    pub fn total(&self) -> Tally {
        self.cells.values().flatten().cloned().fold(Tally::default(), Tally::with)
    }

    /// What each GPU used that used something or was there: by its place among [`Reader::gpus`].
    #[must_use]
    pub fn by_gpu(&self) -> Vec<(usize, Tally)> {
        let mut gpus: Vec<Tally> = Vec::new();
        for of_period in self.cells.values() {
            gpus.resize(gpus.len().max(of_period.len()), Tally::default());
            for (sum, tally) in gpus.iter_mut().zip(of_period) {
                *sum = std::mem::take(sum).with(tally.clone());
            }
        }
        gpus.into_iter().enumerate().filter(|(_, tally)| *tally != Tally::default()).collect()
    }

    /// What all GPUs used in each period in which one used something or was there.
    #[must_use]
    pub fn by_period(&self) -> Vec<(Interval, Tally)> {
        let of = |(&place, of_period): (&usize, &Vec<Tally>)| {
            let sum = of_period.iter().cloned().fold(Tally::default(), Tally::with);
            Some((self.period(place)?, sum))
        };
        self.cells.iter().filter_map(of).collect()
    }

    fn whole(&self) -> Interval {
        let first = self.bounds.first().copied().unwrap_or(Timestamp::EPOCH);
        Interval::new(first, self.bounds.last().copied().unwrap_or(first))
    }

    fn period(&self, place: usize) -> Option<Interval> {
        Some(Interval::new(*self.bounds.get(place)?, *self.bounds.get(place + 1)?))
    }

    /// Gives each period its share of an interval.
    fn spread(&mut self, gpu: usize, interval: Interval, add: impl Fn(&mut Tally, f64)) {
        let after = self.bounds.partition_point(|&bound| bound <= interval.start());
        for place in after.saturating_sub(1).. {
            let Some(period) = self.period(place).filter(|it| it.start() < interval.end()) else {
                break;
            };
            let common = Interval::new(
                period.start().max(interval.start()),
                period.end().min(interval.end()),
            );
            if common.length() == gpu_carbon_core::Span::ZERO {
                continue;
            }
            let of_period = self.cells.entry(place).or_default();
            of_period.resize(of_period.len().max(gpu + 1), Tally::default());
            if let Some(tally) = of_period.get_mut(gpu) {
                let whole = common == interval;
                let share = common.length().as_seconds() / interval.length().as_seconds();
                add(tally, if whole { 1.0 } else { share });
            }
        }
    }
}
