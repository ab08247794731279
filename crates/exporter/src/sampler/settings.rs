//! The settings of the sampler.

use std::path::PathBuf;
use std::time::Duration;

use super::host_gpus::KernelFiles;
use crate::gpu_filter::GpuFilter;

/// The settings of the sampler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The path or name of NVML's library.
    pub library: PathBuf,
    /// The roots of the kernel's files.
    pub kernel: KernelFiles,
    /// The choice of the GPUs.
    pub gpus: GpuFilter,
    /// The time between two readings of an energy counter.
    pub counter_period: Duration,
    /// The time between two samples of power, on a GPU without an energy counter.
    pub power_period: Duration,
    /// The time between two scans for GPUs that were added or removed.
    pub rescan_period: Duration,
    /// True if a GPU that is suspended at runtime is woken to be read.
    pub wake_suspended: bool,
    /// True if the energy of GPUs is divided among their holders.
    pub divides: bool,
}
