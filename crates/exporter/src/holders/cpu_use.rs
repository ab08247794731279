//! The processor time of the workloads that hold GPUs, and of the whole host.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use gpu_carbon_attribution::Place;
use gpu_carbon_attribution::cpu_time::{self, HostTime};
use gpu_carbon_attribution::pods::PodName;
use gpu_carbon_core::Span;

use super::workload::Workload;
use crate::clock::ClockReading;

/// The time between two readings.
const PERIOD: Span = Span::from_seconds(1);

/// The time after which the groups of workloads are searched again, although none is missing; and that for which one that is missing
/// is searched at each reading, since a workload may have its group some time after its GPU, or none at all.
const SEARCH_PERIOD: Span = Span::from_seconds(10);

/// Processor time since the boot, in microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CpuUse {
    /// The time of the whole host.
    pub host: HostTime,
    /// The time of each workload whose cgroup is found, by its name.
    pub by_workload: BTreeMap<Arc<str>, u64>,
}

/// The reader of processor time.
#[derive(Debug)]
pub(super) struct CpuUseReader {
    procfs: PathBuf,
    cgroups: PathBuf,
    files: BTreeMap<Arc<str>, Vec<PathBuf>>,
    /// The time since which each workload is wanted whose group was not found.
    missing_since: BTreeMap<Arc<str>, Span>,
    last_read: Option<Span>,
    last_search: Option<Span>,
    latest: Option<Arc<CpuUse>>,
}

impl CpuUseReader {
    pub(super) fn new(procfs: PathBuf, cgroups: PathBuf) -> CpuUseReader {
        CpuUseReader {
            procfs,
            cgroups,
            files: BTreeMap::new(),
            missing_since: BTreeMap::new(),
            last_read: None,
            last_search: None,
            latest: None,
        }
    }

    /// The newest reading; `None` where the time of the host cannot be read.
    pub(super) fn latest(&self) -> Option<Arc<CpuUse>> {
        self.latest.clone()
    }

    /// Reads the time of workloads of these names, if that is due.
    pub(super) fn poll(
        &mut self,
        wanted: &BTreeSet<Arc<str>>,
        pods: &BTreeMap<String, PodName>,
        now: ClockReading,
    ) {
        let is_due = |last: Option<Span>, period| {
            last.is_none_or(|last| now.awake.saturating_sub(last) >= period)
        };
        if !is_due(self.last_read, PERIOD) {
            return;
        }
        self.last_read = Some(now.awake);
        let files = &self.files;
        self.missing_since.retain(|name, _| wanted.contains(name) && !files.contains_key(name));
        let mut is_missing = false;
        for name in wanted.iter().filter(|name| !files.contains_key(*name)) {
            let since = *self.missing_since.entry(Arc::clone(name)).or_insert(now.awake);
            is_missing |= now.awake.saturating_sub(since) < SEARCH_PERIOD;
        }
        if is_missing || is_due(self.last_search, SEARCH_PERIOD) {
            self.last_search = Some(now.awake);
            let name_of = |place: &Place| {
                let pod = match place {
                    Place::Pod { uid, .. } => pods.get(uid),
                    _ => None,
                };
                wanted.get(&Workload::of_place(place, pod).name).cloned()
            };
            self.files = cpu_time::find_groups(&self.cgroups, &name_of);
        }
        self.latest = cpu_time::read_host(&self.procfs).ok().map(|host| {
            let of = |(name, files): (&Arc<str>, &Vec<PathBuf>)| {
                Some((Arc::clone(name), cpu_time::read_group(files)?))
            };
            Arc::new(CpuUse { host, by_workload: self.files.iter().filter_map(of).collect() })
        });
    }
}
