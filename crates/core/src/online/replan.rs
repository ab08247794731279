//! The replanning policy: at every slot it plans again, for a predicted future whose errors it takes into account.

use alloc::vec::Vec;

use super::error_chain::{ErrorChain, Levels};
use super::fit::{Fit, fit};
use super::history::History;
use super::policy::{Policy, View};
use super::predict::{PLAIN, Table, predict_by};

/// A policy that, at every slot, [predicts](super::predict()) the slots up to the deadline, and runs the job if the
/// expected emissions are no more than those of waiting. The expectation is computed by a dynamic program over the
/// work left, whether the job runs, and the deviation of the intensity from the prediction. So it takes into account
/// both the cost of a pause and the chance that a slot is cheaper than predicted. It uses a service's forecast if
/// there is one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Replan {
    /// The size of prediction errors, as a share of the series' usual departures from the mean of its time of day. At
    /// zero the prediction is taken as certain.
    pub doubt: f64,
    /// The part of a deviation that is left one slot later.
    pub persistence: f64,
    /// The weights of predictions without a forecast.
    weights: Table,
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
        Replan { doubt: 0.75, persistence: 0.943_874, weights: PLAIN }
    }
}

/// The emissions of work that cannot be done in time: more than those of any plan.
const NEVER: f64 = 1e15;

/// The relative difference below which sums of the same slots in another order are equal; of equals, the earliest
/// wins.
const ROUNDING: f64 = 1e-9;

/// The expected emissions from a slot on, for each amount of work left (by index) and each level.
struct ExpectedEmissions {
    running: Vec<Levels>,
    paused: Vec<Levels>,
}

impl Policy for Replan {
    fn runs(&mut self, view: &View<'_>) -> bool {
        let present = view.present();
        let ahead = view.slots.saturating_sub(1);
        let predicted = predict_by(&self.weights, view.past, view.forecast, ahead);
        let spread = History::of(view.past, 1).typical_departures().map(|by| by * self.doubt);
        let chain = ErrorChain::new(self.persistence);
        let mut expected = ExpectedEmissions::at_deadline(view.left);
        for &mean in predicted.iter().rev() {
            expected.step_back(mean, &spread, &chain, view);
        }
        let resume = if view.begun() && !view.running { view.pause_cost * present } else { 0.0 };
        let run = present
            + resume
            + ExpectedEmissions::now(&expected.running, view.left.saturating_sub(1));
        run <= ExpectedEmissions::now(&expected.paused, view.left) * (1.0 + ROUNDING)
    }
}

impl ExpectedEmissions {
    fn at_deadline(work: usize) -> ExpectedEmissions {
        let mut none_left = alloc::vec![[NEVER; 5]; work + 1];
        if let Some(done) = none_left.first_mut() {
            *done = [0.0; 5];
        }
        ExpectedEmissions { running: none_left.clone(), paused: none_left }
    }

    /// Goes from the expectation after a slot to that before it.
    fn step_back(&mut self, predicted: f64, spread: &Levels, chain: &ErrorChain, view: &View<'_>) {
        let intensities = spread.map(|deviation| (predicted + deviation).max(0.0));
        let mut then = self.running.first().copied().unwrap_or([0.0; 5]);
        let cells = self.running.iter_mut().zip(&mut self.paused).enumerate().skip(1);
        for (left, (running, paused)) in cells {
            // Before the first run there is nothing to resume.
            let resume = if left < view.work { view.pause_cost } else { 0.0 };
            let (mut stays, mut resumes) = (*paused, *paused);
            let levels = stays.iter_mut().zip(&mut resumes).zip(intensities.iter().zip(&then));
            for ((stays, resumes), (intensity, then)) in levels {
                let run = intensity + then;
                *stays = stays.min(run);
                *resumes = resumes.min(run + resume * intensity);
            }
            then = core::mem::replace(running, chain.expected(&stays));
            *paused = if stays == resumes { *running } else { chain.expected(&resumes) };
        }
    }

    /// The expectation at the present, whose deviation is known to be zero: the middle level.
    fn now(expected: &[Levels], left: usize) -> f64 {
        expected.get(left).map_or(NEVER, |&[_, _, middle, _, _]| middle)
    }
}
