//! Milestones, as the least number of slices that must be done at each slot.

use alloc::vec::Vec;

use crate::job::Job;
use crate::schedule::slots::slice_of;
use crate::schedule::slots::slots_to_hold;
use crate::time::{SLOT, Span, Timestamp};

/// An amount of work that must be done by a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Milestone {
    /// The amount, in the job's own time: time paused, or lost to a pause, is no work.
    pub work: Span,
    /// The time.
    pub by: Timestamp,
}

/// The least numbers of slices that milestones require at one slot.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Requirement {
    /// The slices that must be done before the slot, to run in it.
    pub(super) to_run: usize,
    /// The slices that must be done before the slot, to be idle in it; of all milestones so far.
    pub(super) to_pass: usize,
    /// The slices that must be done before the slot, to begin a run in it.
    pub(super) to_start: usize,
}

/// The requirements of all slots.
#[derive(Debug, Default)]
pub(super) struct Requirements(Vec<Requirement>);

impl Requirements {
    /// The requirements of milestones on a grid of slots, for runs of a least length.
    pub(super) fn new(
        milestones: &[Milestone],
        job: &Job,
        earliest: Timestamp,
        slots: usize,
        least_run: usize,
    ) -> Requirements {
        if milestones.is_empty() {
            return Requirements::default();
        }
        let mut requirements = alloc::vec![Requirement::default(); slots];
        for milestone in milestones {
            let after = milestone.by.duration_since(earliest).as_micros();
            let slot = usize::try_from(after / SLOT.as_micros()).unwrap_or(usize::MAX);
            if slot >= slots {
                continue; // all is done by then
            }
            let within = Span::from_micros(after % SLOT.as_micros());
            let whole = milestone.work.as_micros() / SLOT.as_micros();
            let part = Span::from_micros(milestone.work.as_micros() % SLOT.as_micros());
            let whole = usize::try_from(whole).unwrap_or(usize::MAX);
            let (from, to) = slice_of(job, whole);
            let done_within = within.min(to.saturating_sub(from));
            let to_run = if done_within >= part { whole } else { whole.saturating_add(1) };
            if let Some(requirement) = requirements.get_mut(slot) {
                requirement.to_run = requirement.to_run.max(to_run);
                requirement.to_pass = requirement.to_pass.max(slots_to_hold(milestone.work));
            }
            // A run that starts before the milestone, and may not stop until after it.
            let first = (slot + 1).saturating_sub(least_run);
            for (start, requirement) in
                requirements.iter_mut().enumerate().take(slot + 1).skip(first)
            {
                requirement.to_start =
                    requirement.to_start.max(to_run.saturating_sub(slot - start));
            }
        }
        let mut so_far = 0;
        for requirement in &mut requirements {
            so_far = requirement.to_pass.max(so_far);
            requirement.to_pass = so_far;
        }
        Requirements(requirements)
    }

    pub(super) fn at(&self, slot: usize) -> Requirement {
        self.0.get(slot).copied().unwrap_or_default()
    }

    /// Reports whether the first run may start as late as in this slot.
    pub(super) fn may_wait_for(&self, slot: usize) -> bool {
        slot.checked_sub(1).is_none_or(|before| self.at(before).to_pass == 0)
    }
}
