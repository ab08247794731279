//! A year of one series as a ring of five-minute slots.

use alloc::vec::Vec;

use crate::evaluate::error::{EvaluateError, MAX_SLOTS};
use crate::exposure::{CoverageError, Exposure, Exposures};
use crate::series::Series;
use crate::time::{Interval, SLOT, Span, Timestamp};

/// A year, or any other time, of one series in slots of five minutes. Its last slot is followed by its first one, so
/// that a window may run past its end.
///
/// Positions continue after the last slot: the ring is passed twice, and position `slots()` is slot 0.
#[derive(Debug, Clone)]
pub struct Year {
    interval: Interval,
    /// The exposure from the first slot to each slot, and to the end.
    before: Vec<Exposure>,
    /// The place of each position of two rounds among them all, by exposure; of equals, by time.
    ranks: Vec<u32>,
    /// The position of each rank.
    positions: Vec<u32>,
    /// The length of the gaps up to each slot, and to the end; empty if there is no gap.
    gaps: Vec<Span>,
}

impl Year {
    /// The most slots that a year may have: almost ten calendar years.
    pub const MAX_SLOTS: usize = MAX_SLOTS;

    /// The year of an interval, from a series of any step: a slot has the mean intensity of its five minutes. The
    /// interval says which year it is, because this crate has no calendar.
    ///
    /// # Errors
    ///
    /// When the interval is no whole number of slots, or the series has a gap in it.
    pub fn of(series: &Series, interval: Interval) -> Result<Year, EvaluateError> {
        let exposures = Exposures::of(series);
        let year = Year::with_gaps(&exposures, interval)?;
        exposures.over(interval)?;
        Ok(year)
    }

    /// The year of a series that may have gaps. Outcomes of a time that is not [covered](Year::covers) are
    /// meaningless.
    ///
    /// # Errors
    ///
    /// When the interval is no whole number of slots, or the series does not reach as far.
    pub fn with_gaps(exposures: &Exposures<'_>, interval: Interval) -> Result<Year, EvaluateError> {
        let (length, step) = (interval.length().as_micros(), SLOT.as_micros());
        let slots = usize::try_from(length / step).unwrap_or(usize::MAX);
        if length % step != 0 || slots == 0 || slots > Year::MAX_SLOTS {
            return Err(EvaluateError::Length(interval));
        }
        let covered = exposures.series().extent();
        if interval.start() < covered.start() || interval.end() > covered.end() {
            return Err(CoverageError::Outside { covered }.into());
        }
        let start = exposures.until(interval.start());
        let (before, mut gaps): (Vec<Exposure>, Vec<Span>) = (0..=length / step)
            .map(|slot| exposures.until(interval.start() + Span::from_micros(slot * step)))
            .map(|sum| (sum.exposure - start.exposure, sum.gaps.saturating_sub(start.gaps)))
            .unzip();
        if gaps.last() == Some(&Span::ZERO) {
            gaps = Vec::new();
        }
        let (ranks, positions) = ranked(&before);
        Ok(Year { interval, before, ranks, positions, gaps })
    }

    /// Reports whether there is no gap in a number of slots from a position of the first round on; they may run into
    /// the second round.
    #[must_use]
    pub fn covers(&self, position: usize, slots: usize) -> bool {
        let until = |position: usize| match self.gaps.get(position) {
            Some(&gap) => gap,
            None => {
                let again = self.gaps.get(position.saturating_sub(self.slots()));
                let round = self.gaps.last().copied().unwrap_or_default();
                round + again.copied().unwrap_or(round)
            }
        };
        self.gaps.is_empty() || until(position) == until(position + slots)
    }

    /// The interval of the year.
    #[must_use]
    pub fn interval(&self) -> Interval {
        self.interval
    }

    /// The number of slots.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.before.len().saturating_sub(1)
    }

    /// The slot at a time; `None` if the time is not within the year.
    #[must_use]
    pub fn slot_at(&self, time: Timestamp) -> Option<usize> {
        let is_within = self.interval.start() <= time && time < self.interval.end();
        let since = time.duration_since(self.interval.start()).as_micros();
        usize::try_from(since / SLOT.as_micros()).ok().filter(|_| is_within)
    }

    /// The start of a slot; that of a later round is that of the first.
    #[must_use]
    pub fn time_of(&self, slot: usize) -> Timestamp {
        let slot = u64::try_from(slot % self.slots().max(1)).unwrap_or(0);
        self.interval.start() + Span::from_micros(slot.saturating_mul(SLOT.as_micros()))
    }

    /// The exposure over a number of slots from a position of the first two rounds on. Two rounds of the longest year
    /// are below 2^120 of its units.
    pub(super) fn over(&self, position: usize, slots: usize) -> Exposure {
        self.until(position + slots).after(self.until(position))
    }

    /// The rank of a position of two rounds.
    pub(super) fn rank(&self, position: usize) -> u32 {
        self.ranks.get(position).copied().unwrap_or(u32::MAX)
    }

    /// The position of a rank.
    pub(super) fn position(&self, rank: u32) -> usize {
        self.positions.get(rank as usize).map_or(usize::MAX, |&position| position as usize)
    }

    fn until(&self, position: usize) -> Exposure {
        match self.before.get(position) {
            Some(&before) => before,
            None => {
                let again = self.before.get(position.saturating_sub(self.slots()));
                let round = self.before.last().copied().unwrap_or_default();
                round.with(again.copied().unwrap_or(round))
            }
        }
    }
}

/// The ranks of the positions of two rounds, and the positions of the ranks.
fn ranked(before: &[Exposure]) -> (Vec<u32>, Vec<u32>) {
    let exposures: Vec<Exposure> =
        before.iter().zip(before.iter().skip(1)).map(|(&from, &to)| to - from).collect();
    let exposure = |slot: &u32| exposures.get(*slot as usize);
    let slots = u32::try_from(exposures.len()).unwrap_or(u32::MAX);
    let mut sorted: Vec<u32> = (0..slots).collect();
    sorted.sort_by_key(exposure); // of equals, the earliest stays first
    let mut positions = Vec::with_capacity(exposures.len() * 2);
    for equal in sorted.chunk_by(|a, b| exposure(a) == exposure(b)) {
        positions.extend_from_slice(equal);
        positions.extend(equal.iter().map(|&slot| slot + slots));
    }
    let mut ranks = alloc::vec![0; positions.len()];
    for (rank, &position) in (0..).zip(&positions) {
        if let Some(place) = ranks.get_mut(position as usize) {
            *place = rank;
        }
    }
    (ranks, positions)
}
