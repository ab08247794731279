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
        if !self.follow(recent) {
            self.sorted = History::of(recent).sorted_departures();
            self.past.clear();
            self.past.extend_from_slice(recent);
        }
        History::of(recent).typical_departures(&self.sorted)
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
        let in_order = |past: &[f64], first: usize| {
            let mut departures: Vec<f64> = departures(&same_time(past, first)).collect();
            departures.sort_unstable_by(f64::total_cmp);
            departures
        };
        let gone = in_order(&self.past, 0);
        let come = in_order(recent, SLOTS_PER_DAY - 1);
        let Some(merged) = replaced(&self.sorted, &gone, &come) else { return false };
        self.sorted = merged;
        self.past.clear();
        self.past.extend_from_slice(recent);
        true
    }
}

/// The numbers in order, without some of them and with others; `None` if one of the first is not among them.
fn replaced(sorted: &[f64], gone: &[f64], come: &[f64]) -> Option<Vec<f64>> {
    let mut merged = Vec::with_capacity(sorted.len());
    let (mut gone, mut come) = (gone.iter().peekable(), come.iter().peekable());
    for number in sorted {
        if gone.next_if(|gone| gone.total_cmp(number).is_eq()).is_some() {
            continue;
        }
        while let Some(next) = come.next_if(|next| next.total_cmp(number).is_lt()) {
            merged.push(*next);
        }
        merged.push(*number);
    }
    merged.extend(come);
    gone.next().is_none().then_some(merged)
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
        let sorted = [-3.0, -1.0, -0.0, 0.0, 1.0, 1.0, 4.0];
        let found = replaced(&sorted, &[-0.0, 1.0], &[-9.0, 0.5, 5.0]).unwrap();
        assert_eq!(found, [-9.0, -3.0, -1.0, 0.0, 0.5, 1.0, 4.0, 5.0]);
        assert_eq!(replaced(&sorted, &[2.0], &[]), None);
    }
}
