//! The record of the host around its GPUs.

use gpu_carbon_core::{Energy, Power};
use gpu_carbon_host::Outcome;
use gpu_carbon_ledger::RecordedBoundary;

use super::gpu::GpuRecord;
use super::gpu_totals::AddedEnergy;
use super::host::Accounting;
use super::host_energy::{GpusOfHost, HostEnergy};
use super::settings::Context;
use super::workloads::HostHolders;
use crate::clock::ClockReading;
use crate::host_meters::{MeterInfo, Settings};
use crate::host_view::{Boundary, HostView, Knowledge};

impl Accounting {
    /// Adds the meters of the host around its GPUs, and the powers that are declared.
    #[must_use]
    pub fn with_host(mut self, settings: &Settings, meters: Vec<MeterInfo>) -> Accounting {
        self.host_energy.set_up(settings.declared, meters);
        self.boundary_choice = settings.boundary;
        self
    }

    /// Records a round of readings of the meters of the host, in the order of [`Accounting::with_host`].
    pub fn record_host(&mut self, outcomes: Vec<Outcome>, now: ClockReading) {
        let gpus = self.gpus_of_host(now);
        let (host_energy, context, holders) = self.host_parts();
        host_energy.record(outcomes, gpus, holders.as_ref(), now, context);
    }

    /// Adds the energy of the declared powers up to now.
    pub(super) fn count_declared(&mut self, now: ClockReading) {
        let gpus = self.gpus_of_host(now);
        let (host_energy, context, holders) = self.host_parts();
        host_energy.count_declared(gpus, holders.as_ref(), now, context);
    }

    /// Adds the energy of the host around a GPU that has used energy, if it is declared as a share of that.
    pub(super) fn count_share_of_gpu(&mut self, added: AddedEnergy, now: ClockReading) {
        let AddedEnergy { flow, source } = added;
        let contain_host = self.gpus.iter().any(GpuRecord::contains_host);
        let (host_energy, context, holders) = self.host_parts();
        host_energy.count_share_of_gpu(flow, source, contain_host, holders.as_ref(), now, context);
    }

    /// The boundary for the ledger.
    pub(super) fn recorded_boundary(&self) -> RecordedBoundary {
        RecordedBoundary { choice: self.boundary_choice, parts: self.boundary() }
    }

    /// The host around its GPUs for the snapshot.
    pub(super) fn host_view(&self) -> HostView {
        let mut view = self.host_energy.view(self.boundary());
        // The totals of a ledger contain emissions of earlier runs.
        for emissions in view.components.iter_mut().filter_map(|it| it.emissions.as_mut()) {
            emissions.scope = self.earlier_scope.with(emissions.scope);
        }
        view
    }

    /// The knowledge of each part of the host now.
    fn boundary(&self) -> Boundary {
        let is_measured = self.gpus.iter().any(|gpu| gpu.is_published(&self.settings));
        let gpus = if is_measured { Knowledge::Measured } else { Knowledge::LeftOut };
        self.host_energy.boundary(gpus, self.gpus.iter().any(GpuRecord::contains_host))
    }

    /// The host's energy, what it is recorded with, and those who share it, if energy is divided.
    fn host_parts(&mut self) -> (&mut HostEnergy, Context<'_>, Option<HostHolders<'_>>) {
        let (gpus, host_energy, context) = self.parts();
        let gpus = &*gpus;
        let holders = context.attribution.map(|attribution| {
            attribution.of_host(gpus.iter().filter_map(|gpu| gpu.holders(attribution)))
        });
        (host_energy, context, holders)
    }

    fn gpus_of_host(&self, now: ClockReading) -> GpusOfHost {
        let energy = self.gpus.iter().map(GpuRecord::measured_in_run).sum::<Energy>();
        let is_placed = |gpu: &&GpuRecord| gpu.is_expected();
        let power = self.gpus.iter().filter(is_placed).map(GpuRecord::power).sum::<Option<Power>>();
        let contain_host = self.gpus.iter().any(GpuRecord::contains_host);
        let are_late = self.gpus.iter().any(|gpu| gpu.is_late(now.uptime));
        GpusOfHost { energy, power, are_late, contain_host }
    }
}
