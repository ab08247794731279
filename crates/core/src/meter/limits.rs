//! The limits of plausible readings.

use crate::time::Span;
use crate::units::Power;

/// The limits of plausible readings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// A power above that of any GPU. A counter that rises faster is implausible.
    pub ceiling: Power,
    /// The longest time between two samples of power whose energy is counted.
    pub longest_sample: Span,
}

impl Default for Limits {
    /// 10 kW (the largest GPU module of 2026 draws under 3 kW), and five seconds.
    fn default() -> Limits {
        Limits {
            ceiling: Power::from_milliwatts(10_000_000),
            longest_sample: Span::from_seconds(5),
        }
    }
}
