//! The dynamic program of the replanning policy: the expected emissions from a slot on.

use alloc::vec::Vec;
use core::array;

use super::error_chain::{ErrorChain, Levels, Rows, single};
use super::policy::{PauseShares, View};

/// The emissions of work that cannot be done in time: more than those of any plan.
const NEVER: f32 = 1e15;

/// The expected emissions from a slot on, by the deviation of its intensity from the prediction and by the work left.
///
/// Only those amounts of work are computed that matter: there is no time for more, and less cannot be left by then.
#[derive(Debug)]
pub(super) struct ExpectedEmissions {
    costs: PauseShares,
    /// The work in all, and the work left at the present slot.
    work: usize,
    left: usize,
    /// The slots from this one to the deadline.
    slots: usize,
    /// The slots from the present one to this one.
    passed: usize,
    /// The emissions if the job ran in the slot before, by level and by the work left.
    running: Rows,
    /// The emissions if it did not.
    paused: Rows,
    /// The emissions of the best choice in a slot, if the job ran in the slot before, and if it did not: memory that is
    /// used again in each slot.
    stays: Rows,
    resumes: Rows,
}

impl ExpectedEmissions {
    /// The expectation at the deadline, from where [`step_back`](ExpectedEmissions::step_back) leads to the slot after
    /// the present one.
    pub(super) fn at_deadline(view: &View<'_>) -> ExpectedEmissions {
        let rows = || -> Rows {
            array::from_fn(|_| {
                let mut row = alloc::vec![NEVER; view.left + 1];
                row.iter_mut().take(1).for_each(|done| *done = 0.0);
                row
            })
        };
        ExpectedEmissions {
            costs: view.costs,
            work: view.work,
            left: view.left,
            slots: 0,
            passed: view.slots,
            running: rows(),
            paused: rows(),
            stays: array::from_fn(|_| Vec::new()),
            resumes: array::from_fn(|_| Vec::new()),
        }
    }

    /// Goes from the expectation after a slot to that before it, by the intensities of the slot at each level.
    pub(super) fn step_back(&mut self, intensities: &Levels, chain: &ErrorChain) {
        self.slots += 1;
        self.passed = self.passed.saturating_sub(1);
        let least = self.left.saturating_sub(self.passed).max(1);
        let most = self.left.min(self.slots);
        let costs = self.costs;
        let then = self.running.iter().zip(&self.paused).zip(intensities);
        let now = self.stays.iter_mut().zip(&mut self.resumes);
        for (((running, paused), intensity), (stays, resumes)) in then.zip(now) {
            let running = running.get(least - 1..most).unwrap_or_default();
            let paused = paused.get(least..most + 1).unwrap_or_default();
            stays.resize(running.len(), 0.0);
            resumes.resize(running.len(), 0.0);
            let (pauses, resume) =
                (single(costs.paused * intensity), single(costs.resume * intensity));
            let intensity = single(*intensity);
            let values = running.iter().zip(paused);
            for ((stays, resumes), (running, paused)) in
                stays.iter_mut().zip(&mut *resumes).zip(values)
            {
                let (off, on) = (paused + pauses, intensity + running);
                *stays = lesser(off, on);
                *resumes = lesser(off, on + resume);
            }
            // Before the first run nothing is paused or resumed.
            if most == self.work
                && let (Some(running), Some(paused)) = (running.last(), paused.last())
                && let (Some(stays), Some(resumes)) = (stays.last_mut(), resumes.last_mut())
            {
                *stays = lesser(*paused, intensity + running);
                *resumes = *stays;
            }
        }
        chain.expect(&mut self.stays, &mut self.running, least);
        if costs.resume > 0.0 {
            chain.expect(&mut self.resumes, &mut self.paused, least);
        } else {
            for (running, paused) in self.running.iter().zip(&mut self.paused) {
                let values = running.iter().zip(paused).take(most + 1).skip(least);
                values.for_each(|(running, paused)| *paused = *running);
            }
        }
    }

    /// The expectation at the present slot, whose deviation is known to be zero (the middle level), if the job runs in
    /// it and this much work is left after it.
    pub(super) fn if_running(&self, left: usize) -> f64 {
        let [_, _, middle, _, _] = &self.running;
        f64::from(middle.get(left).copied().unwrap_or(NEVER))
    }

    /// The same if the job does not run in it.
    pub(super) fn if_paused(&self, left: usize) -> f64 {
        let [_, _, middle, _, _] = &self.paused;
        f64::from(middle.get(left).copied().unwrap_or(NEVER))
    }
}

/// The lesser of two numbers, without a care for those that are none: one instruction of the processor.
fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}
