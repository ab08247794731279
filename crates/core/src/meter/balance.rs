//! The balance between an energy counter and the energy that was counted.

use super::counter::Counter;
use super::state::{CounterUse, Unsettled};
use crate::time::Span;
use crate::units::Energy;

/// The time for which energy without samples of power waits for the counter, before it counts as unseen.
const UNRESOLVED_FOR: Span = Span::from_seconds(60);

/// The share of the integral that a counter must show after it did not answer. One that shows less has not counted.
const LEAST_SHARE: f64 = 0.5;

/// The balance between an energy counter and the energy that was counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Balance {
    /// The reading up to which the counter was counted, since boot.
    pub(super) settled_at: Span,
    /// The rise of the counter that was not counted yet, in mJ.
    uncounted: u64,
    /// The energy that was counted and that the counter will show, too.
    pub(super) ahead: Energy,
    /// True while power is counted until the counter shows that energy.
    pub(super) is_provisional: bool,
    /// The time without samples of power, of which the counter may still show the energy.
    unresolved: Span,
    unresolved_since: Span,
}

impl Balance {
    /// The balance at a reading up to which everything is settled.
    pub(super) fn settled(at: Span) -> Balance {
        Balance { settled_at: at, ..Balance::default() }
    }

    /// The balance of an earlier process.
    pub(super) fn resumed(unsettled: &Unsettled) -> Balance {
        Balance {
            settled_at: unsettled.settled_at,
            uncounted: 0,
            ahead: unsettled.ahead,
            is_provisional: unsettled.use_of_counter == CounterUse::Awaited,
            unresolved: unsettled.unresolved,
            unresolved_since: unsettled.unresolved_since,
        }
    }

    /// The settled value of the counter, in mJ, and the open questions. The counter is `None` if its next value settles
    /// nothing.
    pub(super) fn state(
        &self,
        counter: Option<&Counter>,
        is_believed: bool,
    ) -> (Option<u64>, Option<Unsettled>) {
        let uncounted = self.uncounted;
        let settled = counter.map(|counter| {
            let (value, moved) = counter.accepted();
            let moved = if uncounted > 0 { self.settled_at } else { moved };
            (value.saturating_sub(uncounted), moved)
        });
        let use_of_counter = match settled {
            _ if !is_believed => CounterUse::Disbelieved,
            Some(_) if !self.is_provisional => CounterUse::Counted,
            _ => CounterUse::Awaited,
        };
        let is_owed = settled.is_some() || !is_believed;
        let unsettled = Unsettled {
            use_of_counter,
            moved: settled.map_or(self.settled_at, |(_, moved)| moved),
            settled_at: self.settled_at,
            odd: counter.and_then(Counter::odd),
            ahead: if is_owed { self.ahead } else { Energy::ZERO },
            unresolved: self.unresolved,
            unresolved_since: self.unresolved_since,
        };
        let is_settled = unsettled.ahead == Energy::ZERO
            && unsettled.unresolved == Span::ZERO
            && unsettled.odd.is_none()
            && (use_of_counter == CounterUse::Counted || settled.is_none() && is_believed);
        (settled.map(|(value, _)| value), Some(unsettled).filter(|_| !is_settled))
    }

    pub(super) const fn add_rise(&mut self, millijoules: u64) {
        self.uncounted = self.uncounted.saturating_add(millijoules);
    }

    /// The rise of the counter that was not counted yet.
    fn rise(&self) -> Energy {
        Energy::from_millijoules(self.uncounted)
    }

    /// Reports whether the counter went on counting while the power was.
    pub(super) fn has_counted(&self) -> bool {
        self.rise().as_joules() >= self.ahead.as_joules() * LEAST_SHARE
    }

    /// Takes the energy that the counter shows and that was not counted.
    pub(super) fn take_rise(&mut self) -> Energy {
        let (rise, ahead) = (self.rise(), self.ahead);
        (self.uncounted, self.ahead) = (0, ahead.saturating_sub(rise));
        self.unresolved = Span::ZERO;
        rise.saturating_sub(ahead)
    }

    /// Takes the energy that the power shows and that was not counted.
    pub(super) fn take_power(&mut self, power: Energy) -> Energy {
        let ahead = self.ahead;
        self.ahead = ahead.saturating_sub(power);
        power.saturating_sub(ahead)
    }

    /// Continues with the counter from here.
    pub(super) const fn settle_at(&mut self, uptime: Span) {
        (self.settled_at, self.uncounted, self.is_provisional) = (uptime, 0, false);
    }

    /// Adds time without samples of power. Returns the time that counts as unseen.
    pub(super) fn wait_for_counter(&mut self, gaps: Span, uptime: Span) -> Span {
        if self.unresolved == Span::ZERO {
            self.unresolved_since = uptime;
        }
        self.unresolved = self.unresolved + gaps;
        let is_over = uptime.saturating_sub(self.unresolved_since) > UNRESOLVED_FOR;
        if is_over { self.give_up() } else { Span::ZERO }
    }

    /// Waits for the counter no longer. Returns the time that counts as unseen.
    pub(super) const fn give_up(&mut self) -> Span {
        core::mem::replace(&mut self.unresolved, Span::ZERO)
    }
}
