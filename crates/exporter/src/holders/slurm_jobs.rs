//! The source `slurm`: files that a prolog writes and an epilog removes.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use gpu_carbon_attribution::slurm::{self, Jobs, kind_of};
use gpu_carbon_attribution::{GpuName, JobFile};
use gpu_carbon_core::{Span, Timestamp};
use tracing::warn;

use super::claims::{Claims, Holding};
use super::holdings::{ClaimedGpu, SourceState, Watch};
use super::settings::{JobFolder, Source};
use super::workload::Workload;
use crate::clock::{ClockJump, ClockReading};
use crate::logging::occurrences_to_log;

/// The time after which all files are read again, even where the folder did not change.
const READ_PERIOD: Span = Span::from_seconds(1);

/// The jobs of Slurm that hold GPUs.
#[derive(Debug)]
pub(super) struct SlurmJobs {
    folders: Vec<JobFolder>,
    /// The times of the folders' last changes, when they were last read.
    modified: Vec<Option<Timestamp>>,
    last_read: Option<ClockReading>,
    /// The time of the last reading without an error.
    last_success: Option<Timestamp>,
    pub(super) claims: Claims,
    pub(super) state: SourceState,
}

impl SlurmJobs {
    pub(super) fn new(folders: Vec<JobFolder>, rank: usize) -> SlurmJobs {
        let (name, watch) = (Source::Slurm.name(), Watch::All(None));
        SlurmJobs {
            folders,
            modified: Vec::new(),
            last_read: None,
            last_success: None,
            claims: Claims::new(rank),
            state: SourceState { name, is_up: false, errors: BTreeMap::new(), watch },
        }
    }

    /// Reads the folders, if it is time. Returns true if it did.
    pub(super) fn poll(&mut self, now: ClockReading) -> bool {
        let modified: Vec<_> = self.folders.iter().map(|it| modified(it.path()).ok()).collect();
        let is_due =
            self.last_read.is_none_or(|last| now.awake.saturating_sub(last.awake) >= READ_PERIOD);
        if !is_due && modified == self.modified {
            return false;
        }
        self.read(&modified, now);
        self.modified = modified;
        self.last_read = Some(now);
        true
    }

    /// Keeps all times at the same moments after the wall clock was set.
    pub(super) fn set_clock(&mut self, jump: ClockJump) {
        self.claims.set_clock(jump);
        self.state.watch.set_clock(jump);
        self.last_success = self.last_success.map(|at| jump.moved(at));
        self.last_read = self.last_read.map(|read| read.on_clock_set(jump));
    }

    fn read(&mut self, modified: &[Option<Timestamp>], now: ClockReading) {
        let mut held: BTreeMap<Holding, Timestamp> = BTreeMap::new();
        let mut is_complete = true;
        for folder in self.folders.clone() {
            match folder.read() {
                Ok(Jobs { jobs, error }) => {
                    if let Some((file, error)) = error {
                        let path = folder.path().join(file);
                        self.record_error(error.kind(), &path, &error.to_string());
                        is_complete = false;
                    }
                    add(jobs, now.wall, &mut held);
                }
                Err(error) => {
                    self.record_error(kind_of(&error), folder.path(), &error.to_string());
                    is_complete = false;
                }
            }
        }
        // The removal of a file is the last change of its folder, unless others followed.
        let before = self.last_read.map_or(now.wall, |last| last.wall);
        let changes = modified.iter().copied().flatten();
        let change = changes.filter(|&at| before < at && at <= now.wall).max();
        let ended = match self.last_success {
            Some(success) if !is_complete => success,
            _ => change.unwrap_or(now.wall),
        };
        self.claims.update(|_| true, held, ended);
        self.claims.forget_before(now.wall);
        self.state.is_up = is_complete;
        if is_complete {
            self.last_success = Some(now.wall);
            self.state.watch.begin_all(now.wall);
        } else if let Some(success) = self.last_success {
            self.state.watch.end_all(success);
        }
    }

    fn record_error(&mut self, kind: &'static str, path: &Path, reason: &str) {
        self.state.count_error(kind);
        if let Some(times) = occurrences_to_log("slurm", kind) {
            let path = path.display();
            warn!(%path, reason, times, "the jobs of Slurm cannot be read: the energy of a GPU without a known holder is unknown");
        }
    }
}

impl JobFolder {
    fn path(&self) -> &Path {
        match self {
            JobFolder::Prolog(path) | JobFolder::Dcgm(path) => path,
        }
    }

    fn read(&self) -> io::Result<Jobs> {
        match self {
            JobFolder::Prolog(path) => slurm::read_jobs(path),
            JobFolder::Dcgm(path) => slurm::read_dcgm_mapping(path),
        }
    }
}

