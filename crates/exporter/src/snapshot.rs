//! The immutable state of the exporter at one time, which is all that a scrape reads.

use std::sync::Arc;

use gpu_carbon_core::embodied::EmbodiedBasis;
use gpu_carbon_core::{
    Energy, Intensity, Mass, Power, Pue, Quality, Scope, Signal, Span, Timestamp, TotalScope,
};
use gpu_carbon_feeds::rfc3339;

use crate::advice::advice;
use crate::forecast::Forecast;
use crate::host_view::HostView;
use crate::intensity::Requests;
use crate::nvml::{EnergyMethod, Identity};
use crate::process::ProcessStats;
pub use crate::workload_views::{
    AttributionView, HolderSourceView, ShareAmounts, SharesView, SharingMethod,
};

/// All published values at one time.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The time at which the snapshot was taken.
    pub at: Timestamp,
    /// The time at which this process began to count.
    pub started: Timestamp,
    /// The GPUs, ordered by index.
    pub gpus: Vec<GpuView>,
    /// The intensity that converts their energy to emissions.
    pub grid: GridView,
    /// The power usage effectiveness: the data centre's energy for each joule of a GPU, at least 1.
    pub pue: Pue,
    /// The time of the last reading of any GPU.
    pub last_read: Option<ReadTime>,
    /// The state of the driver.
    pub driver: DriverView,
    /// The state of the configuration.
    pub config: ConfigView,
    /// The age from which a reading is stale.
    pub stale_after: Span,
    /// The number of times that the wall clock was set.
    pub clock_jumps: u64,
    /// The state of the ledger, if one is configured.
    pub ledger: Option<LedgerView>,
    /// The resources that this process uses.
    pub process: Option<ProcessStats>,
    /// The time at which the server's certificate expires, if it serves TLS.
    pub certificate_not_after: Option<Timestamp>,
    /// The number of log lines that standard error did not take in time.
    pub log_dropped: u64,
    /// The workloads that hold GPUs, if energy is divided among them.
    pub attribution: Option<AttributionView>,
    /// The host around the GPUs.
    pub host: HostView,
}

/// The time of a reading on two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadTime {
    /// The calendar time.
    pub wall: Timestamp,
    /// The time since boot without the machine's sleep.
    pub awake: Span,
}

/// The state of the driver.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DriverView {
    /// The last failure of the driver's library or of a GPU.
    pub last_failure: Option<Failure>,
    /// The release of all GPUs, while it is in force.
    pub release: Option<ReleaseView>,
    /// The number of times that the library was loaded again.
    pub reloads: u64,
}

/// A failure of the driver.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// The kind of error.
    pub kind: &'static str,
    /// The reason, in words.
    pub reason: String,
    /// The time since boot without the machine's sleep.
    pub awake: Span,
}

/// A release of all GPUs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseView {
    /// The time at which the GPUs are read again.
    pub until: Timestamp,
    /// False while calls that do not return keep the library loaded.
    pub is_complete: bool,
}

/// The state of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConfigView {
    /// True if the last attempt to read the configuration succeeded.
    pub is_last_reload_successful: bool,
    /// The time of the last successful attempt.
    pub last_success: Timestamp,
}

/// The state of one GPU.
#[derive(Debug, Clone)]
pub struct GpuView {
    /// The GPU's index in the driver's order.
    pub index: u32,
    /// The GPU's UUID, name and PCI address; `None` if it has never answered.
    pub identity: Option<Arc<Identity>>,
    /// True if the last call succeeded and is not stale.
    pub up: bool,
    /// True if the GPU is suspended at runtime, and not woken to be read.
    pub suspended: bool,
    /// The method by which the energy is measured.
    pub method: EnergyMethod,
    /// The part of the hardware whose energy is measured.
    pub scope: EnergyScope,
    /// The number of times that the energy counter counts the integral of the power; `None` until that was compared.
    pub counter_ratio: Option<f64>,
    /// The GPU's totals; `None` if it was never read.
    pub totals: Option<Totals>,
    /// The figures by which its embodied emissions are computed; `None` if it has never answered.
    pub embodied: Option<Arc<EmbodiedBasis>>,
    /// The GPU's power while it answers.
    pub power: Option<Power>,
    /// The failed readings, one entry for each kind that occurred.
    pub errors: Vec<ErrorCount>,
    /// The shares of those who hold the GPU; `None` if it was never read, or if energy is not divided.
    pub shares: Option<Arc<SharesView>>,
}

/// The part of the hardware whose energy a GPU's meter measures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EnergyScope {
    /// The GPU.
    #[default]
    Gpu,
    /// The module that the GPU is a part of, with its CPU and memory.
    Module,
}

impl EnergyScope {
    /// The name in labels: `gpu` or `module`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            EnergyScope::Gpu => "gpu",
            EnergyScope::Module => "module",
        }
    }
}

/// A number of failed readings of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCount {
    /// The kind, as the `error` label names it.
    pub kind: &'static str,
    /// The number of failures.
    pub count: u64,
}

