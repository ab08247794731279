//! The shares of those who hold a GPU in the time of its presence.

use gpu_carbon_core::{Interval, embodied};

use super::RunningTotals;
use crate::accounting::energy_account::slots;
use crate::accounting::settings::Context;
use crate::accounting::workloads::{GpuHolders, Watching};

impl RunningTotals {
    /// Divides a time in which the GPU was present, in parts within one slot of the ledger each. Before the first reading the
    /// exporter was away.
    pub(super) fn divide_presence(
        &mut self,
        presence: Interval,
        is_first: bool,
        holders: Option<&GpuHolders<'_>>,
        context: Context<'_>,
    ) {
        let watching = if is_first { Watching::Away } else { Watching::Running };
        let (manufacture, lifespan) = (self.manufacture, context.settings.lifespan);
        let (Some(shares), Some(holders)) = (self.energy.shares_mut(), holders) else { return };
        for (slot, part) in slots(presence, context.now) {
            let embodied =
                manufacture.map(|total| embodied::of_one_gpu(total, part.length(), lifespan));
            shares.record_presence(part, slot, embodied, watching, holders);
        }
        shares.record_holders(holders);
    }
}