/// Adds the jobs of a folder to those that hold GPUs.
fn add(jobs: Vec<JobFile>, now: Timestamp, held: &mut BTreeMap<Holding, Timestamp>) {
    for JobFile { job, gpus, since } in jobs {
        let workload = Arc::new(Workload::of_job(&job));
        for gpu in gpus {
            let gpu = match gpu {
                GpuName::Number(number) => ClaimedGpu::Number(number),
                GpuName::Uuid(uuid) if uuid.starts_with("GPU-") => ClaimedGpu::Uuid(uuid.into()),
                GpuName::Uuid(uuid) => ClaimedGpu::Instance(uuid.into()),
                GpuName::Instance { number, instance } => {
                    ClaimedGpu::NumberedInstance { number, instance }
                }
            };
            let since = since.min(now);
            let known = held.entry((gpu, Some(Arc::clone(&workload)))).or_insert(since);
            *known = since.min(*known);
        }
    }
}

fn modified(folder: &Path) -> io::Result<Timestamp> {
    Ok(slurm::modified(&fs::metadata(folder)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::holders::Claim;
    use crate::holders::holdings::Watched;

    fn reading(seconds: i64) -> ClockReading {
        // Far ahead of the files of the test, so that the times of their changes are in the past.
        ClockReading::steady(Timestamp::from_unix_seconds(4_000_000_000 + seconds))
    }

    fn open(jobs: &SlurmJobs) -> Vec<(String, ClaimedGpu)> {
        let open = jobs.claims.all().iter().filter(|claim| claim.until.is_none());
        let one =
            |claim: &Claim| (claim.workload.as_ref().unwrap().name.to_string(), claim.gpu.clone());
        let mut open: Vec<_> = open.map(one).collect();
        open.sort();
        open
    }

    fn watched(jobs: &SlurmJobs) -> Option<Watched> {
        jobs.state.watch.of("any")
    }

    #[test]
    fn jobs_hold_their_gpus_while_their_files_are_there() {
        let root = tempfile::tempdir().unwrap();
        let mut jobs = SlurmJobs::new(vec![JobFolder::Prolog(root.path().join("jobs"))], 0);
        assert!(jobs.poll(reading(0)));
        assert!(!jobs.state.is_up && watched(&jobs).is_none());
        assert_eq!(jobs.state.errors, [("not_found", 1)].into());

        let write = |job: &str, text: &str| {
            fs::write(root.path().join(format!("jobs/{job}.json")), text).unwrap();
        };
        fs::create_dir(root.path().join("jobs")).unwrap();
        write("7", r#"{"job": "7", "gpus": "0,GPU-x"}"#);
        assert!(jobs.poll(reading(1)), "a folder that has changed is read at once");
        assert!(jobs.state.is_up && watched(&jobs).unwrap().until.is_none());
        let name = |job: &str| format!("slurm:{job}");
        let uuid = ClaimedGpu::Uuid("GPU-x".into());
        assert_eq!(open(&jobs), [(name("7"), uuid), (name("7"), ClaimedGpu::Number(0))]);
        let since = jobs.claims.all()[0].since;
        assert!(since < reading(0).wall, "the time of the file");

        write("8", "{");
        jobs.poll(reading(5));
        assert_eq!(open(&jobs).len(), 2, "other jobs stay");
        assert!(!jobs.state.is_up);
        assert_eq!(watched(&jobs).unwrap().until, Some(reading(1).wall), "and the rest is unknown");
        write("8", r#"{"job": "8", "gpus": "MIG-y"}"#);
        jobs.poll(reading(6));
        let instance = ClaimedGpu::Instance("MIG-y".into());
        assert!(jobs.state.is_up && open(&jobs).contains(&(name("8"), instance)));
        write("8", r#"{"job": "8", "gpus": "3"}"#);
        jobs.poll(reading(7));
        assert!(jobs.state.is_up && watched(&jobs).unwrap().since == reading(6).wall);

        fs::remove_file(root.path().join("jobs/7.json")).unwrap();
        jobs.poll(reading(8));
        assert_eq!(open(&jobs), [(name("8"), ClaimedGpu::Number(3))]);
        fs::remove_dir_all(root.path().join("jobs")).unwrap();
        jobs.poll(reading(9));
        assert_eq!(open(&jobs), [], "no file can be trusted any more");
        assert_eq!(watched(&jobs).unwrap().until, Some(reading(8).wall));
    }

    #[test]
    fn both_folders_make_one_holder_of_a_job() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["ours", "dcgm"] {
            fs::create_dir(root.path().join(folder)).unwrap();
        }
        fs::write(root.path().join("ours/7.json"), r#"{"job": "7", "gpus": "1"}"#).unwrap();
        fs::write(root.path().join("dcgm/1"), "7\n").unwrap();
        let folders = vec![
            JobFolder::Prolog(root.path().join("ours")),
            JobFolder::Dcgm(root.path().join("dcgm")),
        ];
        let mut jobs = SlurmJobs::new(folders, 0);
        jobs.poll(reading(0));
        assert_eq!(jobs.claims.all().len(), 1);
        assert!(!jobs.poll(reading(0)), "nothing has changed");
        assert!(jobs.poll(reading(1)), "a line may have changed in a file");
    }
}
