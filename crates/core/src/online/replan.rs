//! Plan anew at every slot, for a future that is predicted, and known to be predicted wrongly.

use alloc::vec::Vec;

use super::chain::{Chain, LEVELS, Levels};
use super::predict::{predict, typical_departure};
use super::{Policy, View};

/// At every slot it [predicts](predict) the slots up to the deadline, and runs if that is expected to emit
/// no more than to wait. What is expected comes of a dynamic programme over the work left, whether the job
/// runs, and how far the intensity is off the prediction by then: so it counts both what a pause costs and
/// the chance that a slot turns out cheaper than predicted. It uses a service's forecast where there is one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Replan {
    /// The standard deviation of what a prediction does not know, as a share of how far the series usually
    /// is from the mean of its time of day. Zero: the prediction is believed.
    pub doubt: f64,
    /// How much of a deviation is left a slot later.
    pub persistence: f64,
}

impl Default for Replan {
    /// As tuned on PG&E's 2019 (SGIP) and on CAISO North's 2020 (WattTime): a doubt of 0.6, that halves in
    /// two hours (0.5^(1/24)).
    fn default() -> Replan {
        Replan { doubt: 0.6, persistence: 0.971_532 }
    }
}

/// So many slots are planned one by one; after them a plan goes by half hours, which is as good as the
/// prediction is there.
const FINE: usize = 12;
const COARSE: usize = 6;

/// More than any plan emits: there is no time left for that much work.
const NEVER: f64 = 1e15;

/// What is expected to be emitted from a moment on, for each amount of work left (by index) and each level.
struct Outlook {
    running: Vec<Levels>,
    paused: Vec<Levels>,
}

impl Policy for Replan {
    fn runs(&mut self, view: &View<'_>) -> bool {
        let present = view.present();
        let predicted = predict(view.past, view.forecast, view.slots.saturating_sub(1));
        let spread = LEVELS.map(|level| level * self.doubt * typical_departure(view.past));
        let half_hour = (0..COARSE).fold(1.0, |product, _| product * self.persistence);
        let (fine, coarse) = (Chain::new(self.persistence), Chain::new(half_hour));
        let (near, far) = predicted.split_at_checked(FINE).unwrap_or((&predicted, &[]));
        let mut outlook = Outlook::at_deadline(view.left);
        for block in far.chunks(COARSE).rev() {
            outlook.step_back(block, &spread, &coarse, view);
        }
        for slot in near.chunks(1).rev() {
            outlook.step_back(slot, &spread, &fine, view);
        }
        let resume = if view.begun() && !view.running { view.pause_cost * present } else { 0.0 };
        let run = present + resume + Outlook::now(&outlook.running, view.left.saturating_sub(1));
        run <= Outlook::now(&outlook.paused, view.left)
    }
}

impl Outlook {
    fn at_deadline(work: usize) -> Outlook {
        let mut none_left = alloc::vec![[NEVER; 5]; work + 1];
        if let Some(done) = none_left.first_mut() {
            *done = [0.0; 5];
        }
        Outlook { running: none_left.clone(), paused: none_left }
    }

    /// The outlook before a block of slots, of the one after it. In a block the job runs throughout, or not
    /// at all, or to its end.
    #[allow(clippy::cast_precision_loss)] // counts of slots
    fn step_back(&mut self, block: &[f64], spread: &Levels, chain: &Chain, view: &View<'_>) {
        let slots = block.len().max(1);
        let mean = block.iter().sum::<f64>() / slots as f64;
        let prices = spread.map(|deviation| (mean + deviation).max(0.0));
        let ran = self.running.clone();
        let cells = self.running.iter_mut().zip(&mut self.paused).enumerate().skip(1);
        for (left, (running, paused)) in cells {
            let runs_for = slots.min(left);
            let then = ran.get(left - runs_for).unwrap_or(&[NEVER; 5]);
            // Before the first run there is nothing to resume.
            let resume = if left < view.work { view.pause_cost } else { 0.0 };
            let (mut stays, mut resumes) = (*paused, *paused);
            let levels = stays.iter_mut().zip(&mut resumes).zip(prices.iter().zip(then));
            for ((stays, resumes), (price, then)) in levels {
                let run = price * runs_for as f64 + then;
                *stays = stays.min(run);
                *resumes = resumes.min(run + resume * price);
            }
            *running = chain.expected(&stays);
            *paused = if stays == resumes { *running } else { chain.expected(&resumes) };
        }
    }

    /// At the present, which is known: the middle level.
    fn now(outlook: &[Levels], left: usize) -> f64 {
        outlook.get(left).map_or(NEVER, |&[_, _, middle, _, _]| middle)
    }
}
