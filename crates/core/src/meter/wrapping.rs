//! A meter of an energy counter that begins again at zero after its highest value, such as those of RAPL.
//!
//! For a counter of a GPU, a fall is a restart. Here it is a wrap, if what it means is an energy that can have flowed
//! since the reading before. Between two readings that lie so far apart that the counter may have wrapped without
//! being seen to, the energy is unknown: it is *unseen*, and never guessed.

use super::measured::{Measured, WrapEvent};
use crate::flow::Flow;
use crate::time::{Interval, Span, Timestamp};
use crate::units::{Energy, Power};

/// The values of a counter of 32 bits without zero, as all that RAPL has.
const COUNTS: u64 = u32::MAX as u64;

/// The time by which a counter, or its reader, may lag behind the power: the rise between two readings may contain the energy
/// of so much more time than lies between them.
const LAG: Span = Span::from_seconds(1);

/// The shortest time in which a counter may wrap at half the speed of the highest power: it is read each second.
const LEAST_UNAMBIGUOUS: Span = Span::from_seconds(3);

/// A range of a counter that no meter can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CounterRangeError {
    /// The counter would wrap more often than it is read.
    #[error(
        "the range of the energy counter, {range} microjoules, is too small: at {watts} W it wraps within seconds"
    )]
    TooSmall {
        /// The range in microjoules.
        range: u64,
        /// The highest plausible power in watts.
        watts: u64,
    },
    /// The range is more than half of what 64 bits hold.
    #[error("the range of the energy counter, {range} microjoules, is more than any counter has")]
    TooLarge {
        /// The range in microjoules.
        range: u64,
    },
}

/// A meter that turns the values of one counter into energy.
///
/// ```
/// use gpu_carbon_core::meter::{WrapEvent, WrappingMeter};
/// use gpu_carbon_core::{Power, Span, Timestamp};
///
/// let ceiling = Power::from_watts(2000.0)?;
/// let mut meter = WrappingMeter::new(262_143_328_850, ceiling)?;
/// let mut read = |seconds: u64, microjoules| {
///     let uptime = Span::from_seconds(seconds);
///     meter.observe(Timestamp::from_unix_seconds(1000) + uptime, uptime, microjoules)
/// };
/// assert_eq!(read(0, 262_143_000_000).flow, None);
/// let measured = read(1, 99_671_089);
/// assert_eq!(measured.event, Some(WrapEvent::Wrap));
/// assert_eq!(measured.flow.unwrap().energy.as_joules(), 100.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct WrappingMeter {
    range: u64,
    /// The number of microjoules after which the counter shows the same value again.
    modulus: u64,
    ceiling: Power,
    longest: Span,
    last: Option<Stand>,
}

/// A value of the counter, and the time since boot at which it was read.
#[derive(Debug, Clone, Copy)]
struct Stand {
    microjoules: u64,
    uptime: Span,
}

impl WrappingMeter {
    /// A meter without readings. `range` is the highest value of the counter in microjoules, and `ceiling` a power above
    /// that of any such part of a machine.
    ///
    /// # Errors
    ///
    /// When the range is too small to be read before it wraps, or larger than any.
    pub fn new(range: u64, ceiling: Power) -> Result<WrappingMeter, CounterRangeError> {
        if range > u64::MAX / 2 {
            return Err(CounterRangeError::TooLarge { range });
        }
        // The kernel shows the highest value of a counter of 32 bits, so the range lacks one of its units.
        let unit = range.saturating_add(COUNTS / 2) / COUNTS;
        let modulus = range.saturating_add(unit.max(1));
        let seconds = Energy::from_microjoules(modulus).as_joules() / (2.0 * ceiling.as_watts());
        let longest = Span::from_seconds_f64(seconds).unwrap_or(Span::ALL);
        if longest < LEAST_UNAMBIGUOUS {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a power is never negative, and one beyond the range of u64 saturates"
            )]
            let watts = ceiling.as_watts() as u64;
            return Err(CounterRangeError::TooSmall { range, watts });
        }
        Ok(WrappingMeter { range, modulus, ceiling, longest, last: None })
    }

    /// The longest time between two readings whose energy is counted: half of the time in which the counter wraps at the
    /// highest plausible power.
    #[must_use]
    pub const fn longest_gap(&self) -> Span {
        self.longest
    }

    /// The number of microjoules after which the counter shows the same value again.
    #[must_use]
    pub const fn modulus(&self) -> u64 {
        self.modulus
    }

    /// Takes a value, and returns the energy since the one before. `uptime` is the time since boot, and decides on lengths
    /// of time; `at` only names the time of the energy. An uptime before the last one is that of another boot.
    pub fn observe(&mut self, at: Timestamp, uptime: Span, microjoules: u64) -> Measured {
        if microjoules > self.range {
            return Measured::of_event(WrapEvent::OutOfRange);
        }
        let stand = Stand { microjoules, uptime };
        let Some(last) = self.last.replace(stand) else { return Measured::default() };
        if uptime < last.uptime {
            return Measured { unseen: uptime, ..Measured::of_event(WrapEvent::Restart) };
        }
        let elapsed = uptime.saturating_sub(last.uptime);
        let unseen = |event| Measured { unseen: elapsed, ..Measured::of_event(event) };
        if elapsed > self.longest {
            return unseen(WrapEvent::Gap);
        }
        let has_fallen = microjoules < last.microjoules;
        let value = if has_fallen { microjoules.saturating_add(self.modulus) } else { microjoules };
        let energy = Energy::from_microjoules(value.saturating_sub(last.microjoules));
        if energy > self.ceiling * (elapsed + LAG) {
            let rise = WrapEvent::Implausible(energy);
            return unseen(if has_fallen { WrapEvent::Restart } else { rise });
        }
        let flow = Flow { interval: Interval::new(at - elapsed, at), energy };
        Measured {
            event: has_fallen.then_some(WrapEvent::Wrap),
            ..Measured::of_flow(flow, energy.over(elapsed))
        }
    }
}
