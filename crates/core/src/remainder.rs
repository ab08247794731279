//! The rest of a whole, of which other meters measure the parts.
//!
//! The meters are read at different times, so within seconds the parts may seem to be more than the whole. That is a
//! debt, which the next energy of the rest pays. A debt that stays is no matter of times: the meters disagree.
//!
//! A part that was not read for long shows its energy later. Until then it was in the rest, which owes it, however long that takes.

use crate::sum::Sum;
use crate::time::Span;
use crate::units::Energy;

/// The time in which a debt is paid if it comes from the times of the readings alone.
const SETTLED_AFTER: Span = Span::from_seconds(60);

/// The rest of a whole: at all times, `whole + disagreement + debt + owed = parts + rest`. No term ever falls, but the debt and what
/// is owed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Remainder {
    rest: Sum,
    disagreement: Sum,
    debt: Sum,
    owed: Sum,
    /// The time since boot at which the debt began.
    since: Option<Span>,
}

impl Remainder {
    /// Adds energy of the whole and that of its parts, at a time since boot. Returns by how much the rest has grown.
    pub fn add(&mut self, whole: Energy, parts: Energy, uptime: Span) -> Energy {
        let mut balance = Sum::default();
        balance.add(whole.as_joules());
        balance.add(-parts.as_joules());
        balance.add(-self.debt.value());
        let balance = balance.value();
        let paid = self.owed.value().min(balance).max(0.0);
        self.owed.add(-paid);
        let grown = Energy::saturating(balance - paid);
        self.rest.add(grown.as_joules());
        self.debt = Sum::default();
        if balance >= 0.0 {
            self.since = None;
            return grown;
        }
        let since = *self.since.get_or_insert(uptime);
        if uptime.saturating_sub(since) < SETTLED_AFTER {
            self.debt.add(-balance);
        } else {
            self.disagreement.add(-balance);
            self.since = None;
        }
        grown
    }

    /// Adds energy of the parts from a time whose whole was added without it. The rest grows no more until it has made up for it.
    pub fn owe(&mut self, late: Energy) {
        self.owed.add(late.as_joules());
    }

    /// The energy of the parts that the rest has not made up for.
    #[must_use]
    pub fn owed(&self) -> Energy {
        Energy::saturating(self.owed.value())
    }

    /// The energy of the rest.
    #[must_use]
    pub fn rest(&self) -> Energy {
        Energy::saturating(self.rest.value())
    }

    /// The energy by which the parts were more than the whole, for a minute and more.
    #[must_use]
    pub fn disagreement(&self) -> Energy {
        Energy::saturating(self.disagreement.value())
    }

    /// The energy by which the parts are more than the whole at present.
    #[must_use]
    pub fn debt(&self) -> Energy {
        Energy::saturating(self.debt.value())
    }
}
