//! The result of a reading.

use gpu_carbon_core::Power;

/// The result of a reading besides the totals.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::accounting) struct ReadOutcome {
    /// The mean power since the last reading, by the energy counter.
    pub(in crate::accounting) power: Option<Power>,
    /// True if energy was added.
    pub(in crate::accounting) has_energy: bool,
    /// The kind of error, if the reading was not counted.
    pub(in crate::accounting) error: Option<&'static str>,
}
