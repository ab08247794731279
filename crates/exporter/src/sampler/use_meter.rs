//! The measurement of how much each process uses a GPU that several hold.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gpu_carbon_attribution::Place;
use gpu_carbon_attribution::process::{self, ProcessKey};

use crate::holders::UseByPlace;
use crate::nvml::ProcessSample;

/// The most that a process can use of a GPU, in percent. Some drivers return more, which is no use.
const WHOLE: u32 = 100;

/// The looks in a row without a new sample after which all samples are asked for: the driver's clock may have been set back, by which
/// new ones would seem old.
const SILENT_LOOKS: u32 = 10;

/// The kind of error of samples of which none belongs to a process that the driver lists: their numbers are those of
/// another PID namespace.
pub(super) const PID_NAMESPACE: &str = "pid_namespace";

/// The measurement of one GPU: all samples of utilization, each once.
#[derive(Debug)]
pub(super) struct UseMeter {
    procfs: PathBuf,
    /// The time of the newest sample that counted, by the driver's clock; `None` before the first look.
    seen_until: Option<u64>,
    /// The looks in a row without a new sample.
    silent_looks: u32,
    /// The time of the newest sample before `seen_until` when all samples were last asked for.
    newest_before: Option<u64>,
    processes: BTreeMap<u32, Known>,
}

/// A process that was listed at the last look.
#[derive(Debug, Clone)]
struct Known {
    key: Option<ProcessKey>,
    place: Option<Place>,
    /// True for the server of MPS, whose use is that of its clients, and of none of them in particular.
    is_mps_server: bool,
}

impl UseMeter {
    /// The measurement of a GPU that was not looked at yet. `procfs` is the folder where procfs is mounted.
    pub(super) fn new(procfs: &Path) -> UseMeter {
        UseMeter {
            procfs: procfs.to_owned(),
            seen_until: None,
            silent_looks: 0,
            newest_before: None,
            processes: BTreeMap::new(),
        }
    }

    /// The time from which samples are to be read, by the driver's clock: 0 for all that it stores.
    pub(super) fn since(&self) -> u64 {
        if self.asks_for_all() { 0 } else { self.seen_until.unwrap_or_default() }
    }

    const fn asks_for_all(&self) -> bool {
        self.silent_looks >= SILENT_LOOKS
    }

    /// Forgets what was seen, since no one asked for a while: the samples of the meantime are no use of now.
    pub(super) fn forget(&mut self) {
        *self = UseMeter::new(&self.procfs);
    }

