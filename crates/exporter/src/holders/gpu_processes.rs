//! The source `processes`: who runs a process on a GPU holds it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use gpu_carbon_attribution::Place;
use gpu_carbon_attribution::pods::PodName;
use gpu_carbon_attribution::process::{self, ProcessKey};
use gpu_carbon_core::{Span, Timestamp};
use tracing::warn;

use super::claims::{Claims, Holding};
use super::holdings::{ClaimedGpu, SourceState, Watch};
use super::pod_names::PodNames;
use super::process_list::ProcessList;
use super::settings::Source;
use super::workload::Workload;
use crate::clock::{ClockJump, ClockReading};
use crate::logging::occurrences_to_log;

/// The age from which a list of processes says nothing about the present.
const STALE_AFTER: Span = Span::from_seconds(5);

/// The kind of error of a process that procfs does not show: it has just ended, or runs in a PID namespace that this
/// process does not see.
const NO_PROCESS: &str = "no_process";

/// The processes on the GPUs, and their workloads.
#[derive(Debug)]
pub(super) struct GpuProcesses {
    procfs: PathBuf,
    known: BTreeMap<u32, KnownProcess>,
    gpus: BTreeMap<Arc<str>, LastList>,
    pub(super) claims: Claims,
    pub(super) state: SourceState,
}

/// A process whose place was read.
#[derive(Debug, Clone)]
struct KnownProcess {
    key: ProcessKey,
    workload: Option<Arc<Workload>>,
    /// True for the server of MPS, which holds nothing: its clients do.
    is_mps_server: bool,
}

/// The last list of processes of a GPU.
#[derive(Debug)]
struct LastList {
    at: ClockReading,
    pids: Vec<u32>,
    is_failing: bool,
}

impl GpuProcesses {
    pub(super) fn new(procfs: PathBuf, rank: usize) -> GpuProcesses {
        let (name, watch) = (Source::Processes.name(), Watch::ByGpu(BTreeMap::new()));
        GpuProcesses {
            procfs,
            known: BTreeMap::new(),
            gpus: BTreeMap::new(),
            claims: Claims::new(rank),
            state: SourceState { name, is_up: true, errors: BTreeMap::new(), watch },
        }
    }

    /// Takes the processes of a GPU, or the error of the call.
    pub(super) fn record(&mut self, list: ProcessList, names: &mut PodNames, now: ClockReading) {
        let ProcessList { uuid, pids } = list;
        match pids {
            Ok(pids) => self.record_pids(uuid, pids, names, now),
            Err(kind) => {
                self.record_error(kind, "the driver does not list the processes of a GPU");
                self.end_watch(&uuid);
                match self.gpus.get_mut(&uuid) {
                    Some(last) => last.is_failing = true,
                    None => {
                        let last = LastList { at: now, pids: Vec::new(), is_failing: true };
                        self.gpus.insert(uuid, last);
                    }
                }
            }
        }
        self.state.is_up = self.gpus.values().all(|last| !last.is_failing);
    }

    fn record_pids(
        &mut self,
        uuid: Arc<str>,
        pids: Vec<u32>,
        names: &mut PodNames,
        now: ClockReading,
    ) {
        let gpu = ClaimedGpu::Uuid(Arc::clone(&uuid));
        let mut held: BTreeMap<Holding, Timestamp> = BTreeMap::new();
        for &pid in &pids {
            let workload = self.workload(pid, names, now);
            if !self.known.get(&pid).is_some_and(|known| known.is_mps_server) {
                held.insert((gpu.clone(), workload), now.wall);
            }
        }
        self.claims.update(|claimed| *claimed == gpu, held, now.wall);
        self.claims.forget_before(now.wall);
        self.state.watch.begin(&uuid, now.wall);
        self.gpus.insert(uuid, LastList { at: now, pids, is_failing: false });
        let gpus = &self.gpus;
        self.known.retain(|pid, _| gpus.values().any(|last| last.pids.contains(pid)));
    }

