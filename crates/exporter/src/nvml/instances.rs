//! The MIG instances of a GPU, and how much each of them is used, by GPU performance monitoring (GPM).

use std::sync::Arc;

use nvml_wrapper::Device;
use nvml_wrapper::enums::gpm::GpmMetricId;
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::gpm::{GpmSample, gpm_metrics_get};

use super::error::{DriverError, ErrorScope, IMPLAUSIBLE};
use super::gpu::Gpu;
use super::identity::printable;

/// The value of NVML's mode by which MIG is on.
const MIG_ENABLED: u32 = 1;

/// The code of a call that succeeded.
const SUCCESS: u32 = 0;

/// A MIG instance of a GPU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigInstance {
    /// The UUID, `MIG-` and more.
    pub uuid: Arc<str>,
    /// The number of its compute slices.
    pub slices: u32,
    /// The number of its GPU instance; `None` if neither the driver tells it nor a process that runs in it.
    pub gpu_instance: Option<u32>,
}

/// A sample of the use of a GPU instance.
#[derive(Debug)]
pub struct InstanceSample<'library>(GpmSample<'library>);

impl<'library> Gpu<'library> {
    /// True if the GPU is divided into MIG instances.
    pub fn is_partitioned(&self) -> bool {
        self.device.mig_mode().is_ok_and(|mode| mode.current == MIG_ENABLED)
    }

    /// The number of compute slices into which the GPU is divided.
    ///
    /// # Errors
    ///
    /// If the driver does not tell it.
    pub fn slices(&self) -> Result<u32, DriverError> {
        Ok(self.device.mig_device_count()?)
    }

    /// The MIG instances. What is known of an instance already is not asked again.
    ///
    /// # Errors
    ///
    /// If the driver does not list them.
    pub fn instances(&self, known: &[MigInstance]) -> Result<Vec<MigInstance>, DriverError> {
        let mut instances = Vec::new();
        for index in 0..self.slices()? {
            let device = match self.device.mig_device_by_index(index) {
                Err(NvmlError::NotFound | NvmlError::InvalidArg) => continue, // no instance has this number
                device => device?,
            };
            let uuid = printable(&device.uuid()?);
            let known = known.iter().find(|it| *it.uuid == *uuid).cloned();
            let mut instance = match known {
                Some(known) => known,
                None => {
                    let slices = device.attributes()?.compute_instance_slice_count.max(1);
                    MigInstance { uuid: uuid.into(), slices, gpu_instance: None }
                }
            };
            if instance.gpu_instance.is_none() {
                instance.gpu_instance =
                    gpu_instance_of(&device).or_else(|| gpu_instance_of_processes(&device));
            }
            instances.push(instance);
        }
        Ok(instances)
    }

    /// True if the use of each instance can be measured: on Hopper and newer architectures.
    pub fn has_gpm(&self) -> bool {
        self.device.gpm_support().unwrap_or(false)
    }

    /// Takes a sample of the use of a GPU instance.
    ///
    /// # Errors
    ///
    /// If the driver has none.
    pub fn sample_instance(
        &self,
        gpu_instance: u32,
    ) -> Result<InstanceSample<'library>, DriverError> {
        Ok(InstanceSample(self.device.gpm_mig_sample(gpu_instance)?))
    }
}

/// The number of the GPU instance of a MIG instance, whether anything runs in it or not; `None` if the driver does not tell it.
fn gpu_instance_of(instance: &Device<'_>) -> Option<u32> {
    // The wrapper has no method for it.
    let function = instance.nvml().lib().nvmlDeviceGetGpuInstanceId.as_ref().ok()?;
    let mut id = 0;
    // SAFETY: the handle is that of a device of this library, which stays loaded, and the number is written before the return.
    #[allow(unsafe_code, reason = "a function of C")]
    let code = unsafe { function(instance.handle(), &raw mut id) };
    (code == SUCCESS).then_some(id)
}

/// The same by the processes that run in it; `None` while there is none.
fn gpu_instance_of_processes(instance: &Device<'_>) -> Option<u32> {
    let processes = instance.running_compute_processes().unwrap_or_default();
    processes.iter().find_map(|it| it.gpu_instance_id)
}

impl InstanceSample<'_> {
    /// The mean use of the instance's multiprocessors since an earlier sample, in percent, from 0 to 100.
    ///
    /// # Errors
    ///
    /// If the driver does not compute it, and [`IMPLAUSIBLE`] for more than 100 %.
    pub fn percent_since(&self, earlier: &InstanceSample<'_>) -> Result<f64, DriverError> {
        let (before, after) = (&earlier.0, &self.0);
        let metrics = gpm_metrics_get(after.nvml(), before, after, &[GpmMetricId::SmUtil])?;
        let metric = metrics.into_iter().next().unwrap_or(Err(NvmlError::NotFound))?;
        if (0.0..=100.0).contains(&metric.value) {
            return Ok(metric.value);
        }
        let reason = format!("the driver reports that {} % of an instance are used", metric.value);
        Err(DriverError { kind: IMPLAUSIBLE, scope: ErrorScope::Call, reason })
    }
}
