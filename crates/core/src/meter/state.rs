//! The state of a meter between two processes.

use crate::time::{Span, Timestamp};
use crate::units::Energy;

/// The state of a meter, from which that of another process can [resume](crate::Meter::resume).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeterState {
    /// The reading up to which energy is counted, unseen or unsettled, by the calendar.
    pub at: Timestamp,
    /// The time since boot of that reading.
    pub uptime: Span,
    /// The value of the counter up to which its energy is settled, in mJ; `None` if it is not used.
    pub millijoules: Option<u64>,
    /// The open questions; `None` if there are none.
    pub unsettled: Option<Unsettled>,
}

/// The questions that later readings of a meter are to answer. Without them, a process that is killed before would leave
/// energy neither counted nor unseen, or count it twice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Unsettled {
    /// The use of the counter.
    pub use_of_counter: CounterUse,
    /// The time at which the counter last moved to its settled value, since boot.
    pub moved: Span,
    /// The reading up to which the energy of the counter is settled, since boot.
    pub settled_at: Span,
    /// The value that cannot follow the settled one.
    pub odd: Option<OddValue>,
    /// The energy that was counted and that the other meter will show, too.
    pub ahead: Energy,
    /// The time without samples of power, of which the counter may still show the energy.
    pub unresolved: Span,
    /// The reading at which that time began to wait for the counter, since boot.
    pub unresolved_since: Span,
}

/// The use of an energy counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CounterUse {
    /// The rise of the counter is counted.
    Counted,
    /// The power is counted until the counter shows its energy.
    Awaited,
    /// The counter is not believed.
    Disbelieved,
}

/// A value of a counter that cannot follow the accepted one: it is lower, or higher by more than a GPU can draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OddValue {
    /// The time at which the counter first showed a value like this, since boot.
    pub since: Span,
    /// The value that it showed last, in mJ.
    pub millijoules: u64,
    /// The time at which that last changed, since boot.
    pub moved: Span,
    /// True if it cannot follow an earlier odd value, either.
    pub is_repeated: bool,
}

impl CounterUse {
    /// All uses.
    pub const ALL: [CounterUse; 3] =
        [CounterUse::Counted, CounterUse::Awaited, CounterUse::Disbelieved];

    /// The name, as in `awaited`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            CounterUse::Counted => "counted",
            CounterUse::Awaited => "awaited",
            CounterUse::Disbelieved => "disbelieved",
        }
    }

    /// The use with a name.
    #[must_use]
    pub fn named(name: &str) -> Option<CounterUse> {
        CounterUse::ALL.into_iter().find(|it| it.name() == name)
    }
}
