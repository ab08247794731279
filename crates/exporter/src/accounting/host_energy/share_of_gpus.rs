//! The energy of the host around the GPUs, where it is declared as a share of theirs.

use gpu_carbon_core::{Flow, Ratio};
use gpu_carbon_ledger::{EnergySource, HostAccount};

use super::{GpusOfHost, HostEnergy};
use crate::accounting::settings::Context;
use crate::accounting::workloads::HostHolders;
use crate::clock::ClockReading;
use crate::host_view::{HostMethod, HostPart};

impl HostEnergy {
    /// The share that is declared, as long as no meter measures a part of what it stands for.
    pub(super) fn share_of_gpus(&self, gpus_contain_host: bool) -> Option<Ratio> {
        let is_measured = gpus_contain_host || self.meters.iter().any(|meter| meter.has_answered);
        self.declared.share_of_gpus.filter(|_| !is_measured)
    }

    /// Adds the share of an energy that a GPU has used. It is in the same time, and of the same source, as that.
    pub(in crate::accounting) fn count_share_of_gpu(
        &mut self,
        flow: Flow,
        source: EnergySource,
        gpus_contain_host: bool,
        holders: Option<&HostHolders<'_>>,
        now: ClockReading,
        context: Context<'_>,
    ) {
        if let Some(share) = self.share_of_gpus(gpus_contain_host) {
            let flow = Flow { energy: flow.energy * share, ..flow };
            let account = HostAccount { part: HostPart::Rest, method: HostMethod::Declared };
            self.components.add(account, source, flow, holders, now, context);
        }
    }

    /// Sets the power of the share to that of the GPUs, if it is declared.
    pub(super) fn set_power_of_share(&mut self, gpus: GpusOfHost) {
        if self.declared.share_of_gpus.is_some() {
            let share = self.share_of_gpus(gpus.contain_host);
            let power = gpus.power.zip(share).map(|(power, share)| power * share);
            self.components.set_power(HostPart::Rest, HostMethod::Declared, power);
        }
    }
}
