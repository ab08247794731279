//! The time of a reading.

use gpu_carbon_core::{Span, Timestamp};

/// The time of a reading.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The calendar time, which names the time of the energy.
    pub at: Timestamp,
    /// The time since boot, with the machine's sleep, which decides on lengths of time.
    pub uptime: Span,
}