    /// Adds up the samples since the last look, by the place of the processes. `listed` are those that the driver
    /// lists. A sample of another process, or above 100 %, is none: the driver returns garbage for processes that have
    /// ended. One that was listed at the last look has just ended, and counts. The first look only learns where the
    /// samples begin, which may be minutes old.
    ///
    /// # Errors
    ///
    /// [`PID_NAMESPACE`].
    pub(super) fn add(
        &mut self,
        listed: impl IntoIterator<Item = u32>,
        samples: &[ProcessSample],
    ) -> Result<UseByPlace, &'static str> {
        let mut present = BTreeMap::new();
        for pid in listed {
            present.insert(pid, self.look_up(pid));
        }
        let is_first = self.seen_until.is_none();
        let since = self.seen_until.unwrap_or_default();
        let (mut newest, mut before) = (since, None);
        let mut used = UseByPlace::new();
        for sample in samples.iter().filter(|it| it.percent <= WHOLE) {
            let known = present.get(&sample.pid).or_else(|| self.processes.get(&sample.pid));
            let Some(known) = known else { continue };
            if sample.at <= since {
                before = before.max(Some(sample.at));
                continue;
            }
            newest = newest.max(sample.at);
            if !known.is_mps_server {
                *used.entry(known.place.clone()).or_default() += u64::from(sample.percent);
            }
        }
        let is_silent = newest == since;
        let is_of_others =
            is_silent && before.is_none() && !present.is_empty() && !samples.is_empty();
        if is_silent && self.asks_for_all() {
            // The driver's clock goes on below the newest sample.
            let goes_on = self.newest_before.is_some_and(|last| before > Some(last));
            newest = before.filter(|_| goes_on).unwrap_or(newest);
            (self.newest_before, self.silent_looks) = (before, 0);
        } else {
            self.silent_looks = if is_silent { self.silent_looks + 1 } else { 0 };
        }
        self.processes = present;
        if is_of_others && samples.iter().all(|sample| sample.percent <= WHOLE) {
            return Err(PID_NAMESPACE);
        }
        self.seen_until = Some(newest);
        Ok(if is_first { UseByPlace::new() } else { used })
    }

    /// A process: as it was known, or by its cgroup. One that procfs does not show belongs to no workload.
    fn look_up(&self, pid: u32) -> Known {
        let key = process::read_key(&self.procfs, pid).ok();
        match self.processes.get(&pid) {
            Some(known) if known.key.is_some() && known.key == key => known.clone(),
            _ => {
                let place = key.and_then(|_| process::read_place(&self.procfs, pid).ok().flatten());
                let is_mps_server = key.is_some() && process::is_mps_server(&self.procfs, pid);
                Known { key, place, is_mps_server }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake_procfs::add_process;

    fn sample(pid: u32, at: u64, percent: u32) -> ProcessSample {
        ProcessSample { pid, at, percent }
    }

    fn unit(name: &str) -> Option<Place> {
        Some(Place::Unit(format!("{name}.service")))
    }

    /// A meter that has seen the samples until a time.
    fn meter(procfs: &Path, seen_until: u64) -> UseMeter {
        add_process(procfs, 10, 1, "/system.slice/a.service");
        add_process(procfs, 11, 1, "/system.slice/b.service");
        add_process(procfs, 12, 1, "/");
        UseMeter { seen_until: Some(seen_until), ..UseMeter::new(procfs) }
    }

    #[test]
    fn every_sample_counts_once() {
        let root = tempfile::tempdir().unwrap();
        let mut meter = meter(root.path(), 100);
        let samples =
            [sample(10, 100, 90), sample(10, 101, 30), sample(10, 102, 40), sample(11, 103, 7)];
        let used = meter.add([10, 11, 12], &samples);
        assert_eq!(used, Ok([(unit("a"), 70), (unit("b"), 7)].into()));
        assert_eq!(meter.since(), 103);
        let samples = [sample(11, 103, 7), sample(11, 104, 5), sample(12, 104, 3)];
        assert_eq!(meter.add([10, 11, 12], &samples), Ok([(unit("b"), 5), (None, 3)].into()));
        assert_eq!(meter.add([10, 11, 12], &[]), Ok(UseByPlace::new()), "no one used it");
    }

    #[test]
    fn samples_of_the_past_are_no_use_of_now() {
        let root = tempfile::tempdir().unwrap();
        let mut meter = meter(root.path(), 0);
        meter.forget();
        assert_eq!(meter.since(), 0);
        assert_eq!(meter.add([10], &[sample(10, 5, 80)]), Ok(UseByPlace::new()));
        assert_eq!(meter.add([10], &[sample(10, 6, 80)]), Ok([(unit("a"), 80)].into()));
        meter.forget();
        assert_eq!(meter.add([10], &[]), Ok(UseByPlace::new()));
        assert_eq!(meter.add([10], &[sample(10, 6, 80)]), Ok([(unit("a"), 80)].into()));
    }

    #[test]
    fn a_clock_that_was_set_back_hides_the_use_for_some_looks_alone() {
        let root = tempfile::tempdir().unwrap();
        let mut meter = meter(root.path(), 3_600_000_000);
        let mut counted = 0;
        for look in 1..=40 {
            // The driver returns those that are newer than it was asked for.
            let all =
                [sample(10, look * 1_000_000 - 500_000, 10), sample(10, look * 1_000_000, 20)];
            let newer: Vec<_> = all.into_iter().filter(|it| it.at > meter.since()).collect();
            let used = meter.add([10], &newer).unwrap();
            counted += u64::from(used == [(unit("a"), 30)].into());
        }
        assert!(counted >= 15, "{counted} of 40");
        assert_eq!(meter.since(), 40_000_000);
    }

    #[test]
    fn processes_that_rest_are_no_clock_that_was_set() {
        let root = tempfile::tempdir().unwrap();
        let mut meter = meter(root.path(), 100);
        for _ in 0..50 {
            assert_eq!(meter.add([10], &[sample(10, 100, 90)]), Ok(UseByPlace::new()));
        }
        assert_eq!(meter.add([10], &[sample(10, 101, 40)]), Ok([(unit("a"), 40)].into()));
    }

    #[test]
    fn garbage_is_no_use_and_hides_none() {
        let root = tempfile::tempdir().unwrap();
        let mut meter = meter(root.path(), 100);
        let samples =
            [sample(4_000_001, 9_999, 50), sample(10, 9_999, 1_000_000), sample(10, 101, 20)];
        assert_eq!(meter.add([10, 11], &samples), Ok([(unit("a"), 20)].into()));
        assert_eq!(meter.since(), 101, "the time of garbage is garbage, too");
    }

    #[test]
    fn a_process_that_just_ended_counts_and_one_of_its_number_is_another() {
        let root = tempfile::tempdir().unwrap();
        let mut meter = meter(root.path(), 100);
        assert_eq!(meter.add([10, 11], &[sample(10, 101, 20)]), Ok([(unit("a"), 20)].into()));
        assert_eq!(meter.add([11], &[sample(10, 102, 30)]), Ok([(unit("a"), 30)].into()));
        assert_eq!(meter.add([11], &[sample(10, 103, 30)]), Err(PID_NAMESPACE));
        add_process(root.path(), 11, 2, "/system.slice/c.service");
        assert_eq!(meter.add([11], &[sample(11, 104, 30)]), Ok([(unit("c"), 30)].into()));
    }

    #[test]
    fn the_use_of_the_server_of_mps_is_no_ones() {
        let root = tempfile::tempdir().unwrap();
        let mut meter = meter(root.path(), 100);
        let stat = root.path().join("12/stat");
        let text = std::fs::read_to_string(&stat).unwrap();
        let rest = text.rsplit_once(')').unwrap().1;
        std::fs::write(&stat, format!("12 (nvidia-cuda-mps){rest}")).unwrap();
        let samples = [sample(12, 101, 90), sample(10, 101, 20)];
        assert_eq!(meter.add([10, 12], &samples), Ok([(unit("a"), 20)].into()));
        assert_eq!(meter.add([10, 12], &[sample(12, 102, 90)]), Ok(UseByPlace::new()));
        assert_eq!(meter.since(), 102, "it is no sample of another namespace");
    }

    #[test]
    fn numbers_of_another_namespace_are_an_error() {
        let root = tempfile::tempdir().unwrap();
        let mut meter = meter(root.path(), 100);
        assert_eq!(meter.add([10], &[sample(645_400, 101, 20)]), Err(PID_NAMESPACE));
        assert_eq!(meter.since(), 100);
    }
}
