//! Energy over an interval of time.

use crate::time::{Interval, SLOT, Span};
use crate::units::Energy;

/// Energy that flowed in an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flow {
    /// The interval; the instant of the reading when the clock did not advance.
    pub interval: Interval,
    /// The amount of energy.
    pub energy: Energy,
}

impl Flow {
    /// The share of this flow in a part of its interval. Of an instant it is all.
    pub(crate) fn within(self, part: Interval) -> Flow {
        let energy = match part.length() / self.interval.length() {
            Some(share) if part != self.interval => self.energy * share,
            _ => self.energy,
        };
        Flow { interval: part, energy }
    }

    /// Calls a function with each part of this flow, cut at the ends of five-minute slots of UTC.
    pub(crate) fn in_slots(self, mut take: impl FnMut(Flow)) {
        let mut rest = Some(self.interval);
        while let Some(interval) = rest {
            let slot_end = interval.start().floor_to(SLOT) + SLOT;
            let (head, tail) = interval.split_at(slot_end);
            take(self.within(head.unwrap_or(interval)));
            rest = tail.filter(|_| head.is_some()); // at the end of time a slot has no end
        }
    }

    /// Reports whether the next flow begins where this one ends, and both lie in one five-minute slot.
    pub(crate) fn shares_slot_with(self, next: Flow) -> bool {
        let slot = self.interval.start().floor_to(SLOT);
        self.interval.end() == next.interval.start()
            && next.interval.end() <= slot + SLOT
            && next.interval.length() > Span::ZERO
            && self.interval.length() > Span::ZERO
    }

    pub(crate) fn extend(&mut self, next: Flow) {
        self.interval = Interval::new(self.interval.start(), next.interval.end());
        self.energy += next.energy;
    }
}
