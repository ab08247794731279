//! The immutable state of the exporter at one time, which is all that a scrape reads.

use std::sync::Arc;

use gpu_carbon_core::{Energy, Intensity, Mass, Power, Pue, Quality, Signal, Span, Timestamp};

use crate::forecast::Forecast;
use crate::intensity::Requests;
use crate::nvml::{EnergyMethod, Identity};
use crate::process::ProcessStats;

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
    /// The driver's reason why no GPU can be read at all.
    pub driver_error: Option<String>,
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
}

/// The time of a reading on two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadTime {
    /// The calendar time.
    pub wall: Timestamp,
    /// The time since boot without the machine's sleep.
    pub awake: Span,
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
    /// The GPU's totals; `None` if it was never read.
    pub totals: Option<Totals>,
    /// The GPU's power while it answers.
    pub power: Option<Power>,
    /// The failed readings, one entry for each kind that occurred.
    pub errors: Vec<ErrorCount>,
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
    /// The method by which the energy is measured.
    pub method: EnergyMethod,
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

/// The carbon intensity of the grid and its source.
#[derive(Debug, Clone)]
pub struct GridView {
    /// The zone.
    pub zone: Arc<str>,
    /// The signal, marginal or average.
    pub signal: Signal,
    /// The current intensity; `None` if no value covers the present.
    pub current: Option<CurrentIntensity>,
    /// The latest value that converts energy; `None` for a constant.
    pub latest_value: Option<LatestValue>,
    /// The forecast.
    pub forecast: Forecast,
    /// The intensity from which the grid counts as dirty.
    pub threshold: Intensity,
    /// The number of requests for intensities, by source and outcome.
    pub requests: Requests,
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
    /// Checks that GPUs are being read, at a time since boot without the machine's sleep.
    ///
    /// # Errors
    ///
    /// The reason, in words, why no GPU is being read.
    pub fn readiness(&self, awake: Span) -> Result<(), String> {
        let age = self.last_read.map(|read| awake.saturating_sub(read.awake));
        let age = match (age, &self.driver_error) {
            (Some(age), _) if age <= self.stale_after => return Ok(()),
            (_, Some(error)) => return Err(error.clone()),
            (age, None) => age,
        };
        Err(match age {
            Some(age) => format!(
                "no GPU was read for {:.0} s; a reading is stale after {:.0} s",
                age.as_seconds(),
                self.stale_after.as_seconds()
            ),
            None => "no GPU was read yet".to_owned(),
        })
    }
}
