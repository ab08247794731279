//! The settings of the accounting, and the state of the host with which a reading is recorded.

use std::sync::Arc;
use std::time::Duration;

use gpu_carbon_core::{Intensity, Pue, Span, Timestamp};

use super::embodied::EmbodiedSettings;
use super::workloads::Attribution;
use crate::forecast::ForecastJob;
use crate::gpu_filter::GpuFilter;
use crate::intensity::Grid;

/// The settings of the accounting.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The power usage effectiveness: the data centre's energy for each joule of a GPU, at least 1.
    pub pue: Pue,
    /// The intensity from which the grid counts as dirty.
    pub threshold: Intensity,
    /// The age from which a reading is stale.
    pub stale_after: Span,
    /// The figures of manufacture that the operator sets.
    pub embodied: EmbodiedSettings,
    /// The expected lifetime of a GPU, over which these figures and the published ones are spread.
    pub lifespan: Span,
    /// The choice of the GPUs that are read.
    pub gpus: GpuFilter,
    /// The time after which a GPU that is gone is no longer published.
    pub forget_after: Span,
    /// The jobs whose best start is published.
    pub forecast_jobs: Vec<ForecastJob>,
}

#[cfg(test)]
impl Settings {
    /// Settings for tests: no threshold, no jobs, every GPU, and the published figures of manufacture.
    pub(crate) fn for_tests(pue: Pue) -> Settings {
        Settings {
            pue,
            threshold: Intensity::ZERO,
            stale_after: Span::from_seconds(5),
            embodied: EmbodiedSettings::default(),
            lifespan: Span::from_days(1460),
            gpus: GpuFilter::default(),
            forget_after: Span::from_seconds(3600),
            forecast_jobs: Vec::new(),
        }
    }
}

/// The settings of the accounting and of its ledger.
#[derive(Debug)]
pub struct Configuration {
    /// The settings of the accounting.
    pub accounting: Settings,
    /// The time between two commits to the ledger, if there is one.
    pub commit_period: Option<Duration>,
    /// The period in which counters are read.
    pub counter_period: Duration,
}

/// The settings and the state of the host with which a reading is recorded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) settings: &'a Settings,
    pub(super) grid: &'a Arc<Grid>,
    /// The kernel's boot id.
    pub(super) boot: &'a str,
    /// The time that decides on ages.
    pub(super) now: Timestamp,
    /// The holders of GPUs, if energy is divided among them.
    pub(super) attribution: Option<&'a Attribution>,
}
