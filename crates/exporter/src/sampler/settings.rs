//! The settings of the sampler.

use std::path::PathBuf;
use std::time::Duration;

/// The settings of the sampler.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The path or name of NVML's library.
    pub library: PathBuf,
    /// The time between two readings of an energy counter.
    pub counter_period: Duration,
    /// The time between two samples of power, on a GPU without an energy counter.
    pub power_period: Duration,
    /// The time between two scans for GPUs that were added or removed.
    pub rescan_period: Duration,
}