/// The totals of a GPU since [`Totals::since`].
#[derive(Debug, Clone, Copy)]
pub struct Totals {
    /// The time at which counting began.
    pub since: Timestamp,
    /// The time of the last reading in these totals.
    pub read_at: Timestamp,
    /// All measured energy.
    pub energy: Energy,
    /// The part of the energy that no intensity covers yet.
    pub pending: Energy,
    /// The emissions of the converted energy: the highest value that was ever computed, so it never falls.
    pub emissions: Mass,
    /// The emissions by the latest intensities; only with a ledger, which restates them.
    pub best_estimate: Option<Mass>,
    /// The energy that the counter reported after a time without the exporter; only with a ledger.
    pub recovered: Option<Energy>,
    /// The time in which the energy is unknown.
    pub unseen: Span,
    /// The GPU's share of its manufacturing emissions; `None` if no figure was published for its model.
    pub embodied: Option<Mass>,
    /// The number of times that the energy counter restarted.
    pub resets: u64,
}

impl Totals {
    /// Totals of zero since a time, with what is not known left out.
    #[must_use]
    pub const fn zero(since: Timestamp) -> Totals {
        Totals {
            since,
            read_at: since,
            energy: Energy::ZERO,
            pending: Energy::ZERO,
            emissions: Mass::ZERO,
            best_estimate: None,
            recovered: None,
            unseen: Span::ZERO,
            embodied: None,
            resets: 0,
        }
    }
}

/// The carbon intensity of the grid and its source.
#[derive(Debug, Clone)]
pub struct GridView {
    /// The zone.
    pub zone: Arc<str>,
    /// The signal, marginal or average.
    pub signal: Signal,
    /// The scope of the GPUs' emissions, with a ledger also of those before this process.
    pub total_scope: TotalScope,
    /// The current intensity; `None` if no value covers the present.
    pub current: Option<CurrentIntensity>,
    /// The latest value that converts energy; `None` for a constant.
    pub latest_value: Option<LatestValue>,
    /// The sources, the configured ones and those whose values hold at some time, by name.
    pub sources: Vec<SourceView>,
    /// The forecast.
    pub forecast: Forecast,
    /// The intensity from which the grid counts as dirty.
    pub threshold: Intensity,
    /// The number of requests for intensities, by source and outcome.
    pub requests: Requests,
}

/// A source of intensities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceView {
    /// The name.
    pub source: &'static str,
    /// The scope of its values; `None` where it is unknown.
    pub scope: Option<Scope>,
}

/// The intensity that holds now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurrentIntensity {
    /// The value.
    pub intensity: Intensity,
    /// The name of its source.
    pub source: &'static str,
    /// The quality of the value.
    pub quality: Quality,
}

/// The time and source of an intensity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatestValue {
    /// The time from which the value holds.
    pub valid_from: Timestamp,
    /// The name of its source.
    pub source: &'static str,
}

/// The state of the ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LedgerView {
    /// True if the last commit succeeded in time.
    pub up: bool,
    /// The time of the last commit of this run.
    pub last_commit: Option<Timestamp>,
    /// The number of commits.
    pub commits: CommitCounts,
    /// The length of the ledger's file and its write-ahead log, in bytes.
    pub file_bytes: Option<u64>,
    /// The number of times in this run that a new file replaced one that was corrupt or missing.
    pub replacements: u64,
}

/// The number of commits by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CommitCounts {
    /// The commits that are in the file.
    pub succeeded: u64,
    /// The commits that failed.
    pub failed: u64,
}

impl Snapshot {
    /// Checks that GPUs are being read, or need not be, at a time since boot without the machine's sleep.
    ///
    /// # Errors
    ///
    /// The reason, in words, why no GPU is being read: the last failure, its age and what to do.
    pub fn readiness(&self, awake: Span) -> Result<(), String> {
        if let Some(ReleaseView { until, is_complete }) = self.driver.release {
            let until = rfc3339::format(until);
            let rest = if is_complete {
                ""
            } else {
                "; calls to the driver do not return, and keep NVML loaded: see `dmesg`"
            };
            return Err(format!(
                "the GPUs are released until {until}{rest}; POST /-/resume ends that at once"
            ));
        }
        let age = self.last_read.map(|read| awake.saturating_sub(read.awake));
        let is_suspended =
            self.gpus.iter().any(|gpu| gpu.suspended) && self.gpus.iter().all(|gpu| gpu.suspended);
        if is_suspended || age.is_some_and(|age| age <= self.stale_after) {
            return Ok(());
        }
        let silence = match age {
            Some(age) => format!(
                "no GPU was read for {:.0} s; a reading is stale after {:.0} s",
                age.as_seconds(),
                self.stale_after.as_seconds()
            ),
            None => "no GPU was read yet".to_owned(),
        };
        Err(match &self.driver.last_failure {
            Some(Failure { kind, reason, awake: at }) => {
                let age = awake.saturating_sub(*at).as_seconds();
                format!("{reason} ({age:.0} s ago); {silence}; {}", advice(kind))
            }
            None => silence,
        })
    }
}
