//! The record of the host around its GPUs.

use gpu_carbon_core::{Energy, Power};
use gpu_carbon_host::Outcome;

use super::gpu::GpuRecord;
use super::host::Accounting;
use super::host_energy::{GpusOfHost, HostEnergy};
use super::settings::Context;
use crate::clock::ClockReading;
use crate::host_meters::{MeterInfo, Settings};
use crate::host_view::HostView;

impl Accounting {
    /// Adds the meters of the host around its GPUs, and the powers that are declared.
    #[must_use]
    pub fn with_host(mut self, settings: &Settings, meters: Vec<MeterInfo>) -> Accounting {
        self.host_energy = HostEnergy::new(settings.declared, meters);
        self
    }

    /// Records a round of readings of the meters of the host, in the order of [`Accounting::with_host`].
    pub fn record_host(&mut self, outcomes: Vec<Outcome>, now: ClockReading) {
        let gpus = self.gpus_of_host();
        let (host_energy, context) = self.host_parts();
        host_energy.record(outcomes, gpus, now, context);
    }

    /// Adds the energy of the declared powers up to now.
    pub(super) fn count_declared(&mut self, now: ClockReading) {
        let (host_energy, context) = self.host_parts();
        host_energy.count_declared(now, context);
    }

    /// Converts the pending energy of the host that the intensities cover by now.
    pub(super) fn convert_pending_of_host(&mut self) {
        let (host_energy, context) = self.host_parts();
        host_energy.convert_pending(context);
    }

    /// The host around its GPUs for the snapshot.
    pub(super) fn host_view(&self) -> HostView {
        self.host_energy.view(self.gpus.iter().any(GpuRecord::contains_host))
    }

    fn host_parts(&mut self) -> (&mut HostEnergy, Context<'_>) {
        let Accounting { settings, grid, settled_now, host_energy, .. } = self;
        let context = Context { settings, grid, boot: "", now: *settled_now, attribution: None };
        (host_energy, context)
    }

    fn gpus_of_host(&self) -> GpusOfHost {
        let energy = self.gpus.iter().map(GpuRecord::measured_in_run).sum::<Energy>();
        let is_placed = |gpu: &&GpuRecord| gpu.is_expected();
        let power = self.gpus.iter().filter(is_placed).map(GpuRecord::power).sum::<Option<Power>>();
        let contain_host = self.gpus.iter().any(GpuRecord::contains_host);
        GpusOfHost { energy, power, contain_host }
    }
}
