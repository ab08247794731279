//! The integral of a GPU's power since a time.

use crate::time::Span;
use crate::units::{Energy, Power};

/// A straight line between two samples of power.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// The times of the two samples, since boot.
    pub(super) from: Span,
    pub(super) to: Span,
    /// The mean power between them.
    pub(super) mean: Power,
    /// True if the samples are so close to each other that the energy between them may be counted.
    pub(super) is_countable: bool,
    /// True if both samples are the same.
    pub(super) is_flat: bool,
}

/// The integral of a GPU's power since a time, and the energy that was counted since then.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Integral {
    /// The time since boot.
    pub(super) since: Span,
    /// The integral of the power.
    pub(super) energy: Energy,
    /// The part of it that may be counted.
    pub(super) countable: Energy,
    /// The length of the time of that part.
    pub(super) countable_time: Span,
    /// The energy that was counted, by whichever meter.
    pub(super) counted: Energy,
    /// True if any sample differs from the one before it.
    pub(super) has_varied: bool,
}

impl Integral {
    pub(super) fn new(since: Span) -> Integral {
        Integral { since, ..Integral::default() }
    }

    /// Adds the part of a step since the integral began.
    pub(super) fn add(&mut self, step: Step) {
        let length = step.to.saturating_sub(step.from.max(self.since));
        let energy = step.mean * length;
        self.energy += energy;
        self.has_varied |= !step.is_flat;
        if step.is_countable {
            self.countable += energy;
            self.countable_time = self.countable_time + length;
        }
    }

    /// The time since the integral began.
    pub(super) const fn length(&self, uptime: Span) -> Span {
        uptime.saturating_sub(self.since)
    }

    /// The time that the countable part does not cover.
    pub(super) const fn gaps(&self, uptime: Span) -> Span {
        self.length(uptime).saturating_sub(self.countable_time)
    }
}
