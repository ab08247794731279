//! The rows of the dynamic program, and the step from one slot to the next.
//!
//! A row has a cell for each number of slices that are done. Only a band of it is visited: with fewer slices done, the
//! rest would not fit into the remaining slots; more slices could not have been done by then.

use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::exposure::CoverageError;
use crate::schedule::milestones::Requirements;
use crate::schedule::slot_emissions::{EmissionsModel, SlotEmissions};

/// A decision: this run began with the slice that is done, or a least run before it.
pub(super) const STARTED: u8 = 1;
/// A decision: the pause began a least pause before.
pub(super) const STOPPED: u8 = 2;

/// The emissions of a state that no plan leads to.
pub(super) const NEVER: f64 = f64::INFINITY;

/// The size of the program.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) slots: usize,
    pub(super) slices: usize,
    /// The least length of a run, in slices.
    pub(super) least_run: usize,
    /// The least length of a pause, in slots.
    pub(super) least_pause: usize,
    /// The limit on the number of pauses, if there is one.
    pub(super) most_pauses: Option<usize>,
}

/// The state of the program before a slot.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// One layer; or one for each number of pauses, if that is limited.
    layers: Vec<Layer>,
    /// The emissions of the slices on the diagonal before (slot, slice), for runs of more than one slice.
    diagonal: Vec<f64>,
    /// The emissions of the slices in this slot.
    work: Vec<f64>,
}

/// The rows of one number of pauses.
#[derive(Debug, Clone)]
struct Layer {
    /// The rows of the last slots, one more than a least pause has; at the slot modulo their number.
    on: Vec<Vec<f64>>,
    off: Vec<f64>,
    /// The rows of the last slots, as many as a least run has: the emissions up to a run that starts there, less the
    /// diagonal up to there.
    start: Vec<Vec<f64>>,
}

/// One step of the program: the slot, and the bands before and after it.
struct Step<'a> {
    shape: Shape,
    slot: usize,
    rates: &'a SlotEmissions,
    model: &'a EmissionsModel<'a>,
    requirements: &'a Requirements,
    /// The first cell of the band before the slot.
    from: usize,
    /// The band after the slot.
    next: RangeInclusive<usize>,
}

impl Shape {
    pub(super) fn layers(&self) -> usize {
        self.most_pauses.map_or(1, |most| most + 1)
    }

    /// The number of decisions of one slot.
    pub(super) fn decisions(&self) -> usize {
        self.layers() * (self.slices + 1)
    }

    /// The state before the first slot.
    pub(super) fn state(&self) -> State {
        let row = || alloc::vec![NEVER; self.slices + 1];
        let layer = Layer {
            on: (0..=self.least_pause).map(|_| row()).collect(),
            off: row(),
            start: (0..self.least_run).map(|_| row()).collect(),
        };
        let zeros = || alloc::vec![0.0; self.slices + 1];
        let layers = alloc::vec![layer; self.layers()];
        State { layers, diagonal: zeros(), work: zeros() }
    }
}

impl State {
    /// Advances the state from before a slot to after it.
    pub(super) fn step(
        &mut self,
        shape: Shape,
        slot: usize,
        model: &EmissionsModel<'_>,
        requirements: &Requirements,
        decisions: &mut [u8],
    ) -> Result<(), CoverageError> {
        let rates = &model.slot(slot, shape.least_pause)?;
        let left = shape.slots.saturating_sub(slot);
        let from = shape.slices.saturating_sub(left);
        let next = shape.slices.saturating_sub(left.saturating_sub(1))
            ..=shape.slices.min(slot.saturating_add(1));
        let work = self.work.get_mut(from..*next.end()).unwrap_or_default();
        model.work(slot, rates, from, work)?;
        let work = self.work.get(from..*next.end()).unwrap_or_default();
        let step = Step { shape, slot, rates, model, requirements, from, next };

        let mut before: Option<&Layer> = None;
        for layer in &mut self.layers {
            let mut start = take(layer.start.get_mut(slot % shape.least_run));
            let paused = match shape.most_pauses {
                None => Some(layer.off.as_slice()),
                Some(_) => before.map(|layer| layer.off.as_slice()),
            };
            step.start(&mut start, paused, before.is_none(), &self.diagonal);
            put(layer.start.get_mut(slot % shape.least_run), start);
            before = Some(layer);
        }
        if shape.least_run > 1 {
            step.lengthen(&mut self.diagonal, work);
        }
        let decisions = decisions.chunks_mut(shape.slices + 1);
        for (layer, decisions) in self.layers.iter_mut().zip(decisions) {
            let ring = (slot + 1) % (shape.least_pause + 1);
            let mut next = take(layer.on.get_mut(ring));
            step.run(&mut next, layer, work, &self.diagonal, decisions);
            step.pause(layer, decisions);
            put(layer.on.get_mut(ring), next);
        }
        Ok(())
    }

    /// The memory that the state takes, in bytes.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let rows = |layer: &Layer| 1 + layer.on.len() + layer.start.len();
        let rows = 2 + self.layers.iter().map(rows).sum::<usize>();
        8 * self.work.len() * rows
    }

    /// The emissions of the plans that are complete before a slot, by layer.
    pub(super) fn done(&self, shape: Shape, slot: usize) -> impl Iterator<Item = f64> + '_ {
        self.layers.iter().map(move |layer| {
            let row = layer.on.get(slot % (shape.least_pause + 1));
            row.and_then(|row| row.get(shape.slices)).copied().unwrap_or(NEVER)
        })
    }
}

