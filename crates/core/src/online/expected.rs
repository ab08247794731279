//! The dynamic program of the replanning policy: the expected emissions from a slot on.

use alloc::vec::Vec;
use core::array;

use super::error_chain::{ErrorChain, Levels};
use super::policy::{PauseShares, View};

/// The emissions of work that cannot be done in time: more than those of any plan.
const NEVER: f64 = 1e15;

/// The amounts of work that are computed together, so that the processor does so in one instruction.
const LANES: usize = 4;

/// Numbers for some consecutive amounts of work, at each level.
type Block<const N: usize> = [[f64; N]; 5];

/// Numbers for each amount of work, by level. They are longer than that by some that are never read.
type Rows = [Vec<f64>; 5];

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
    /// The emissions if the job ran in the slot before.
    running: Rows,
    /// The emissions if it did not.
    paused: Rows,
    /// The same numbers of the slot after this one, in memory that is used again.
    running_then: Rows,
    paused_then: Rows,
}

impl ExpectedEmissions {
    /// The expectation at the deadline, from where [`step_back`](ExpectedEmissions::step_back) leads to the slot after
    /// the present one.
    pub(super) fn at_deadline(view: &View<'_>) -> ExpectedEmissions {
        let rows = || -> Rows {
            array::from_fn(|_| {
                let mut row = alloc::vec![NEVER; view.left + 1 + LANES];
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
            running_then: rows(),
            paused_then: rows(),
        }
    }

    /// Goes from the expectation after a slot to that before it, by the intensities of the slot at each level.
    pub(super) fn step_back(&mut self, intensities: &Levels, chain: &ErrorChain) {
        core::mem::swap(&mut self.running, &mut self.running_then);
        core::mem::swap(&mut self.paused, &mut self.paused_then);
        self.slots += 1;
        self.passed = self.passed.saturating_sub(1);
        let least = self.left.saturating_sub(self.passed).max(1);
        let most = self.left.min(self.slots);
        for left in (least..=most).step_by(LANES) {
            self.compute::<LANES>(left, self.costs, intensities, chain);
        }
        // Before the first run nothing is paused or resumed.
        if most == self.work {
            self.compute::<1>(most, PauseShares::default(), intensities, chain);
        }
    }

    /// Computes the expectation for some amounts of work from `left` on.
    fn compute<const N: usize>(
        &mut self,
        left: usize,
        costs: PauseShares,
        intensities: &Levels,
        chain: &ErrorChain,
    ) {
        let running = block::<N>(&self.running_then, left - 1);
        let paused = block::<N>(&self.paused_then, left);
        let (mut stays, mut resumes) = ([[0.0; N]; 5], [[0.0; N]; 5]);
        let levels = stays.iter_mut().zip(&mut resumes).zip(intensities);
        for (((stays, resumes), intensity), (running, paused)) in
            levels.zip(running.iter().zip(&paused))
        {
            let (pauses, resume) = (costs.paused * intensity, costs.resume * intensity);
            let lanes = stays.iter_mut().zip(resumes).zip(running.iter().zip(paused));
            for ((stays, resumes), (running, paused)) in lanes {
                let (off, on) = (paused + pauses, intensity + running);
                *stays = lesser(off, on);
                *resumes = lesser(off, on + resume);
            }
        }
        let running = chain.expected(&stays);
        let paused = if costs.resume > 0.0 { chain.expected(&resumes) } else { running };
        set_block(&mut self.running, left, &running);
        set_block(&mut self.paused, left, &paused);
    }

    /// The expectation at the present slot, whose deviation is known to be zero (the middle level), if the job runs in
    /// it and this much work is left after it.
    pub(super) fn if_running(&self, left: usize) -> f64 {
        let [_, _, middle, _, _] = &self.running;
        middle.get(left).copied().unwrap_or(NEVER)
    }

    /// The same if the job does not run in it.
    pub(super) fn if_paused(&self, left: usize) -> f64 {
        let [_, _, middle, _, _] = &self.paused;
        middle.get(left).copied().unwrap_or(NEVER)
    }
}

/// The lesser of two numbers.
fn lesser(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// The numbers from an amount of work on.
fn block<const N: usize>(rows: &Rows, from: usize) -> Block<N> {
    rows.each_ref().map(|row| {
        let values = row.get(from..).and_then(|row| row.first_chunk::<N>());
        values.copied().unwrap_or([NEVER; N])
    })
}

fn set_block<const N: usize>(rows: &mut Rows, from: usize, values: &Block<N>) {
    for (row, values) in rows.iter_mut().zip(values) {
        if let Some(place) = row.get_mut(from..).and_then(|row| row.first_chunk_mut::<N>()) {
            *place = *values;
        }
    }
}
