//! The double threshold of Lechowicz et al.: the best rule for a policy that knows only the bounds of the intensity.

use super::history::DAYS;
use super::policy::{Policy, SLOTS_PER_DAY, View};

/// The thresholds for the i-th slot of work: it runs at an intensity of at most [`starting`](Thresholds::starting) if
/// the job is paused, and at most [`staying`](Thresholds::staying) if it runs.
///
/// Lechowicz et al., "The Online Pause and Resume Problem", Proc. ACM Meas. Anal. Comput. Syst. 7 (3), 2023. The signs
/// are the paper's; the code that its authors released flips that of the 2 B / (k a) term.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    highest: f64,
    work: f64,
    change: f64,
    ratio: f64,
}

impl Thresholds {
    /// The thresholds for intensities from `lowest` to `highest`, a number of slots of work, and a cost for each change between
    /// running and paused, in the unit of the intensities. `None` unless 0 < `lowest` < `highest`, there is work, and
    /// the cost is at least zero and less than half of `highest` - `lowest`.
    #[must_use]
    pub fn new(lowest: f64, highest: f64, work: usize, change: f64) -> Option<Thresholds> {
        let range = highest - lowest;
        let sound = lowest > 0.0 && range > 0.0 && highest.is_finite() && work > 0;
        if !(sound && change >= 0.0 && change < range / 2.0) {
            return None;
        }
        let with = |ratio| Thresholds { highest, work: work as f64, change, ratio };
        // At a ratio of one the left side is larger, at a large ratio the right side.
        let left_is_larger = |ratio: f64| {
            let rule = with(ratio);
            let (k, b) = (rule.work, rule.change);
            let slope =
                highest * (1.0 - 1.0 / ratio) - (2.0 * b - 2.0 * b / k + 2.0 * b / (k * ratio));
            range - 2.0 * b > slope * rule.growth(work)
        };
        let (mut low, mut high) = (1.0, 2.0);
        while left_is_larger(high) && high < 1e12 {
            high *= 2.0;
        }
        for _ in 0..100 {
            let middle = f64::midpoint(low, high);
            *(if left_is_larger(middle) { &mut low } else { &mut high }) = middle;
        }
        Some(with(high))
    }

    /// The thresholds for the bounds of the last fourteen days of a past, and the cost of a resume as a share of the energy of a
    /// slot. Each of the two changes of state bears half of a resume, at the mean intensity. A lowest intensity under
    /// 1 g/kWh counts as 1, because the rule needs a ratio of the bounds. `None` if the past has no bounds.
    #[must_use]
    pub fn of_past(past: &[f64], work: usize, pause_cost: f64) -> Option<Thresholds> {
        let recent = past.get(past.len().saturating_sub(DAYS * SLOTS_PER_DAY)..)?;
        let (lowest, highest) = recent
            .iter()
            .fold((f64::MAX, 1.0_f64), |(low, high), &value| (low.min(value), high.max(value)));
        let mean = recent.iter().sum::<f64>() / recent.len().max(1) as f64;
        Thresholds::new(lowest.max(1.0), highest, work, pause_cost * mean / 2.0)
    }

    /// The competitive ratio: the rule never costs more than this multiple of the least possible.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.ratio
    }

    /// The highest intensity of the i-th slot if the job runs already; slots are counted from one.
    #[must_use]
    pub fn staying(&self, slot: usize) -> f64 {
        let (a, k, b) = (self.ratio, self.work, self.change);
        let growth = self.growth(slot.saturating_sub(1));
        self.highest * (1.0 - (1.0 - 1.0 / a) * growth)
            + 2.0 * b * (1.0 / (k * a) - 1.0 / k + 1.0) * growth
    }

    /// The highest intensity of the i-th slot if the job is paused; slots are counted from one.
    #[must_use]
    pub fn starting(&self, slot: usize) -> f64 {
        self.staying(slot) - 2.0 * self.change
    }

    /// The power `(1 + 1 / (k a))^exponent`, by squaring.
    fn growth(&self, mut exponent: usize) -> f64 {
        let (mut power, mut square) = (1.0, 1.0 + 1.0 / (self.work * self.ratio));
        while exponent > 0 {
            if exponent % 2 == 1 {
                power *= square;
            }
            square *= square;
            exponent /= 2;
        }
        power
    }
}

/// A policy that runs by [`Thresholds`]. It uses neither past nor forecast, so it saves little, but it has a
/// guarantee.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DoubleThreshold(pub Thresholds);

