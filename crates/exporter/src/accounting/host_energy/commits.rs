//! The energy of the host towards the ledger.

use gpu_carbon_core::Timestamp;
use gpu_carbon_ledger::{GpuState, ShareRevision};

use super::HostEnergy;
use crate::accounting::gpu_totals::GpuCommit;
use crate::accounting::settings::Context;
use crate::intensity::Grid;

impl HostEnergy {
    /// Continues the accounts of a ledger.
    pub(in crate::accounting) fn continue_from(&mut self, states: &[GpuState]) {
        self.components.continue_from(states.iter());
    }

    /// Takes newer intensities: converts what is not committed again, and what is pending.
    pub(in crate::accounting) fn revise(&mut self, old: &Grid, context: Context<'_>) {
        self.components.revise(old, context.grid);
        self.components.convert_pending(context);
    }

    /// The earliest time of energy that may still be converted.
    pub(in crate::accounting) fn pending_since(&self) -> Option<Timestamp> {
        self.components.pending_since()
    }

    /// The batches of all that the ledger lacks.
    pub(in crate::accounting) fn take_batches(&mut self, context: Context<'_>) -> Vec<GpuCommit> {
        self.components.take_batches(context)
    }

    /// Records that the last batch is in the ledger. Its totals are published, unless later totals were published meanwhile.
    pub(in crate::accounting) fn finish_commit(&mut self, published_ahead: bool) {
        self.components.finish_commit(published_ahead);
    }

    /// Records that the last batch is not in the ledger.
    pub(in crate::accounting) fn abort_commit(&mut self, grid: &Grid) {
        self.components.abort_commit(grid);
    }

    /// Applies a restatement of one of the ledger's accounts.
    pub(in crate::accounting) fn restate(
        &mut self,
        uuid: &str,
        grams: f64,
        shares: &[ShareRevision],
    ) {
        self.components.restate(uuid, grams, shares);
    }

    /// Forgets a workload that is no longer published.
    pub(in crate::accounting) fn forget(&mut self, workload: &str) {
        self.components.forget(workload);
    }

    /// Adapts to a new ledger, which is empty.
    pub(in crate::accounting) fn restart_ledger(&mut self) {
        self.components.restart_ledger();
    }

    /// Publishes the totals although they are not in the ledger.
    pub(in crate::accounting) fn publish_uncommitted(&mut self) {
        self.components.publish_uncommitted();
    }
}