impl Step<'_> {
    /// Computes the emissions up to a run that starts in this slot: after a pause, or after the wait before the first
    /// run.
    fn start(&self, start: &mut [f64], paused: Option<&[f64]>, first: bool, diagonal: &[f64]) {
        let (rates, slices) = (self.rates, self.shape.slices);
        let last = self.slot.min(slices - self.shape.least_run);
        let begin = self.from.min(last + 1);
        let row = start.get_mut(begin..=last).unwrap_or_default();
        match paused.and_then(|paused| paused.get(begin..=last)) {
            Some(paused) => {
                let powers = self.model.first_powers.get(begin..).unwrap_or_default();
                for ((start, paused), power) in row.iter_mut().zip(paused).zip(powers) {
                    *start = paused + (rates.resume + power * rates.resume_kilowatt);
                }
                if last + 1 == slices {
                    // The last slice may be shorter than the slot, and then the mean over it differs.
                    let ends =
                        row.last_mut().zip(paused.last()).zip(self.model.first_powers.last());
                    if let Some(((start, paused), power)) = ends {
                        *start = paused + (rates.resume_last + power * rates.resume_kilowatt);
                    }
                }
            }
            None => row.fill(NEVER),
        }
        if let (0, Some(start)) = (self.from, start.first_mut()) {
            let may_wait = first && self.requirements.may_wait_for(self.slot);
            *start = if may_wait { 0.0 } else { NEVER };
        }
        forbid(start, self.requirements.at(self.slot).to_start);
        if self.shape.least_run > 1 {
            let row = start.iter_mut().zip(diagonal).skip(begin);
            row.for_each(|(start, diagonal)| *start -= diagonal);
        }
    }

    /// Extends the diagonals by the slices in this slot.
    fn lengthen(&self, diagonal: &mut [f64], work: &[f64]) {
        let row = diagonal.get_mut(self.from..=*self.next.end()).unwrap_or_default();
        let mut before = 0.0;
        for (diagonal, work) in row.iter_mut().zip([0.0].iter().chain(work)) {
            before = core::mem::replace(diagonal, before + work);
        }
    }

    /// Computes the states that run in this slot: the run continues, or starts, or is now as long as the least run.
    fn run(
        &self,
        next: &mut [f64],
        layer: &Layer,
        work: &[f64],
        diagonal: &[f64],
        decisions: &mut [u8],
    ) {
        let least_run = self.shape.least_run;
        // At least one slice is done.
        let cells = (*self.next.start()).max(1)..=*self.next.end();
        let before = cells.start() - 1;
        let on = layer.on.get(self.slot % (self.shape.least_pause + 1));
        let on = on.and_then(|on| on.get(before..)).unwrap_or_default();
        let work = work.get(before - self.from..).unwrap_or_default();
        let row = next.get_mut(cells.clone()).unwrap_or_default();
        let decision = decisions.get_mut(cells.clone()).unwrap_or_default();
        let row = row.iter_mut().zip(decision);
        if least_run == 1 {
            let start = layer.start.first().and_then(|start| start.get(before..));
            let choices = on.iter().zip(start.unwrap_or_default());
            for ((next, decision), ((&on, &start), work)) in row.zip(choices.zip(work)) {
                let starts = start < on;
                *next = if starts { start } else { on } + work;
                *decision = if starts { STARTED } else { 0 };
            }
        } else {
            for ((next, decision), (on, work)) in row.zip(on.iter().zip(work)) {
                *next = on + work;
                *decision = 0;
            }
        }
        let to_run = self.requirements.at(self.slot).to_run;
        if to_run > 0 {
            forbid(next, to_run + 1);
        }
        if least_run > 1 && self.slot + 1 >= least_run {
            let cells = (*cells.start()).max(least_run)..=*cells.end();
            let start = layer.start.get((self.slot + 1 - least_run) % least_run);
            let start = start.and_then(|start| start.get(cells.start() - least_run..));
            let diagonal = diagonal.get(*cells.start()..).unwrap_or_default();
            let decision = decisions.get_mut(cells.clone()).unwrap_or_default();
            let row = next.get_mut(cells).unwrap_or_default().iter_mut().zip(decision);
            let choices = start.unwrap_or_default().iter().zip(diagonal);
            for ((next, decision), (start, diagonal)) in row.zip(choices) {
                let started = start + diagonal;
                if started < *next {
                    *next = started;
                    *decision = STARTED;
                }
            }
        }
    }

    /// Computes the states that are paused in this slot: the pause continues, or is now as long as the least pause.
    fn pause(&self, layer: &mut Layer, decisions: &mut [u8]) {
        let rates = self.rates;
        let Some(stopped) = (self.slot + 1).checked_sub(self.shape.least_pause) else { return };
        let stop = layer.on.get(stopped % (self.shape.least_pause + 1));
        // A job that is done does not pause.
        let cells = *self.next.start()..=(*self.next.end()).min(self.shape.slices - 1);
        let stop = stop.and_then(|stop| stop.get(cells.clone())).unwrap_or_default();
        let off = layer.off.get_mut(cells.clone()).unwrap_or_default();
        let decision = decisions.get_mut(cells).unwrap_or_default();
        for ((off, decision), stop) in off.iter_mut().zip(decision).zip(stop) {
            let stop = stop + rates.paused_since;
            let stops = stop < *off;
            *off = if stops { stop } else { *off } + rates.paused;
            *decision |= if stops { STOPPED } else { 0 };
        }
        forbid(&mut layer.off, self.requirements.at(self.slot).to_pass);
    }
}

/// Marks the first cells of a row as unreachable.
fn forbid(row: &mut [f64], count: usize) {
    row.iter_mut().take(count).for_each(|cell| *cell = NEVER);
}

fn take(row: Option<&mut Vec<f64>>) -> Vec<f64> {
    row.map(core::mem::take).unwrap_or_default()
}

fn put(place: Option<&mut Vec<f64>>, row: Vec<f64>) {
    if let Some(place) = place {
        *place = row;
    }
}
