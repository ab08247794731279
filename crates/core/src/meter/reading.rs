//! One reading of a GPU's meters.

use super::state::{MeterState, Unsettled};
use crate::time::{Span, Timestamp};
use crate::units::Power;

/// One reading of a GPU's meters: its energy counter and its power.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// The calendar time, which decides the slot that the energy belongs to.
    pub at: Timestamp,
    /// The time since boot, including the machine's sleep. It is never set, so that power is integrated over it.
    pub uptime: Span,
    /// The energy counter.
    pub counter: CounterReading,
    /// The power, if the GPU reports it.
    pub power: Option<Power>,
}

/// A reading of an energy counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterReading {
    /// All energy since the driver was loaded, in mJ. It restarts at zero with the driver.
    Millijoules(u64),
    /// No counter, or one that does not answer.
    Failed,
    /// The counter was not read this time, but will be soon.
    Skipped,
}

impl Reading {
    /// A reading of a counter of a GPU that reports no power.
    #[must_use]
    pub const fn of_counter(at: Timestamp, uptime: Span, millijoules: u64) -> Reading {
        Reading { at, uptime, counter: CounterReading::Millijoules(millijoules), power: None }
    }

    /// A reading of the power of a GPU whose counter does not answer.
    #[must_use]
    pub const fn of_power(at: Timestamp, uptime: Span, power: Power) -> Reading {
        Reading { at, uptime, counter: CounterReading::Failed, power: Some(power) }
    }
}

/// The state of a GPU's meter before this program read it first; a meter can [resume](crate::Meter::resume) from it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PriorState {
    /// The counter was read, and still counts from there unless it fell.
    Counter {
        /// The time of the reading.
        at: Timestamp,
        /// The value of the counter, in mJ.
        millijoules: u64,
    },
    /// The counter restarted at zero, because the driver was loaded at this time or later.
    Restarted {
        /// The earliest time of the restart.
        at: Timestamp,
    },
    /// The counter was read, and left open questions.
    Unsettled {
        /// The time of the last reading.
        at: Timestamp,
        /// The value of the counter up to which its energy is settled, in mJ; `None` if it was not used.
        millijoules: Option<u64>,
        /// The questions.
        unsettled: Unsettled,
    },
    /// The energy was the integral of the power.
    Power {
        /// The time of the last reading.
        at: Timestamp,
    },
}

impl PriorState {
    /// The state that a meter left, for another process in the same boot, in which the driver was not exchanged.
    #[must_use]
    pub const fn after(state: MeterState) -> PriorState {
        let MeterState { at, millijoules, unsettled, .. } = state;
        match (unsettled, millijoules) {
            (Some(unsettled), _) => PriorState::Unsettled { at, millijoules, unsettled },
            (None, Some(millijoules)) => PriorState::Counter { at, millijoules },
            (None, None) => PriorState::Power { at },
        }
    }

    /// The time of the reading, or the earliest time of the restart.
    #[must_use]
    pub const fn at(self) -> Timestamp {
        match self {
            PriorState::Counter { at, .. }
            | PriorState::Restarted { at }
            | PriorState::Unsettled { at, .. }
            | PriorState::Power { at } => at,
        }
    }

    pub(super) const fn at_mut(&mut self) -> &mut Timestamp {
        match self {
            PriorState::Counter { at, .. }
            | PriorState::Restarted { at }
            | PriorState::Unsettled { at, .. }
            | PriorState::Power { at } => at,
        }
    }
}
