//! The replanning policy: at every slot it plans again, for a predicted future whose errors it takes into account.

use super::error_chain::{ErrorChain, Levels};
use super::expected::ExpectedEmissions;
use super::fit::{Fit, fit};
use super::policy::{Policy, View};
use super::predict::{PLAIN, Table, predict_by};
use super::spread::RecentDepartures;

/// A policy that, at every slot, [predicts](super::predict()) the slots up to the deadline, and runs the job if the
/// expected emissions are no more than those of waiting. The expectation is computed by a dynamic program over the
/// work left, whether the job runs, and the deviation of the intensity from the prediction. So it takes into account
/// the costs of a pause and the chance that a slot is cheaper than predicted. It uses a service's forecast if there is
/// one.
#[derive(Debug, Clone)]
pub struct Replan {
    /// The size of prediction errors, as a share of the series' usual departures from the mean of its time of day. At
    /// zero the prediction is taken as certain.
    pub doubt: f64,
    /// The part of a deviation that is left one slot later.
    pub persistence: f64,
    /// The weights of predictions without a forecast.
    weights: Table,
    /// The departures at the slot before, from which those at the next one follow.
    departures: RecentDepartures,
}

impl Replan {
    /// A policy whose predictions and persistence are fitted to the past of a series, if that would have predicted it
    /// clearly better.
    #[must_use]
    pub fn of_past(past: &[f64]) -> Replan {
        let general = Replan::default();
        let Fit { weights, persistence } = fit(past, general.persistence);
        Replan { persistence, weights, ..general }
    }
}

impl Default for Replan {
    /// Tuned on PG&E's and SCE's 2019 (SGIP) and on CAISO North's 2020 (WattTime): a doubt of three quarters, which
    /// halves in an hour (0.5^(1/12)). The optimum is flat: with doubts from a half to one that halve in one to two
    /// hours, all results are within two hundredths of the best; this one is in the middle. PJM Roanoke's 2020 had
    /// been seen when the middle was chosen.
    fn default() -> Replan {
        Replan {
            doubt: 0.75,
            persistence: 0.943_874,
            weights: PLAIN,
            departures: RecentDepartures::default(),
        }
    }
}

/// The relative difference below which sums of the same slots in another order are equal; of equals, the earliest
/// wins.
const ROUNDING: f64 = 1e-6;

impl Policy for Replan {
    fn runs(&mut self, view: &View<'_>) -> bool {
        let present = view.present();
        let ahead = view.slots.saturating_sub(1);
        let predicted = predict_by(&self.weights, view.past, view.forecast, ahead);
        let spread: Levels = self.departures.typical(view.past).map(|by| by * self.doubt);
        let chain = ErrorChain::new(self.persistence);
        let mut expected = ExpectedEmissions::at_deadline(view);
        for &mean in predicted.iter().rev() {
            expected.step_back(&spread.map(|deviation| (mean + deviation).max(0.0)), &chain);
        }
        let costs = view.costs;
        let resumes = if view.begun() && !view.running { costs.resume * present } else { 0.0 };
        let pauses = if view.begun() { costs.paused * present } else { 0.0 };
        let run = present + resumes + expected.if_running(view.left.saturating_sub(1));
        run <= (expected.if_paused(view.left) + pauses) * (1.0 + ROUNDING)
    }
}
