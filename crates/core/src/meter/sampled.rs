//! A meter that shows power alone, such as a power meter of ACPI.

use super::measured::Measured;
use crate::flow::Flow;
use crate::time::{Interval, Span, Timestamp};
use crate::units::Power;

/// A meter that integrates power: between two samples it is a straight line.
#[derive(Debug, Clone)]
pub struct SampledMeter {
    longest: Span,
    last: Option<Sample>,
}

#[derive(Debug, Clone, Copy)]
struct Sample {
    power: Power,
    uptime: Span,
}

impl SampledMeter {
    /// A meter without samples. Between samples that lie further apart than `longest`, the energy is unseen.
    #[must_use]
    pub const fn new(longest: Span) -> SampledMeter {
        SampledMeter { longest, last: None }
    }

    /// Takes a sample, and returns the energy since the one before. `uptime` is the time since boot; one before the last is
    /// that of another boot.
    pub fn observe(&mut self, at: Timestamp, uptime: Span, power: Power) -> Measured {
        let shown = Measured { power: Some(power), ..Measured::default() };
        let Some(last) = self.last.replace(Sample { power, uptime }) else { return shown };
        if uptime < last.uptime {
            return Measured { unseen: uptime, ..shown };
        }
        let elapsed = uptime.saturating_sub(last.uptime);
        if elapsed > self.longest {
            return Measured { unseen: elapsed, ..shown };
        }
        let energy = last.power.midpoint(power) * elapsed;
        let flow = Flow { interval: Interval::new(at - elapsed, at), energy };
        Measured::of_flow(flow, Some(power))
    }
}
