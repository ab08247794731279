//! The result of a reading.

use alloc::vec::Vec;

use crate::flow::Flow;
use crate::time::Span;
use crate::units::{Energy, Power};

/// The result of a reading, compared with those before it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Observation {
    /// The energy since the last reading up to which energy was counted; `None` if there is nothing to compare with.
    pub flow: Option<Flow>,
    /// The mean power since that reading, by the counter.
    pub mean_power: Option<Power>,
    /// The meter that the energy is from.
    pub method: Method,
    /// True if the energy up to this reading is counted or unseen; false if a later reading will tell.
    pub is_counted: bool,
    /// True if the energy is from before this meter's first reading.
    pub is_recovered: bool,
    /// The time whose energy is unknown, as became known with this reading.
    pub unseen: Span,
    /// The events of the counter.
    pub events: Vec<CounterEvent>,
}

/// The meter that energy is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// The energy counter.
    Counter,
    /// The integral of the power.
    #[default]
    Integrated,
}

/// An event of an energy counter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CounterEvent {
    /// The counter fell, stayed there, and counts on from the lower value, as after a reload of the driver.
    Reset,
    /// The counter showed a value for a moment that cannot be true, and then counted on as if it had not.
    Outlier,
    /// The counter rose by this much, which is more than a GPU can draw. Its rise is not counted.
    Implausible(Energy),
    /// The counter is not believed any more. Power is integrated instead.
    Disbelieved(Disbelief),
    /// The counter is believed again.
    Believed,
    /// The counter lastingly counts this many times the integral of the power, and is believed all the same.
    Factor(f64),
}

/// A reason not to believe an energy counter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Disbelief {
    /// The counter stands still, while power flows.
    Stands,
    /// The counter rises by more than a GPU can draw, each time; if the power is known, by this many times its integral.
    Leaps(Option<f64>),
    /// The counter counts this many times the integral of the power, and nothing known explains such a factor.
    Factor(f64),
}
