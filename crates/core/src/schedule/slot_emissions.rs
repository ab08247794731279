//! The emissions of work and of pauses in each slot, which the dynamic program adds up.

use alloc::vec::Vec;

use crate::exposure::{CoverageError, Exposure, Exposures};
use crate::job::{Job, Stretch};
use crate::schedule::costs::{PauseCosts, mean_from};
use crate::schedule::slots::{slice_of, slots_to_hold, starts_at, steps};
use crate::time::{Interval, SLOT, Span, Timestamp};
use crate::units::{Energy, Intensity, Mass, Power};

/// The emissions in one slot of the grid, in grams.
#[derive(Debug, Clone, Copy)]
pub(super) struct SlotEmissions {
    /// The emissions of one kilowatt through the whole slot.
    pub(super) kilowatt: f64,
    /// The emissions of a pause through the whole slot.
    pub(super) paused: f64,
    /// The emissions of a pause in the slots before this one that belong to a least pause ending with it.
    pub(super) paused_since: f64,
    /// The emissions of resuming work in this slot, whatever the work's power: for the whole slot, and for the last
    /// slice.
    pub(super) resume: f64,
    pub(super) resume_last: f64,
    /// The emissions of resuming work in this slot, for each kilowatt of the work's power.
    pub(super) resume_kilowatt: f64,
    /// Reports whether the intensity changes within the slot.
    uneven: bool,
}

/// The emissions of work and pauses, by slice of work and, on demand, by slot.
#[derive(Debug)]
pub(super) struct EmissionsModel<'a> {
    job: &'a Job,
    costs: &'a PauseCosts,
    exposures: &'a Exposures<'a>,
    earliest: Timestamp,
    /// The end of the last slot, which need hold no more than the last slice.
    end: Timestamp,
    /// The length of the last slice.
    last: Span,
    /// The mean power of each slice of work, in kilowatts.
    powers: Vec<f64>,
    /// The power at the beginning of each slice, in kilowatts.
    pub(super) first_powers: Vec<f64>,
    /// The slices whose power changes within them.
    uneven: Vec<usize>,
}

impl<'a> EmissionsModel<'a> {
    pub(super) fn new(
        job: &'a Job,
        earliest: Timestamp,
        slots: usize,
        costs: &'a PauseCosts,
        exposures: &'a Exposures<'a>,
    ) -> EmissionsModel<'a> {
        let slices = slots_to_hold(job.duration());
        let (mut powers, mut first_powers) = (Vec::with_capacity(slices), Vec::new());
        let mut uneven = Vec::new();
        for slice in 0..slices {
            let (from, to) = slice_of(job, slice);
            let energy = job.stretches_between(from, to).map(|it| it.power * it.length).sum();
            let first = job.power_at(from);
            first_powers.push(kilowatts(first));
            if job.stretches_between(from, to).all(|it| it.power == first) {
                powers.push(kilowatts(first));
            } else {
                uneven.push(slice);
                powers.push(mean_kilowatts(energy, to.saturating_sub(from)));
            }
        }
        let (from, to) = slice_of(job, slices.saturating_sub(1));
        let last = to.saturating_sub(from);
        let end = starts_at(earliest, slots.saturating_sub(1)) + last;
        EmissionsModel { job, costs, exposures, earliest, end, last, powers, first_powers, uneven }
    }

    /// The emissions in a slot, for a least pause of some slots.
    pub(super) fn slot(
        &self,
        slot: usize,
        least_pause: usize,
    ) -> Result<SlotEmissions, CoverageError> {
        let (costs, exposures) = (self.costs, self.exposures);
        let start = starts_at(self.earliest, slot);
        let whole = Interval::new(start, self.end.min(start + SLOT));
        let exposure = exposures.over(whole)?;
        let kilowatt = grams_of_kilowatt(exposure);
        let paused_power = kilowatts(costs.paused_power);
        let mean = exposure.mean_over(whole.length()).unwrap_or(Intensity::ZERO);
        let mean_of_last =
            if self.last == SLOT { mean } else { mean_from(start, start + self.last, exposures)? };
        // No plan is paused, or resumes work, before this much time has passed.
        let before = |span: Span| {
            let from = (start - span).max(self.earliest);
            Ok(grams_of_kilowatt(exposures.over(Interval::new(from, start))?))
        };
        let restoring = before(costs.time)?;
        let resume = |mean: Intensity| (costs.energy * mean).as_grams() - paused_power * restoring;
        let changes_at = || exposures.series().at(start).interval.end();
        Ok(SlotEmissions {
            kilowatt,
            paused: paused_power * kilowatt,
            paused_since: paused_power * before(steps(least_pause.saturating_sub(1)))?,
            resume: resume(mean),
            resume_last: resume(mean_of_last),
            resume_kilowatt: restoring,
            uneven: !self.uneven.is_empty() && changes_at() < whole.end(),
        })
    }

    /// Computes the emissions of each slice of a range if it runs in a slot.
    pub(super) fn work(
        &self,
        slot: usize,
        rates: &SlotEmissions,
        first: usize,
        emits: &mut [f64],
    ) -> Result<(), CoverageError> {
        let powers = self.powers.get(first..).unwrap_or_default();
        for (emits, power) in emits.iter_mut().zip(powers) {
            *emits = power * rates.kilowatt;
        }
        // A product of means is exact if one of the two is constant, but not otherwise; nor is it exact for a slice
        // that is shorter than the slot.
        let uneven = if rates.uneven { self.uneven.as_slice() } else { &[] };
        let from = uneven.partition_point(|&slice| slice < first);
        let last = self.powers.len().saturating_sub(1);
        let last = (self.last < SLOT).then_some(&last);
        for &slice in uneven.get(from..).unwrap_or_default().iter().chain(last) {
            let Some(emits) = slice.checked_sub(first).and_then(|at| emits.get_mut(at)) else {
                continue;
            };
            let (from, to) = slice_of(self.job, slice);
            let mut now = starts_at(self.earliest, slot);
            let mut sum = Mass::ZERO;
            for Stretch { length, power } in self.job.stretches_between(from, to) {
                sum += self.exposures.over(Interval::new(now, now + length))?.emissions_of(power);
                now = now + length;
            }
            *emits = sum.as_grams();
        }
        Ok(())
    }
}

fn kilowatts(power: Power) -> f64 {
    power.as_watts() / 1000.0
}

fn mean_kilowatts(energy: Energy, span: Span) -> f64 {
    energy.over(span).map_or(0.0, kilowatts)
}

fn grams_of_kilowatt(exposure: Exposure) -> f64 {
    exposure.emissions_of(Power::from_milliwatts(1_000_000)).as_grams()
}
