//! The shares of those who hold a GPU, beside its totals.

use std::collections::BTreeSet;
use std::sync::Arc;

use gpu_carbon_core::{Flow, Interval, SLOT, Timestamp, embodied};

use super::RunningTotals;
use crate::accounting::settings::Context;
use crate::accounting::workloads::{GpuHolders, Watching};
use crate::snapshot::SharesView;

impl RunningTotals {
    /// Begins to count shares at the first reading, if energy is divided among holders.
    pub(super) fn begin_shares(&mut self, at: Timestamp, holders: Option<&GpuHolders<'_>>) {
        let pending = self.accounts.pending_flows().map(|(_, flow)| flow);
        let has_ledger = self.persistence.is_some();
        self.shares.begin(at, &self.carried_over, pending, has_ledger, holders.is_some());
    }

    /// True if the ledger knows the GPU, and nothing was read in this run.
    pub(in crate::accounting) fn is_to_resume(&self) -> bool {
        self.resume_from.is_some()
    }

    /// Divides a time in which the GPU was present. Before the first reading the exporter was away.
    pub(super) fn divide_presence(
        &mut self,
        presence: Interval,
        is_first: bool,
        holders: Option<&GpuHolders<'_>>,
        context: Context<'_>,
    ) {
        let watching = if is_first { Watching::Away } else { Watching::Running };
        let manufacture = self.manufacture;
        let lifespan = context.settings.lifespan;
        let embodied = |part: Interval| {
            manufacture.map(|total| embodied::of_one_gpu(total, part.length(), lifespan))
        };
        self.shares.record_presence(presence, embodied, watching, holders, context.now);
    }

    /// Forgets the shares of slots in which all energy is converted.
    pub(super) fn forget_converted_shares(&mut self) {
        let slot = |flow: Flow| flow.interval.start().floor_to(SLOT);
        let slots: BTreeSet<Timestamp> =
            self.accounts.pending_flows().map(|(_, flow)| slot(flow)).collect();
        self.shares.keep_pending(&slots);
    }

    /// Forgets a workload that is no longer published.
    pub(in crate::accounting) fn forget(&mut self, workload: &str) {
        self.shares.forget(workload);
    }

    /// The published shares: with a ledger those of the totals that it holds, and otherwise the latest.
    pub(in crate::accounting) fn shares(&self) -> Option<Arc<SharesView>> {
        self.shares.published(self.persistence.is_some())
    }
}
