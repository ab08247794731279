//! The usual departures of a past from its usual day, which follow from one slot to the next.

use alloc::vec::Vec;

use super::error_chain::Levels;
use super::history::{DAYS, FORTNIGHT, History, departures};
use super::policy::SLOTS_PER_DAY;

/// The departures of a fortnight, in order of size. From one slot to the next only those of one time of day change, so
/// they need not be sorted again.
#[derive(Debug, Clone, Default)]
pub(super) struct RecentDepartures {
    /// The past that they are of: a slot and the fortnight before it.
    past: Vec<f64>,
    sorted: Vec<f64>,
}

impl RecentDepartures {
    /// The departures of a past as [`History::typical_departures`].
    pub(super) fn typical(&mut self, past: &[f64]) -> Levels {
        let recent = past.get(past.len().saturating_sub(FORTNIGHT + 1)..).unwrap_or(past);
        let history = History::of_last(recent, 1);
        if !self.follow(recent) {
            self.sorted = history.sorted_departures();
            self.past.clear();
            self.past.extend_from_slice(recent);
        }
        history.typical_departures(&self.sorted)
    }

    /// Goes one slot on; `false` if this past is not the one that follows.
    fn follow(&mut self, recent: &[f64]) -> bool {
        let whole = FORTNIGHT + 1;
        let (Some(known), Some(before)) = (recent.get(..FORTNIGHT), self.past.get(1..)) else {
            return false;
        };
        if self.past.len() != whole || recent.len() != whole || known != before {
            return false;
        }
        // The slot that was the present one is now a day of its own time of day, and the oldest day of it is gone.
        let same_time = |past: &[f64], first: usize| -> Vec<f64> {
            past.iter().skip(first).step_by(SLOTS_PER_DAY).take(DAYS).copied().rev().collect()
        };
        let (gone, come) = (same_time(&self.past, 0), same_time(recent, SLOTS_PER_DAY - 1));
        for (gone, come) in departures(&gone).zip(departures(&come)) {
            if !replace(&mut self.sorted, gone, come) {
                return false;
            }
        }
        self.past.clear();
        self.past.extend_from_slice(recent);
        true
    }
}

/// Replaces a number by another, and keeps the order; `false` if the first is not among the numbers.
fn replace(sorted: &mut [f64], gone: f64, come: f64) -> bool {
    let Ok(from) = sorted.binary_search_by(|number| number.total_cmp(&gone)) else { return false };
    let to = sorted.partition_point(|number| number.total_cmp(&come).is_lt());
    // Without the one that is gone, those between move up by a place.
    let to = if to > from { to - 1 } else { to };
    if from < to {
        sorted.copy_within(from + 1..=to, from);
    } else {
        sorted.copy_within(to..from, to + 1);
    }
    if let Some(place) = sorted.get_mut(to) {
        *place = come;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::online::tests::wavering;

    #[test]
    fn departures_that_follow_are_those_that_are_sorted_again() {
        let mut values = wavering(0.99, 17);
        values.iter_mut().step_by(7).for_each(|value| *value = 300.0);
        let mut kept = RecentDepartures::default();
        // Two series in turn, and a step that leaves slots out, are noticed.
        let other: Vec<f64> = values.iter().map(|value| value + 1.0).collect();
        let times = (10..5000).step_by(997).chain(4000..4600).chain(4700..4710);
        for (turn, until) in times.enumerate() {
            let past = if turn % 100 == 99 { &other } else { &values };
            let past = past.get(..until).unwrap_or(past);
            let expected = RecentDepartures::default().typical(past);
            assert_eq!(kept.typical(past), expected, "{until}");
        }
    }

    #[test]
    fn only_known_numbers_are_replaced() {
        let sorted = [-3.0_f64, -1.0, -0.0, 0.0, 1.0, 1.0, 4.0];
        for gone in sorted {
            for come in [-9.0_f64, -1.0, -0.0, 0.0, 0.5, 1.0, 4.0, 5.0] {
                let mut expected = sorted.to_vec();
                let at = expected.iter().position(|it| it.total_cmp(&gone).is_eq()).unwrap();
                expected[at] = come;
                expected.sort_unstable_by(f64::total_cmp);
                let mut found = sorted;
                assert!(replace(&mut found, gone, come));
                assert!(found.iter().zip(&expected).all(|(a, b)| a.total_cmp(b).is_eq()));
            }
        }
        assert!(!replace(&mut [1.0, 3.0], 2.0, 5.0));
    }
}
