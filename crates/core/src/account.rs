//! Energy over an interval, priced by the intensity of each moment in it.

use alloc::collections::VecDeque;

use crate::meter::Flow;
use crate::series::Series;
use crate::sum::Sum;
use crate::time::{Interval, Span};
use crate::units::{Energy, Mass, Ratio};

/// What prices energy: grams = energy x power usage effectiveness x intensity.
#[derive(Debug, Clone, Copy)]
pub struct Pricing<'a> {
    /// The intensity over time.
    pub series: &'a Series,
    /// The energy of the whole data centre for each joule of a GPU.
    pub pue: Ratio,
}

/// What one GPU used, and what that emitted.
///
/// Whatever is charged is either priced or waits for its price: `measured = priced + unpriced`, always.
/// Emissions only ever grow.
#[derive(Debug, Clone, Default)]
pub struct Account {
    measured: Sum,
    priced: Sum,
    emissions: Sum,
    unpriced: Sum,
    /// The unpriced energy that may still get a price, in the order in which it was charged.
    waiting: VecDeque<Flow>,
    /// The unpriced energy that is too old to wait any longer.
    given_up: Sum,
}

/// How many pieces of energy wait for a price at most: 32 days of five-minute slots, as far back as one
/// request to a service reaches.
const MOST_WAITING: usize = 32 * 24 * 12;

impl Account {
    /// Adds energy, cut at the series' steps and each piece priced at the intensity that held for it. A
    /// piece that no intensity covers, or all of it without a pricing, waits.
    ///
    /// Within an interval the energy is spread evenly, since nothing else is known of it.
    pub fn charge(&mut self, flow: Flow, pricing: Option<&Pricing<'_>>) {
        self.measured.add(flow.energy.as_joules());
        match pricing {
            Some(pricing) => self.price(flow, pricing),
            None => self.wait(flow),
        }
    }

    /// Prices whatever waits and is covered by now.
    pub fn reprice(&mut self, pricing: &Pricing<'_>) {
        self.unpriced = self.given_up;
        for flow in core::mem::take(&mut self.waiting) {
            self.price(flow, pricing);
        }
    }

    /// All the energy that was charged.
    #[must_use]
    pub fn measured(&self) -> Energy {
        Energy::saturating(self.measured.value())
    }

    /// The part of it that has its price.
    #[must_use]
    pub fn priced(&self) -> Energy {
        Energy::saturating(self.priced.value())
    }

    /// The part of it that no intensity covers yet; exactly zero when nothing waits.
    #[must_use]
    pub fn unpriced(&self) -> Energy {
        Energy::saturating(self.unpriced.value())
    }

    /// What the priced energy emitted.
    #[must_use]
    pub fn emissions(&self) -> Mass {
        Mass::saturating(self.emissions.value())
    }

    fn price(&mut self, flow: Flow, pricing: &Pricing<'_>) {
        for segment in pricing.series.segments(flow.interval) {
            let piece = flow.within(segment.interval);
            match segment.intensity {
                Some(intensity) => {
                    self.priced.add(piece.energy.as_joules());
                    self.emissions.add((piece.energy * pricing.pue * intensity).as_grams());
                }
                None => self.wait(piece),
            }
        }
    }

    /// Energy waits in five-minute slots of UTC: readings of one slot are put together, so that a day
    /// without prices costs 288 pieces and not 86,400.
    fn wait(&mut self, flow: Flow) {
        self.unpriced.add(flow.energy.as_joules());
        let slot_end = flow.interval.start().floor_to(Span::FIVE_MINUTES) + Span::FIVE_MINUTES;
        let (head, tail) = flow.interval.split_at(slot_end);
        for part in [head, tail].into_iter().flatten() {
            let part = flow.within(part);
            match self.waiting.back_mut() {
                Some(last) if last.shares_slot_with(part) => last.extend(part),
                _ => self.waiting.push_back(part),
            }
        }
        while self.waiting.len() > MOST_WAITING {
            if let Some(oldest) = self.waiting.pop_front() {
                self.given_up.add(oldest.energy.as_joules());
            }
        }
    }
}

impl Flow {
    /// The share of this flow that falls into a part of its interval; all of an instant's.
    fn within(self, part: Interval) -> Flow {
        let energy = match part.length() / self.interval.length() {
            Some(share) if part != self.interval => self.energy * share,
            _ => self.energy,
        };
        Flow { interval: part, energy }
    }

