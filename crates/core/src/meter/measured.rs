//! The result of a reading of a meter that has no other beside it.

use crate::flow::Flow;
use crate::time::Span;
use crate::units::{Energy, Power};

/// The energy since the reading before, of a meter of a host.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Measured {
    /// The energy; `None` if there is nothing to compare with.
    pub flow: Option<Flow>,
    /// The power; of a counter, the mean since the reading before.
    pub power: Option<Power>,
    /// The time since the reading before, if its energy is unknown.
    pub unseen: Span,
    /// The event of a counter.
    pub event: Option<WrapEvent>,
}

impl Measured {
    pub(super) fn of_flow(flow: Flow, power: Option<Power>) -> Measured {
        Measured { flow: Some(flow), power, ..Measured::default() }
    }

    pub(super) fn of_event(event: WrapEvent) -> Measured {
        Measured { event: Some(event), ..Measured::default() }
    }
}

/// An event of a counter that wraps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WrapEvent {
    /// The counter passed its highest value, and began again at zero. Its energy is counted.
    Wrap,
    /// The counter fell by more than a wrap explains, as after a boot. The energy since the last reading is unseen.
    Restart,
    /// The counter rose by this much, which is more than can have flowed. The energy since the last reading is unseen.
    Implausible(Energy),
    /// The last reading is so long ago that the counter may have wrapped without being seen to. The energy is unseen.
    Gap,
    /// The value is above the counter's range, so it is none of the counter's, and is left out.
    OutOfRange,
}
