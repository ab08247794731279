//! The part of a snapshot that tells whose energy it is.

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_core::Timestamp;

use crate::holders::Workload;

/// The workloads that hold GPUs, and the sources that name them.
#[derive(Debug, Clone)]
pub struct AttributionView {
    /// The workloads that are published, by name.
    pub workloads: Vec<Arc<Workload>>,
    /// The sources in order of belief.
    pub sources: Vec<HolderSourceView>,
}

/// A source of holders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderSourceView {
    /// The name.
    pub name: &'static str,
    /// True if it answers.
    pub is_up: bool,
    /// The errors by kind.
    pub errors: BTreeMap<&'static str, u64>,
}

/// The shares of one GPU's energy and emissions since a time.
#[derive(Debug, Clone, PartialEq)]
pub struct SharesView {
    /// The time since which they are counted.
    pub since: Timestamp,
    /// The method of the last division.
    pub method: SharingMethod,
    /// The shares of the workloads that are published, by name.
    pub by_workload: Vec<(Arc<str>, ShareAmounts)>,
    /// The workloads among them whose counters are at zero on the page of metrics, until every scraper has seen them so.
    pub unseen: Vec<Arc<str>>,
    /// The share of all workloads, those that are no longer published, too.
    pub workloads: ShareAmounts,
    /// The share of the time in which no workload held the GPU.
    pub unallocated: ShareAmounts,
    /// The share of those who are not known.
    pub unknown: ShareAmounts,
}

impl SharesView {
    /// The shares of the workloads as counters for scrapers, by name.
    pub fn counters(&self) -> impl Iterator<Item = (&Arc<str>, ShareAmounts)> {
        self.by_workload.iter().map(|(workload, amounts)| {
            let amounts = if self.unseen.contains(workload) { amounts.zero() } else { *amounts };
            (workload, amounts)
        })
    }
}

/// A share of one GPU's energy and emissions.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ShareAmounts {
    /// The energy in joules.
    pub energy_joules: f64,
    /// The operational emissions in grams.
    pub emissions_grams: f64,
    /// The share of the manufacturing emissions in grams; `None` if they are not known.
    pub embodied_grams: Option<f64>,
    /// The time in which the GPU was held, in seconds; of a GPU that is shared, a part of the time.
    pub held_seconds: f64,
}

impl ShareAmounts {
    /// A share of nothing, in which the same amounts are known.
    fn zero(&self) -> ShareAmounts {
        let embodied_grams = self.embodied_grams.map(|_| 0.0);
        ShareAmounts { embodied_grams, ..ShareAmounts::default() }
    }
}

/// The method by which a GPU's energy is divided among its holders.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SharingMethod {
    /// No division: no workload is known to hold the GPU.
    #[default]
    None,
    /// One holder has all.
    Exclusive,
    /// Several holders have equal shares.
    Held,
    /// Several holders have equal shares of the idle power, and of the rest by what they use.
    Utilization,
}

impl SharingMethod {
    /// All methods.
    pub const ALL: [SharingMethod; 4] = [
        SharingMethod::Exclusive,
        SharingMethod::Held,
        SharingMethod::None,
        SharingMethod::Utilization,
    ];

    /// The name in labels: `exclusive`, `held`, `none` or `utilization`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            SharingMethod::None => "none",
            SharingMethod::Exclusive => "exclusive",
            SharingMethod::Held => "held",
            SharingMethod::Utilization => "utilization",
        }
    }
}
