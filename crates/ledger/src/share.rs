//! The shares of workloads in the energy of a GPU.

use std::sync::Arc;

use gpu_carbon_core::{Interval, Timestamp};

/// The payer of a share: a workload, or what stands in the place of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Workload {
    /// The name, such as `slurm:123` or `pod:namespace/name`.
    pub name: Arc<str>,
    /// The kind, such as `slurm_job` or `pod`; that of a payer in the place of a workload is its name.
    pub kind: Arc<str>,
    /// The names of a pod, where they are known.
    pub pod: Option<Pod>,
}

/// The names of a pod.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pod {
    /// The namespace.
    pub namespace: String,
    /// The name within the namespace.
    pub name: String,
}

impl Workload {
    /// The name of the payer while no workload held the GPU.
    pub const UNALLOCATED: &str = "unallocated";
    /// The name of the payer while it is not known who held the GPU.
    pub const UNKNOWN: &str = "unknown";
    /// The name of the sums of all workloads that are not published any more.
    pub const ENDED: &str = "ended";
    /// The name of all workloads of a kind whose names were removed.
    pub const FORGOTTEN: &str = "forgotten";

    /// A payer in the place of a workload, whose kind is its name.
    #[must_use]
    pub fn stand_in(name: &str) -> Workload {
        Workload { name: name.into(), kind: name.into(), pod: None }
    }

    /// Reports whether it is a workload, and not a payer in the place of one.
    #[must_use]
    pub fn is_workload(&self) -> bool {
        ![Workload::UNALLOCATED, Workload::UNKNOWN, Workload::ENDED].contains(&&*self.kind)
    }
}

/// The shares of a GPU in a batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ShareBatch {
    /// Shares to add.
    pub postings: Vec<SharePosting>,
    /// The counters, which replace those in the file; `None` leaves them as they are.
    pub totals: Option<Vec<ShareTotal>>,
}

/// A share in the energy of one slot.
#[derive(Debug, Clone, PartialEq)]
pub struct SharePosting {
    /// The start of the slot; any time within a slot stands for that slot.
    pub slot: Timestamp,
    /// The payer.
    pub workload: Arc<Workload>,
    /// The time between the first and the last part of the share.
    pub time: Interval,
    /// Energy of the GPU alone, without the data centre's overhead, in joules.
    pub energy_joules: f64,
    /// The time for which the GPU was held and present, in seconds; a part of it for each of several holders.
    pub held_seconds: f64,
}

/// The counters of one payer for one GPU.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareTotal {
    /// The payer.
    pub workload: Arc<Workload>,
    /// True if it held the GPU at the last reading.
    pub holds: bool,
    /// Energy, in joules.
    pub energy_joules: f64,
    /// Emissions by the intensities that are known by now, in grams.
    pub emissions_grams: f64,
    /// The published counter of the emissions: the highest value that they ever had, in grams.
    pub published_grams: f64,
    /// The share of the GPU's embodied emissions, in grams; 0 where these are unknown.
    pub embodied_grams: f64,
    /// The time for which the GPU was held, in seconds.
    pub held_seconds: f64,
}

/// The shares of a GPU when the exporter starts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ShareState {
    /// The counters.
    pub totals: Vec<ShareTotal>,
    /// The shares in the energy that may still get an intensity.
    pub pending: Vec<PendingShare>,
}

impl ShareState {
    /// Applies a change of the GPU's emissions to the counters, of which some parts are known. Those of workloads without a
    /// counter change that of the workload [`ENDED`](Workload::ENDED), and the rest that of [`UNKNOWN`](Workload::UNKNOWN).
    pub fn restate(&mut self, grams: f64, parts: &[ShareRevision]) {
        if self.totals.is_empty() {
            return;
        }
        let mut rest = grams;
        for ShareRevision { workload, grams } in parts {
            rest -= grams;
            if !self.add_grams(workload, *grams) {
                self.add_grams_to(Workload::ENDED, *grams);
            }
        }
        self.add_grams_to(Workload::UNKNOWN, rest);
    }

    /// Adds to the counter of a workload; false where there is none.
    fn add_grams(&mut self, workload: &Workload, grams: f64) -> bool {
        let found = self.totals.iter_mut().find(|total| *total.workload == *workload);
        found.map(|total| total.emissions_grams += grams).is_some()
    }

    /// Adds to the counter of a payer in the place of a workload, which is created where there is none.
    fn add_grams_to(&mut self, stand_in: &str, emissions_grams: f64) {
        let workload = Workload::stand_in(stand_in);
        if !self.add_grams(&workload, emissions_grams) {
            self.totals.push(ShareTotal {
                workload: Arc::new(workload),
                holds: false,
                energy_joules: 0.0,
                emissions_grams,
                published_grams: 0.0,
                embodied_grams: 0.0,
                held_seconds: 0.0,
            });
        }
    }
}

/// The share of a payer in the pending energy of one slot.
#[derive(Debug, Clone, PartialEq)]
pub struct PendingShare {
    /// The start of the slot.
    pub slot: Timestamp,
    /// The payer.
    pub workload: Arc<Workload>,
    /// The part of the pending energy that it pays for, in joules.
    pub energy_joules: f64,
}

/// A change of a payer's emissions by revised intensities.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareRevision {
    /// The payer.
    pub workload: Arc<Workload>,
    /// The change, in grams.
    pub grams: f64,
}

/// A workload in the ledger, as a reader returns it.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkloadRow {
    /// The workload, or what stands in the place of one.
    pub workload: Workload,
    /// The time between its first and its last share.
    pub time: Interval,
}

/// The share of a workload in an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShareRow {
    /// The position of the GPU in [`Reader::gpus`](crate::Reader::gpus).
    pub gpu: usize,
    /// Five minutes, an hour or a day, as that of the [usage](crate::UsageRow) that is shared.
    pub interval: Interval,
    /// The position of the workload in [`Reader::workloads`](crate::Reader::workloads).
    pub workload: usize,
    /// Energy, in joules.
    pub energy_joules: f64,
    /// The time for which the GPU was held, in seconds.
    pub held_seconds: f64,
}