    /// Whether the next flow begins where this one ends, and both lie in one five-minute slot.
    fn shares_slot_with(self, next: Flow) -> bool {
        let slot = self.interval.start().floor_to(Span::FIVE_MINUTES);
        self.interval.end() == next.interval.start()
            && next.interval.end() <= slot + Span::FIVE_MINUTES
            && next.interval.length() > Span::ZERO
            && self.interval.length() > Span::ZERO
    }

    fn extend(&mut self, next: Flow) {
        self.interval = Interval::new(self.interval.start(), next.interval.end());
        self.energy += next.energy;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use crate::units::Intensity;
    use std::vec::Vec;

    fn series(grams: &[(i64, f64)]) -> Series {
        let points = grams.iter().map(|&(seconds, grams)| {
            let intensity = Intensity::from_grams_per_kilowatt_hour(grams).unwrap();
            (Timestamp::from_unix_seconds(seconds), intensity)
        });
        Series::with_step(points.collect(), Span::FIVE_MINUTES).unwrap()
    }

    fn flow(from: i64, to: i64, kilowatt_hours: f64) -> Flow {
        let [from, to] = [from, to].map(Timestamp::from_unix_seconds);
        let energy = Energy::from_kilowatt_hours(kilowatt_hours).unwrap();
        Flow { interval: Interval::new(from, to), energy }
    }

    #[test]
    fn a_true_zero_prices_to_zero_and_is_not_missing() {
        let series = series(&[(0, 0.0)]);
        let mut account = Account::default();
        account.charge(flow(0, 300, 1.0), Some(&Pricing { series: &series, pue: Ratio::ONE }));
        assert_eq!(account.emissions(), Mass::ZERO);
        assert_eq!(account.unpriced(), Energy::ZERO);
        assert_eq!(account.priced(), account.measured());
    }

    #[test]
    fn a_gap_leaves_energy_unpriced_until_its_price_comes() {
        let early = series(&[(0, 100.0), (600, 300.0)]);
        let pue = Ratio::from_number(1.5).unwrap();
        let mut account = Account::default();
        account.charge(flow(0, 900, 3.0), Some(&Pricing { series: &early, pue }));
        assert_eq!(account.emissions().as_grams(), 600.0);
        assert_eq!(account.unpriced().as_kilowatt_hours(), 1.0);

        account.reprice(&Pricing { series: &early, pue });
        assert_eq!(account.emissions().as_grams(), 600.0, "nothing new is known");
        let late = series(&[(0, 7.0), (300, 200.0), (600, 7.0)]);
        account.reprice(&Pricing { series: &late, pue });
        assert_eq!(account.emissions().as_grams(), 900.0, "and what is priced stays as it was");
        assert_eq!(account.unpriced(), Energy::ZERO);
    }

    #[test]
    fn a_day_of_readings_waits_in_the_slots_of_a_day() {
        let mut account = Account::default();
        for second in 0..86_400 {
            account.charge(flow(second, second + 1, 0.001), None);
        }
        assert_eq!(account.waiting.len(), 288);
        assert!((account.unpriced().as_kilowatt_hours() - 86.4).abs() < 1e-9);
    }

    #[test]
    fn what_waits_is_bounded_and_nothing_of_it_forgotten() {
        let mut account = Account::default();
        let days: Vec<Flow> =
            (0..40 * 288).map(|slot| flow(slot * 300, (slot + 1) * 300, 0.5)).collect();
        for &flow in &days {
            account.charge(flow, None);
        }
        assert_eq!(account.waiting.len(), MOST_WAITING);
        assert_eq!(account.unpriced(), account.measured());
    }

    #[test]
    fn an_instant_is_priced_at_its_moment() {
        let series = series(&[(0, 100.0), (300, 900.0)]);
        let mut account = Account::default();
        let pricing = Pricing { series: &series, pue: Ratio::ONE };
        account.charge(flow(300, 300, 2.0), Some(&pricing));
        account.charge(flow(7000, 7000, 2.0), Some(&pricing));
        account.charge(flow(7000, 7000, 3.0), Some(&pricing));
        assert_eq!(account.emissions().as_grams(), 1800.0);
        assert_eq!(account.unpriced().as_kilowatt_hours(), 5.0);
    }
}
