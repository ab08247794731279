//! The result of a reading.

use gpu_carbon_core::{Flow, Power};
use gpu_carbon_ledger::EnergySource;

/// The result of a reading besides the totals.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::accounting) struct ReadOutcome {
    /// The mean power since the last reading, by the energy counter.
    pub(in crate::accounting) power: Option<Power>,
    /// The energy that was added.
    pub(in crate::accounting) added: Option<AddedEnergy>,
    /// The kind of error, if the reading was not counted.
    pub(in crate::accounting) error: Option<&'static str>,
}

/// Energy that a reading has added to the totals of a GPU.
#[derive(Debug, Clone, Copy)]
pub(in crate::accounting) struct AddedEnergy {
    /// The energy, and the time in which it was used.
    pub(in crate::accounting) flow: Flow,
    /// The way in which it was measured.
    pub(in crate::accounting) source: EnergySource,
}
