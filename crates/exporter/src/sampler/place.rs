//! One place in the driver's order of GPUs, and what is known of the GPU there before it is opened.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tracing::info;

use super::census::Census;
use super::driver_session::DriverSession;
use super::event::Event;
use super::host_gpus::{HostGpu, RuntimePower};
use super::settings::Settings;
use super::sleep::sleep_until;
use crate::clock;
use crate::gpu_filter::{Admission, KnownGpu};
use crate::logging::occurrences_to_log;
use crate::nvml::{DriverError, Gpu, Identity};

/// The time between two looks at a GPU that is suspended.
const SUSPENDED_PERIOD: Duration = Duration::from_secs(1);

/// One place in the driver's order.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) index: u32,
    /// The GPU there, if the kernel and the driver agree on the GPUs of the host.
    pub(super) host_gpu: Option<HostGpu>,
    /// The look-up to which the place belongs.
    pub(super) census: Arc<Census>,
    pub(super) settings: Arc<Settings>,
}

impl Place {
    /// Opens the GPU, and returns it under the name that tells it apart from others. `None` if the filter excludes it.
    ///
    /// # Errors
    ///
    /// Those of the driver, and of the look-up.
    pub(super) fn open<'session>(
        &self,
        session: &'session DriverSession,
    ) -> Result<Option<(Gpu<'session>, Identity)>, DriverError> {
        let opened = match &self.host_gpu {
            // By its address, so that no other GPU is opened, whatever the driver's order is.
            Some(host_gpu) => session.library.gpu_at(host_gpu.address),
            None => session.library.gpu(self.index),
        };
        let (gpu, mut identity) = opened.inspect_err(|_| self.census.pass_over(self.index))?;
        let known = KnownGpu::named(&identity.uuid, &identity.pci_bus_id);
        let admission = self.settings.gpus.admission(&known);
        session.record_seen(known);
        if admission == Admission::Excluded {
            self.census.pass_over(self.index);
            session.report_excluded(self.index);
            return Ok(None);
        }
        identity.uuid = self.census.claim(&session.names, &identity, self.index)?;
        Ok(Some((gpu, identity)))
    }

    /// The runtime power management of the GPU, unless it may be woken. `identity` is known once it was opened.
    pub(super) fn runtime_power(&self, identity: Option<&Identity>) -> Option<RuntimePower> {
        let opened = || identity?.pci_bus_id.parse().ok();
        let address = self.host_gpu.as_ref().map(|gpu| gpu.address).or_else(opened)?;
        (!self.settings.wake_suspended).then(|| self.settings.kernel.runtime_power(address))
    }

    /// Waits for as long as the GPU is suspended, or until `stop` is set.
    pub(super) fn wait_while_suspended(
        &self,
        session: &DriverSession,
        power: Option<&mut RuntimePower>,
        uuid: Option<&Arc<str>>,
        stop: &AtomicBool,
    ) {
        let Some(power) = power else { return };
        if !power.is_suspended() {
            return;
        }
        self.census.pass_over(self.index);
        let known = || self.host_gpu.as_ref()?.uuid.clone();
        let uuid = uuid.cloned().or_else(known);
        if let Some(times) = occurrences_to_log(Some(self.index), "suspended") {
            info!(gpu = self.index, times, "the GPU is suspended, and is not woken to be read");
        }
        session.report(Event::GpuSuspended { index: self.index, uuid });
        while power.is_suspended() && !stop.load(Ordering::Relaxed) {
            sleep_until(clock::instant() + SUSPENDED_PERIOD, stop);
        }
    }
}
