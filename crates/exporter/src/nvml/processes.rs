//! The processes on a GPU, and how much each of them uses it.

use std::collections::BTreeSet;

use nvml_wrapper::error::NvmlError;

use super::error::DriverError;
use super::gpu::Gpu;

/// A sample of the utilization of a GPU by one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessSample {
    /// The number of the process, in the host's namespace.
    pub pid: u32,
    /// The time of the sample in microseconds, by the driver's clock.
    pub at: u64,
    /// The part of the sampled time in which the process used multiprocessors, in percent. Some drivers return more
    /// than 100.
    pub percent: u32,
}

/// The number of attempts to read a list that may grow between the call for its length and the call for the list.
const ATTEMPTS: usize = 3;

impl Gpu<'_> {
    /// Reads the numbers of the processes that compute on the GPU, those that do so through MPS, too.
    ///
    /// # Errors
    ///
    /// If the driver does not list them. One that has no list of those through MPS has it empty.
    pub fn compute_processes(&self) -> Result<Vec<u32>, DriverError> {
        let listed = self.device.running_compute_processes()?;
        // Without room for processes that start between its two calls; the next list has them.
        let through_mps = self.device.mps_running_compute_processes().unwrap_or_default();
        let all = listed.iter().chain(&through_mps).map(|process| process.pid);
        Ok(all.collect::<BTreeSet<u32>>().into_iter().collect())
    }

    /// Reads the numbers of the processes that draw on the GPU; none on a GPU that cannot draw.
    ///
    /// # Errors
    ///
    /// If the driver does not list them.
    pub fn graphics_processes(&self) -> Result<Vec<u32>, DriverError> {
        match self.device.running_graphics_processes() {
            Err(NvmlError::NotSupported) => Ok(Vec::new()),
            listed => Ok(listed?.into_iter().map(|process| process.pid).collect()),
        }
    }

    /// Reads the samples of utilization that the driver stores and that are newer than a time, in microseconds by the
    /// driver's clock. Only processes that used the GPU have samples.
    ///
    /// # Errors
    ///
    /// If the driver has no samples of processes, as on a GPU in MIG mode.
    pub fn process_samples(&self, since: u64) -> Result<Vec<ProcessSample>, DriverError> {
        let read = || match self.device.process_utilization_stats(since) {
            Err(NvmlError::NotFound) => Ok(Vec::new()), // no process used it
            samples => samples,
        };
        let mut samples = read();
        for _ in 1..ATTEMPTS {
            if !matches!(samples, Err(NvmlError::InsufficientSize(_))) {
                break;
            }
            samples = read();
        }
        let sample = |sample: nvml_wrapper::struct_wrappers::device::ProcessUtilizationSample| {
            ProcessSample { pid: sample.pid, at: sample.timestamp, percent: sample.sm_util }
        };
        Ok(samples?.into_iter().map(sample).collect())
    }
}
