//! The question for data.

use gpu_carbon_core::{Interval, Signal, Timestamp};

/// The data that are wanted for some zones.
#[derive(Debug, Clone)]
pub(crate) struct DataQuery {
    /// The time that a plan needs.
    pub(crate) needed: Interval,
    /// The present.
    pub(crate) now: Timestamp,
    /// The signal; either where there is none.
    pub(crate) signal: Option<Signal>,
    /// True to ask no service.
    pub(crate) offline: bool,
    /// The address of every service, in tests.
    pub(crate) base_url: Option<String>,
}
