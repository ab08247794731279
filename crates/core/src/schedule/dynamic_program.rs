//! The dynamic program over slots of time and slices of work.
//!
//! With j slices done, `on[j]` is the least emissions of a plan that has just run (for at least the least run), and
//! `off[j]` those of a plan that is paused (for at least the least pause). For each slot, with the emissions c(t, j) of the
//! slice that comes next:
//!
//! ```text
//! off'[j] = min(off[j], on[j]) + paused(t)
//! on'[j]  = min(on[j - 1], off[j - 1] + resume(t, j - 1)) + c(t, j - 1)
//! ```
//!
//! A least pause takes `on` from that many slots ago. A least run takes `off` from that many slots and slices ago; the work
//! between lies on one diagonal, whose prefix sums are stored. A limit on pauses adds a pair of rows for each pause. A
//! milestone makes states impossible, by a least number of slices.
//!
//! The decisions are stored for as many slots as fit in [`MAX_DECISIONS`]. For the slots before those, only the state at the
//! start of each block is stored, and the decisions are computed again while the plan is read backwards.

use alloc::vec::Vec;

use crate::exposure::CoverageError;
use crate::job::Job;
use crate::schedule::costs::PauseCosts;
use crate::schedule::dp_rows::{NEVER, STARTED, STOPPED, Shape};
use crate::schedule::milestones::Requirements;
use crate::schedule::plan::Schedule;
use crate::schedule::slot_emissions::EmissionsModel;
use crate::schedule::slots::slots_to_hold;
use crate::schedule::slots::{slice_of, starts_at};
use crate::time::{Interval, SLOT, Span, Timestamp};

/// The most decisions that are stored at once; each takes a byte.
const MAX_DECISIONS: usize = 1 << 25;

/// The steps of arithmetic that a slot counts for, beyond its cells.
const STEPS_OF_A_SLOT: u64 = 1000;

/// The dynamic program of one question.
#[derive(Debug)]
pub(super) struct DynamicProgram<'a> {
    job: &'a Job,
    earliest: Timestamp,
    shape: Shape,
    max_decisions: usize,
}

/// The end of the best plan so far.
#[derive(Debug, Clone, Copy)]
struct End {
    emits: f64,
    slot: usize,
    layer: usize,
}