    /// Ends what is known of GPUs whose processes were not listed lately: they are not asked for any more, or the call
    /// does not return. Returns true if there was any.
    pub(super) fn poll(&mut self, now: ClockReading) -> bool {
        let is_stale = |last: &LastList| now.awake.saturating_sub(last.at.awake) > STALE_AFTER;
        let stale: Vec<Arc<str>> = self
            .gpus
            .iter()
            .filter(|(_, last)| is_stale(last))
            .map(|(uuid, _)| Arc::clone(uuid))
            .collect();
        for uuid in &stale {
            self.end_watch(uuid);
            self.gpus.remove(uuid);
        }
        self.state.is_up = self.gpus.values().all(|last| !last.is_failing);
        !stale.is_empty()
    }

    /// Keeps all times at the same moments after the wall clock was set.
    pub(super) fn set_clock(&mut self, jump: ClockJump) {
        self.claims.set_clock(jump);
        self.state.watch.set_clock(jump);
        self.gpus.values_mut().for_each(|last| last.at = last.at.on_clock_set(jump));
    }

    /// Ends all that is known of a GPU at the time of its last list.
    fn end_watch(&mut self, uuid: &Arc<str>) {
        let Some(last) = self.gpus.get(uuid) else { return };
        let (gpu, ended) = (ClaimedGpu::Uuid(Arc::clone(uuid)), last.at.wall);
        self.claims.update(|claimed| *claimed == gpu, BTreeMap::new(), ended);
        self.state.watch.end(uuid, ended);
    }

    /// The workload of a process; `None` if its cgroup names none, or if it is gone.
    fn workload(
        &mut self,
        pid: u32,
        names: &mut PodNames,
        now: ClockReading,
    ) -> Option<Arc<Workload>> {
        let Ok(key) = process::read_key(&self.procfs, pid) else {
            self.record_error(NO_PROCESS, "a process on a GPU is not in procfs");
            return None;
        };
        if let Some(known) = self.known.get(&pid)
            && known.key == key
        {
            return known.workload.clone();
        }
        let Ok(place) = process::read_place(&self.procfs, pid) else {
            self.record_error(NO_PROCESS, "a process on a GPU is not in procfs");
            return None;
        };
        let mut is_nameless = false;
        let workload = place.map(|place| {
            let pod = self.pod(&place, names, now);
            is_nameless = pod == Ok(None) && matches!(place, Place::Pod { .. });
            Arc::new(Workload::of_place(&place, pod.ok().flatten().as_ref()))
        });
        if is_nameless {
            return workload; // its names may come with the next list
        }
        let is_mps_server = process::is_mps_server(&self.procfs, pid);
        self.known.insert(pid, KnownProcess { key, workload: workload.clone(), is_mps_server });
        workload
    }