impl Policy for DoubleThreshold {
    fn runs(&mut self, view: &View<'_>) -> bool {
        let slot = view.work.saturating_sub(view.left) + 1;
        let most = if view.running { self.0.staying(slot) } else { self.0.starting(slot) };
        view.present() <= most
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::online::{PauseShares, SlotJob, Trace, simulate};
    use proptest::prelude::*;
    use std::vec::Vec;

    #[test]
    fn the_ratio_is_that_of_the_paper() {
        let rule = Thresholds::new(5.0, 30.0, 10, 3.0).unwrap();
        assert!((rule.ratio() - 2.676).abs() < 5e-4, "{}", rule.ratio());
        assert!((rule.ratio() - 2.498).abs() > 0.1);
    }

    #[test]
    fn the_thresholds_end_at_the_papers_boundary() {
        let rule = Thresholds::new(5.0, 30.0, 10, 3.0).unwrap();
        // u_1 = U / a + 2 B (1 / (k a) - 1 / k + 1), and u_(k+1) = L + 2 B: the paper's boundary.
        let (first, a) = (rule.staying(1), rule.ratio());
        assert!((first - (30.0 / a + 6.0 * (0.1 / a - 0.1 + 1.0))).abs() < 1e-9);
        assert!((rule.staying(11) - 11.0).abs() < 1e-6, "{}", rule.staying(11));
        assert!((1..10).all(|slot| rule.staying(slot) > rule.staying(slot + 1)));
        assert_eq!(rule.starting(3), rule.staying(3) - 6.0);
    }

    #[test]
    fn senseless_bounds_make_no_rule() {
        assert_eq!(Thresholds::new(0.0, 30.0, 10, 3.0), None);
        assert_eq!(Thresholds::new(30.0, 30.0, 10, 0.0), None);
        assert_eq!(Thresholds::new(5.0, 30.0, 0, 3.0), None);
        assert_eq!(Thresholds::new(5.0, 30.0, 10, 12.5), None);
        assert_eq!(Thresholds::new(5.0, f64::NAN, 10, 3.0), None);
        let free = Thresholds::new(100.0, 400.0, 1, 0.0).unwrap();
        assert!((free.ratio() - 2.0).abs() < 1e-9, "one slot and no cost: the root of U / L");
    }

    #[test]
    fn the_bounds_are_those_of_the_last_fortnight() {
        let mut past = std::vec![900.0; 20 * SLOTS_PER_DAY];
        for (value, new) in
            past.iter_mut().skip(6 * SLOTS_PER_DAY).zip([0.0, 300.0].into_iter().cycle())
        {
            *value = new;
        }
        let found = Thresholds::of_past(&past, 10, 0.5).unwrap();
        assert_eq!(Some(found), Thresholds::new(1.0, 300.0, 10, 0.5 * 150.0 / 2.0));
        assert_eq!(Thresholds::of_past(&[], 10, 0.0), None);
        assert_eq!(Thresholds::of_past(&[5.0; 9], 10, 0.0), None);
    }

    /// The cost of a choice of slots by the paper: each change of state costs, the first start and the last stop as
    /// well.
    fn cost(values: &[f64], ran: &[usize], change: f64) -> f64 {
        let sum: f64 = ran.iter().map(|&slot| values[slot]).sum();
        let starts =
            ran.iter().enumerate().filter(|&(at, &slot)| at == 0 || ran[at - 1] + 1 != slot);
        sum + 2.0 * change * starts.count() as f64
    }

    /// The least such cost, by trying every choice of slots.
    fn least(values: &[f64], work: usize, change: f64) -> f64 {
        (0_u32..1 << values.len())
            .filter(|set| set.count_ones() as usize == work)
            .map(|set| {
                let ran: Vec<usize> =
                    (0..values.len()).filter(|slot| set >> slot & 1 == 1).collect();
                cost(values, &ran, change)
            })
            .fold(f64::MAX, f64::min)
    }

    proptest! {
        #[test]
        fn the_cost_is_within_the_competitive_ratio(
            shares in prop::collection::vec(prop_oneof![Just(0.0), Just(1.0), 0.0..1.0_f64], 2..10),
            work in 1_usize..10, change in 0.0..0.49_f64, lowest in 1.0..20.0_f64,
        ) {
            let (work, highest) = (work.min(shares.len()), 30.0);
            let values: Vec<f64> = shares.iter().map(|s| lowest + s * (highest - lowest)).collect();
            let change = change * (highest - lowest);
            let rule = Thresholds::new(lowest, highest, work, change).unwrap();
            let job = SlotJob { work, window: values.len() - work, costs: PauseShares::default() };
            let found =
                simulate(&mut DoubleThreshold(rule), &Trace::new(&values), 0, &job).unwrap();
            let ratio = cost(&values, &found.ran, change) / least(&values, work, change);
            prop_assert!(ratio <= rule.ratio() + 1e-9, "{ratio} > {}", rule.ratio());
        }
    }
}