impl<'a> DynamicProgram<'a> {
    pub(super) fn new(
        job: &'a Job,
        earliest: Timestamp,
        window: Span,
        costs: &PauseCosts,
    ) -> DynamicProgram<'a> {
        let slices = slots_to_hold(job.duration());
        let waits = usize::try_from(window.as_micros() / SLOT.as_micros()).unwrap_or(usize::MAX);
        let slots = waits.saturating_add(slices);
        let least_run = slots_to_hold(costs.least_run).clamp(1, slices.max(1));
        let least_pause = slots_to_hold(costs.time).max(1);
        // The most pauses that are possible.
        let pauses = (slices / least_run).saturating_sub(1).min(waits / least_pause);
        let most_pauses = costs.most_pauses.filter(|&most| most < pauses);
        let shape = if pauses == 0 || most_pauses == Some(0) {
            Shape { slots, slices, least_run: 1, least_pause: 1, most_pauses: Some(0) }
        } else {
            Shape { slots, slices, least_run, least_pause, most_pauses }
        };
        DynamicProgram { job, earliest, shape, max_decisions: MAX_DECISIONS }
    }

    pub(super) fn slots(&self) -> usize {
        self.shape.slots
    }

    /// Reports whether the best start is the best plan: no plan pauses, because none may or none has the room, and no
    /// milestone rules out a start.
    pub(super) fn needs_no_search(&self, costs: &PauseCosts) -> bool {
        self.shape.most_pauses == Some(0) && costs.milestones.is_empty()
    }

    /// The number of steps of arithmetic. A slot takes some by itself, as it takes some memory.
    pub(super) fn steps(&self) -> u64 {
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let cells = count(self.shape.slices).saturating_mul(count(self.shape.layers()));
        count(self.shape.slots).saturating_mul(cells.saturating_add(STEPS_OF_A_SLOT))
    }

    /// The emissions of the best schedule, in grams. It takes the memory of one state and of one row of decisions,
    /// which are discarded.
    pub(super) fn least(
        &self,
        model: &EmissionsModel<'_>,
        costs: &PauseCosts,
    ) -> Result<f64, CoverageError> {
        let (shape, requirements) = (self.shape, self.requirements(costs));
        let mut decisions = alloc::vec![0; shape.decisions()];
        let mut state = shape.state();
        let mut least = NEVER;
        for slot in 0..shape.slots {
            state.step(shape, slot, model, &requirements, &mut decisions)?;
            least = state.done(shape, slot + 1).fold(least, f64::min);
        }
        Ok(least)
    }

    fn requirements(&self, costs: &PauseCosts) -> Requirements {
        let Shape { slots, least_run, .. } = self.shape;
        Requirements::new(&costs.milestones, self.job, self.earliest, slots, least_run)
    }

    /// The schedule with the least emissions.
    pub(super) fn solve(
        &self,
        model: &EmissionsModel<'_>,
        costs: &PauseCosts,
    ) -> Result<Schedule, CoverageError> {
        let (shape, requirements) = (self.shape, self.requirements(costs));
        let row = shape.decisions();
        let block = self.slots_in_a_block();
        let mut decisions = alloc::vec![0; block * row];
        let mut state = shape.state();
        let mut saved = Vec::new();
        let mut end: Option<End> = None;
        for slot in 0..shape.slots {
            if slot % block == 0 {
                saved.push(state.clone());
            }
            let row_of_slot = decisions.chunks_mut(row).nth(slot % block).unwrap_or_default();
            state.step(shape, slot, model, &requirements, row_of_slot)?;
            for (layer, emits) in state.done(shape, slot + 1).enumerate() {
                if emits < end.map_or(NEVER, |end| end.emits) {
                    end = Some(End { emits, slot: slot + 1, layer });
                }
            }
        }
        let Some(end) = end else {
            return Ok(Schedule::unbroken(self.earliest, self.job.duration()));
        };
        let mut known = shape.slots.saturating_sub(1) / block;
        self.read_back(end, |slot, layer, slice| {
            if slot / block != known {
                known = slot / block;
                let Some(mut state) = saved.get(known).cloned() else { return Ok(0) };
                for (slot, row_of_slot) in (known * block..).zip(decisions.chunks_mut(row)) {
                    state.step(shape, slot, model, &requirements, row_of_slot)?;
                }
            }
            let at = (slot % block) * row + layer * (shape.slices + 1) + slice;
            Ok(decisions.get(at).copied().unwrap_or(0))
        })
    }

    /// The number of slots of a block, whose decisions are stored: all slots, or as many as make the decisions and the
    /// stored states take about the same memory.
    fn slots_in_a_block(&self) -> usize {
        let rows_in_a_state = 8 * (self.shape.least_run + self.shape.least_pause + 3);
        let even = self.shape.slots.saturating_mul(rows_in_a_state).isqrt();
        let most = self.max_decisions / self.shape.decisions();
        most.max(even).clamp(1, self.shape.slots.max(1))
    }

    /// The slots of the plan, from its end on backwards; `decided` returns the decision in a slot for the state after
    /// it.
    fn read_back(
        &self,
        end: End,
        mut decided: impl FnMut(usize, usize, usize) -> Result<u8, CoverageError>,
    ) -> Result<Schedule, CoverageError> {
        let mut chosen = Vec::with_capacity(self.shape.slices);
        let (mut slot, mut slice, mut layer) = (end.slot, self.shape.slices, end.layer);
        let mut runs = true;
        while slice > 0 && slot > 0 {
            let decision = decided(slot - 1, layer, slice)?;
            let back = match (runs, decision & STARTED > 0, decision & STOPPED > 0) {
                (true, true, _) => self.shape.least_run,
                (false, _, true) => self.shape.least_pause,
                _ => 1,
            }
            .min(slot);
            if runs {
                chosen.extend((slot - back..slot).rev());
                slice = slice.saturating_sub(back);
                if decision & STARTED > 0 {
                    runs = false;
                    layer = layer.saturating_sub(usize::from(self.shape.most_pauses.is_some()));
                }
            } else if decision & STOPPED > 0 {
                runs = true;
            }
            slot -= back;
        }
        Ok(Schedule::joining(chosen.iter().rev().enumerate().map(|(slice, &slot)| {
            let ((from, to), start) = (slice_of(self.job, slice), starts_at(self.earliest, slot));
            Interval::new(start, start + to.saturating_sub(from))
        })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exposure::Exposures;
    use crate::schedule::Milestone;
    use crate::series::Series;
    use crate::units::{Energy, Intensity, Power};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// A plan and its emissions are the same, however few decisions are stored.
        #[test]
        fn a_plan_is_found_again_from_saved_states(
            grams in prop::collection::vec(0_u32..900, 60..400),
            slices in 2_u64..30,
            energy in 0.0..0.1,
            lost in 0_u64..1200,
            paused_watts in 0.0..300.0,
            least_run in 0_u64..2400,
            most_pauses in prop::option::of(1_usize..6),
            by in prop::option::of(60_u64..400),
        ) {
            let points = (0..).zip(&grams).map(|(slot, &grams)| {
                let intensity = Intensity::from_grams_per_kilowatt_hour(f64::from(grams)).unwrap();
                (Timestamp::from_unix_seconds(slot * 300), intensity)
            });
            let series = Series::new(points.collect()).unwrap();
            let exposures = Exposures::of(&series);
            let duration = Span::from_seconds(300 * slices);
            let job = Job::of_power(duration, Power::from_milliwatts(1_000_000)).unwrap();
            let window = series.extent().length().saturating_sub(duration);
            let by = by.map(|slot| Timestamp::EPOCH + Span::from_seconds(300 * slot));
            let costs = PauseCosts {
                energy: Energy::from_kilowatt_hours(energy).unwrap(),
                time: Span::from_seconds(lost),
                paused_power: Power::from_watts(paused_watts).unwrap(),
                least_run: Span::from_seconds(least_run),
                most_pauses,
                milestones: by.map(|by| Milestone { work: duration, by }).into_iter().collect(),
            };
            let mut program = DynamicProgram::new(&job, Timestamp::EPOCH, window, &costs);
            let slots = program.slots();
            let model = EmissionsModel::new(&job, Timestamp::EPOCH, slots, &costs, &exposures);
            prop_assert_eq!(program.slots_in_a_block(), slots);
            let expected = program.solve(&model, &costs).unwrap();
            let pauses = costs.emissions(&expected, &job, &exposures).unwrap();
            let emits = (expected.emissions(&job, &exposures).unwrap() + pauses).as_grams();
            let least = program.least(&model, &costs).unwrap();
            prop_assert!((least - emits).abs() <= 1e-9 * emits.max(1.0), "{} {}", least, emits);
            program.max_decisions = 1;
            prop_assert_eq!(program.solve(&model, &costs).unwrap(), expected);
        }
    }

    /// The memory of a plan: far less than a byte for each slot and slice.
    #[test]
    fn a_year_of_slots_and_a_month_of_work_fit() {
        let job = Job::of_power(Span::from_seconds(300 * 10_000), Power::ZERO).unwrap();
        let window = Span::from_seconds(300 * 95_408);
        let program = DynamicProgram::new(&job, Timestamp::EPOCH, window, &PauseCosts::default());
        let Shape { slots, slices, .. } = program.shape;
        assert!(slots * slices > 1_000_000_000, "{slots} slots, {slices} slices");
        let block = program.slots_in_a_block();
        let decisions = block * program.shape.decisions();
        let states = slots.div_ceil(block) * program.shape.state().bytes();
        assert!(decisions + states < 50_000_000, "{decisions} and {states} bytes");
    }
}