    /// The names of the pod at a place, if the logs of pods have them; an error if these cannot be read.
    fn pod(
        &mut self,
        place: &Place,
        names: &mut PodNames,
        now: ClockReading,
    ) -> Result<Option<PodName>, &'static str> {
        let Place::Pod { uid, .. } = place else { return Ok(None) };
        names.of(uid, now).inspect_err(|&kind| {
            self.record_error(kind, "the names of pods cannot be read; they have their UIDs");
        })
    }

    fn record_error(&mut self, kind: &'static str, message: &str) {
        self.state.count_error(kind);
        if let Some(times) = occurrences_to_log("processes", kind) {
            warn!(error = kind, times, "{message}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::fake_procfs::add_process;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const UID: &str = "2fc932ce-fdcc-454b-97bd-aadfdeb4c340";

    fn reading(seconds: i64) -> ClockReading {
        ClockReading::steady(Timestamp::from_unix_seconds(1_800_000_000 + seconds))
    }

    fn list(pids: Result<&[u32], &'static str>) -> ProcessList {
        ProcessList { uuid: "GPU-a".into(), pids: pids.map(<[u32]>::to_vec) }
    }

    fn open(processes: &GpuProcesses) -> Vec<String> {
        let open = processes.claims.all().iter().filter(|claim| claim.until.is_none());
        let name = |workload: &Arc<Workload>| workload.name.to_string();
        let mut names: Vec<String> =
            open.map(|claim| claim.workload.as_ref().map_or("-".into(), name)).collect();
        names.sort();
        names
    }

    #[test]
    fn who_runs_a_process_holds_the_gpu() {
        let root = tempfile::tempdir().unwrap();
        let logs = root.path().join("logs");
        fs::create_dir_all(logs.join(format!("team_train-0_{UID}"))).unwrap();
        let mut processes = GpuProcesses::new(root.path().into(), 0);
        let mut names = PodNames::new(logs.clone());
        add_process(root.path(), 10, 1, "/system.slice/a.service");
        add_process(root.path(), 11, 1, "/system.slice/a.service/worker");
        add_process(root.path(), 12, 1, &format!("/kubepods/pod{UID}/{ID}"));
        add_process(root.path(), 13, 1, "/");
        processes.record(list(Ok(&[10, 11, 12, 13])), &mut names, reading(0));
        assert_eq!(open(&processes), ["-", "pod:team/train-0", "unit:a.service"]);
        assert_eq!(processes.state.watch.of("GPU-a").unwrap().since, reading(0).wall);
        assert_eq!(processes.state.watch.of("GPU-b"), None);

        // The folder of a pod's logs comes later than its process.
        let late = UID.replace('2', "3");
        add_process(root.path(), 15, 1, &format!("/kubepods/pod{late}/{ID}"));
        processes.record(list(Ok(&[15])), &mut names, reading(0));
        assert_eq!(open(&processes), [format!("pod:{late}")]);
        fs::create_dir_all(logs.join(format!("team_late_{late}"))).unwrap();
        processes.record(list(Ok(&[15])), &mut names, reading(6));
        assert_eq!(open(&processes), ["pod:team/late"]);

        // The number of a process is used again.
        add_process(root.path(), 10, 2, "/system.slice/b.service");
        processes.record(list(Ok(&[10])), &mut names, reading(7));
        assert_eq!(open(&processes), ["unit:b.service"]);
        assert!(processes.known.len() == 1 && processes.state.is_up);
        processes.record(list(Ok(&[99])), &mut names, reading(8));
        assert_eq!(open(&processes), ["-"]);
        // The server of MPS, and a client of it.
        add_process(root.path(), 14, 1, "/system.slice/mps.service");
        let stat = fs::read_to_string(root.path().join("14/stat")).unwrap();
        let (before, after) = stat.split_once('(').zip(stat.rsplit_once(')')).unwrap();
        let named = format!("{}(nvidia-cuda-mps){}", before.0, after.1);
        fs::write(root.path().join("14/stat"), named).unwrap();
        processes.record(list(Ok(&[14, 11])), &mut names, reading(9));
        assert_eq!(open(&processes), ["unit:a.service"]);
        assert_eq!(processes.state.errors, [("no_process", 1)].into());
    }

    #[test]
    fn a_list_that_does_not_come_makes_the_gpu_unknown() {
        let root = tempfile::tempdir().unwrap();
        let mut processes = GpuProcesses::new(root.path().into(), 0);
        let mut names = PodNames::new(root.path().into());
        add_process(root.path(), 10, 1, "/system.slice/a.service");
        processes.record(list(Ok(&[10])), &mut names, reading(0));
        processes.record(list(Err("unknown")), &mut names, reading(1));
        assert!(!processes.state.is_up && open(&processes).is_empty());
        let until = |processes: &GpuProcesses| processes.state.watch.of("GPU-a").unwrap().until;
        assert_eq!(until(&processes), Some(reading(0).wall));
        processes.record(list(Ok(&[10])), &mut names, reading(2));
        assert!(processes.state.is_up && until(&processes).is_none());
        assert!(!processes.poll(reading(7)));
        assert!(processes.poll(reading(8)), "the call does not return, or is not made any more");
        assert!(open(&processes).is_empty() && processes.state.is_up);
        assert_eq!(until(&processes), Some(reading(2).wall));
    }
}
