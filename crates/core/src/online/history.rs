//! The usual day of a past, and the departures from it.

use alloc::vec::Vec;

use super::policy::SLOTS_PER_DAY;

/// The days whose mean is the usual day.
pub(super) const DAYS: usize = 14;

/// The slots of the fourteen days.
pub(super) const FORTNIGHT: usize = DAYS * SLOTS_PER_DAY;

/// The departures of PG&E's 2019 (SGIP) from its usual day, over a fortnight, as shares of its mean: the mean of the
/// lowest sixteenth of them, of the next four, of the six in the middle, of four, and of the highest one.
const SHARES: [f64; 5] = [-0.53, -0.26, -0.05, 0.24, 0.89];

/// A past, with its running sums.
#[derive(Debug)]
pub(super) struct History<'a> {
    values: &'a [f64],
    /// The sums of the first 0, 1, 2, ... values; none if no slot of interest lacks a part of its fortnight.
    sums: Vec<f64>,
}

impl<'a> History<'a> {
    /// All of a past.
    pub(super) fn of(values: &'a [f64]) -> History<'a> {
        let mut sum = 0.0;
        let mut sums = Vec::with_capacity(values.len() + 1);
        sums.push(sum);
        sums.extend(values.iter().map(|value| {
            sum += value;
            sum
        }));
        History { values, sums }
    }

    /// The last slots of a past, for which alone it is asked, and the fortnight before them.
    pub(super) fn of_last(past: &'a [f64], slots: usize) -> History<'a> {
        match past.len().checked_sub(slots + FORTNIGHT) {
            Some(from) => History { values: past.get(from..).unwrap_or(past), sums: Vec::new() },
            None => History::of(past),
        }
    }

    /// The number of known slots.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The value of a slot, by its index.
    pub(super) fn value(&self, slot: usize) -> Option<f64> {
        self.values.get(slot).copied()
    }

    /// The usual intensity at the time of day of the slot `ahead` of `slot`, known at `slot`: the mean of fourteen
    /// days. Days before the first known one count as the mean of all known values of the fortnight.
    pub(super) fn usual(&self, slot: usize, ahead: usize) -> f64 {
        let known = self.same_time(slot, ahead);
        let (sum, days) = known.fold((0.0, 0), |(sum, days), value| (sum + value, days + 1));
        let missing = (DAYS - days) as f64;
        let filled = if days < DAYS { missing * self.mean(slot) } else { 0.0 };
        (sum + filled) / DAYS as f64
    }

    /// The usual intensity of every slot, known a slot before: as [`usual`](History::usual), with no slots ahead.
    pub(super) fn usual_of_all(&self) -> Vec<f64> {
        let lacking = self.len().min(FORTNIGHT);
        let mut usual: Vec<f64> = (0..lacking).map(|slot| self.usual(slot, 0)).collect();
        // The sums of the same time of day, day by day from the latest on, of all other slots at once.
        let mut sums = alloc::vec![0.0; self.len() - lacking];
        for day in 1..=DAYS {
            let earlier = self.values.get((DAYS - day) * SLOTS_PER_DAY..).unwrap_or(&[]);
            sums.iter_mut().zip(earlier).for_each(|(sum, value)| *sum += value);
        }
        usual.extend(sums.iter().map(|sum| sum / DAYS as f64));
        usual
    }

    /// The value of the latest day at that time of day.
    pub(super) fn latest(&self, slot: usize, ahead: usize) -> Option<f64> {
        self.same_time(slot, ahead).next()
    }

    /// The departure of a slot from the usual intensity of its time.
    pub(super) fn departure(&self, slot: usize) -> Option<f64> {
        Some(self.value(slot)? - self.usual(slot, 0))
    }

    /// The departures of the last fortnight from its usual day, in order of size.
    pub(super) fn sorted_departures(&self) -> Vec<f64> {
        let Some(present) = self.len().checked_sub(1) else { return Vec::new() };
        let mut all = Vec::with_capacity(FORTNIGHT);
        for ahead in 0..SLOTS_PER_DAY {
            let values: Vec<f64> = self.same_time(present, ahead).collect();
            all.extend(departures(&values));
        }
        all.sort_unstable_by(f64::total_cmp);
        all
    }

    /// The departures of the last fortnight, which are given in order of size, in five parts as [`SHARES`]. While less
    /// than a fortnight is known, [`SHARES`] count for one of the days, because a mean of few days departs little from
    /// them.
    pub(super) fn typical_departures(&self, departures: &[f64]) -> [f64; 5] {
        let Some(present) = self.len().checked_sub(1) else { return [0.0; 5] };
        let days = departures.len() as f64 / SLOTS_PER_DAY as f64;
        let at = |sixteenths: usize| departures.len() * sixteenths / 16;
        let mut parts = [(0, 1), (1, 5), (5, 11), (11, 15), (15, 16)].map(|(from, to)| {
            mean(departures.get(at(from)..at(to)).unwrap_or(&[]).iter().copied())
        });
        if departures.len() < FORTNIGHT {
            let (prior, level) = (1.0 / days.max(1.0), self.mean(present));
            for (part, share) in parts.iter_mut().zip(SHARES) {
                *part += prior * (share * level - *part);
            }
        }
        parts
    }

    /// The values at the time of day of the slot `ahead` of `slot` that are known at `slot`, the latest first.
    fn same_time(&self, slot: usize, ahead: usize) -> impl Iterator<Item = f64> {
        let first = ahead.div_ceil(SLOTS_PER_DAY).max(1);
        (first..first + DAYS)
            .map_while(move |day| self.value((slot + ahead).checked_sub(day * SLOTS_PER_DAY)?))
    }

    /// The mean of the fortnight up to a slot, that slot included.
    fn mean(&self, slot: usize) -> f64 {
        let until = (slot + 1).min(self.len());
        let from = until.saturating_sub(FORTNIGHT);
        let sum = |first: usize| self.sums.get(first).copied().unwrap_or(0.0);
        (sum(until) - sum(from)) / (until - from).max(1) as f64
    }
}

/// The departures of the values of one time of day from their mean.
pub(super) fn departures(values: &[f64]) -> impl Iterator<Item = f64> {
    let usual = mean(values.iter().copied());
    values.iter().map(move |value| value - usual)
}

pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    sum / count.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn typical(past: &[f64]) -> [f64; 5] {
        let history = History::of(past);
        history.typical_departures(&history.sorted_departures())
    }

    #[test]
    fn an_empty_history_has_no_usual_day() {
        let history = History::of(&[]);
        assert_eq!((history.usual(0, 5), history.departure(0)), (0.0, None));
        assert_eq!(typical(&[]), [0.0; 5]);
    }

    #[test]
    fn a_short_history_has_the_departures_of_another_series() {
        let few = alloc::vec![200.0; 100];
        let found = typical(&few);
        assert!(
            found.iter().zip(SHARES).all(|(found, share)| (found - 200.0 * share).abs() < 1e-9)
        );
        let flat = alloc::vec![200.0; FORTNIGHT + 1];
        assert_eq!(typical(&flat), [0.0; 5], "a fortnight suffices");
        let half = typical(&flat[..=FORTNIGHT / 2]);
        assert!(
            half.iter().zip(SHARES).all(|(half, share)| (half - 200.0 * share / 7.0).abs() < 1e-9)
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// The usual intensity is that of fourteen days, the missing ones filled by the mean of the known ones, and no
        /// value after the slot matters.
        #[test]
        fn the_usual_is_the_mean_of_a_filled_fortnight(
            values in prop::collection::vec(0.0..500.0_f64, 1..6000), at in 0.0..1.0_f64, ahead in 0_usize..700,
        ) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
            let slot = (at * values.len() as f64) as usize;
            let known = &values[..=slot];
            let recent = &known[known.len().saturating_sub(FORTNIGHT)..];
            let filled = recent.iter().sum::<f64>() / recent.len() as f64;
            let first = ahead.div_ceil(SLOTS_PER_DAY).max(1);
            let mut sum = 0.0;
            for day in first..first + DAYS {
                let index = (slot + ahead).checked_sub(day * SLOTS_PER_DAY);
                sum += index.map_or(filled, |index| values[index]);
            }
            let history = History::of(&values);
            let found = history.usual(slot, ahead);
            prop_assert!((found - sum / 14.0).abs() < 1e-9, "{}, {}", found, sum / 14.0);
            prop_assert_eq!(history.usual_of_all()[slot], history.usual(slot, 0));
        }
    }
}
