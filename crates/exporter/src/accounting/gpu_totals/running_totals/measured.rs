//! The energy of a GPU that was measured in this run.

use gpu_carbon_core::Energy;

use super::RunningTotals;

impl RunningTotals {
    /// The energy that was measured in this run, without that of the time before it.
    pub(in crate::accounting) fn measured_in_run(&self) -> Energy {
        self.accounts.measured().saturating_sub(self.accounts.recovered())
    }
}
