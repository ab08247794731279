//! A process on a GPU of a script, and the samples of its utilization.

use super::error::ScriptError;
use crate::load::Load;
use crate::power_source::PowerSource;
use crate::time::UnixTime;
use crate::waveform::Waveform;
use serde::{Deserialize, Serialize};

/// The period at which processes are sampled: a sixth of a second, as on the driver.
const SAMPLE_PERIOD_NANOS: i64 = 166_666_667;

/// A process on a GPU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Process {
    /// The process id.
    pub pid: u32,
    /// The memory of the process, in MiB.
    #[serde(default)]
    pub memory_mib: u64,
    /// The share of the SMs' time.
    #[serde(default)]
    pub sm_percent: u32,
    /// The share of the SMs' time over time, in percent, instead of `sm_percent`.
    #[serde(default)]
    pub sm: Option<Waveform>,
    /// The time at which the process starts, in Unix seconds.
    #[serde(default)]
    pub from: Option<f64>,
    /// The time at which the process ends, in Unix seconds.
    #[serde(default)]
    pub until: Option<f64>,
    /// The process id in the host's namespace, which `nvmlDeviceGetProcessUtilization` returns, if it differs.
    #[serde(default)]
    pub host_pid: Option<u32>,
    /// The name that `nvmlSystemGetProcessName` returns.
    #[serde(default = "Process::default_name")]
    pub name: String,
    /// True if it is a graphics process (`nvmlDeviceGetGraphicsRunningProcesses`) and not a compute process.
    #[serde(default)]
    pub graphics: bool,
    /// True if it computes through an MPS server (`nvmlDeviceGetMPSComputeRunningProcesses`).
    #[serde(default)]
    pub mps: bool,
    /// The MIG instance of the process.
    #[serde(default)]
    pub instance: u32,
}

/// A sample of the utilization of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessSample {
    /// The process id in the host's namespace.
    pub pid: u32,
    /// The end of the sampled time, in microseconds since the epoch.
    pub at_micros: u64,
    /// The share of the SMs' time, in whole percents.
    pub sm_percent: u32,
}

/// Samples of utilization that cannot be true, among the true ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SampleFaults {
    /// A hundred samples of two processes that have ended, and some above 100 % of processes that run, of other times.
    Zombies,
}

/// The processes of [`SampleFaults::Zombies`] that have ended.
const ZOMBIES: [u32; 2] = [4_000_001, 4_000_002];

impl Process {
    /// A compute process of a constant utilization, in percent, that runs all the time.
    #[must_use]
    pub fn new(pid: u32, sm_percent: u32) -> Self {
        Self {
            pid,
            memory_mib: 0,
            sm_percent,
            sm: None,
            from: None,
            until: None,
            host_pid: None,
            name: Self::default_name(),
            graphics: false,
            mps: false,
            instance: 0,
        }
    }

    fn default_name() -> String {
        "python".to_owned()
    }

    /// True if the process runs at a time.
    pub(crate) fn runs_at(&self, time: UnixTime) -> bool {
        self.start() <= time && time < self.end()
    }

    fn start(&self) -> UnixTime {
        self.from.map_or(UnixTime::from_nanos(i64::MIN), UnixTime::from_seconds)
    }

    fn end(&self) -> UnixTime {
        self.until.map_or(UnixTime::from_nanos(i64::MAX), UnixTime::from_seconds)
    }

    /// The power of the process above that of the GPU's waveform, with a number of watts for each percent.
    pub(crate) fn load(&self, watts_per_percent: f64) -> Load {
        let constant = || Waveform::idle(f64::from(self.sm_percent));
        let percent = self.sm.clone().unwrap_or_else(constant);
        // Before the epoch nothing is measured, and the integral from there is finite.
        let start = self.start().max(UnixTime::EPOCH);
        Load::new(percent, watts_per_percent, start, self.end())
    }

    /// The share of the SMs' time in a period that ends at a time, in whole percents.
    fn sampled_percent(&self, load: &Load, end: UnixTime) -> u32 {
        let start = end.plus_nanos(-SAMPLE_PERIOD_NANOS);
        let used = load.cumulative_energy(end) - load.cumulative_energy(start);
        // A watt of this load is a percent.
        (used.mean_power(SAMPLE_PERIOD_NANOS).as_milliwatts() + 500) / 1_000
    }

    /// The samples of the process in the last `ring` periods before a time that are newer than `seen_until`
    /// (microseconds since the epoch), the oldest first. A period without use has no sample.
    pub(super) fn samples(
        &self,
        seen_until: u64,
        time: UnixTime,
        ring: u32,
    ) -> impl Iterator<Item = ProcessSample> {
        let (load, latest) = (self.load(1.0), time.floor_to(SAMPLE_PERIOD_NANOS));
        let periods = (0..i64::from(ring)).rev();
        let ends = periods.map(move |back| latest.plus_nanos(-back * SAMPLE_PERIOD_NANOS));
        let pid = self.host_pid.unwrap_or(self.pid);
        let sample = move |end: UnixTime| {
            let at_micros = u64::try_from(end.as_nanos() / 1_000).unwrap_or_default();
            ProcessSample { pid, at_micros, sm_percent: self.sampled_percent(&load, end) }
        };
        ends.map(sample).filter(move |it| it.at_micros > seen_until && it.sm_percent > 0)
    }

    /// Checks that each value is in its range.
    pub(super) fn check(&self) -> Result<(), ScriptError> {
        let times = [("processes.from", self.from), ("processes.until", self.until)];
        match times.into_iter().find(|(_, time)| time.is_some_and(|time| !time.is_finite())) {
            Some((key, Some(time))) => Err(ScriptError::value(key, &time, "seconds since 1970")),
            _ => Ok(()),
        }
    }
}

impl SampleFaults {
    /// Samples that cannot be true, at the time of the last ones. `pids` are processes that run.
    pub(super) fn samples(self, time: UnixTime, pids: &[u32]) -> Vec<ProcessSample> {
        let at_micros = u64::try_from(time.as_nanos() / 1_000).unwrap_or_default();
        let hour = 3_600_000_000;
        let zombies = ZOMBIES.into_iter().cycle().zip(0_u32..100).map(|(pid, count)| {
            let at_micros = at_micros.saturating_sub(hour) + 2 * hour * u64::from(count % 2);
            ProcessSample { pid, at_micros, sm_percent: count * 3 }
        });
        let above = pids.iter().map(|&pid| ProcessSample {
            pid,
            at_micros: at_micros + hour,
            sm_percent: 1_000_000,
        });
        zombies.chain(above).collect()
    }
}
