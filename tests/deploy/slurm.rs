//! The prolog and the epilog of Slurm, run as slurmd runs them.

use std::path::Path;
use std::process::Command;

use gpu_carbon_attribution::slurm::{JobFile, read_jobs};

use crate::{deployed, run_checker};

/// Runs a script for a job with its GPUs, as slurmd does: with `SLURM_` variables, and without a shell's.
fn run(script: &str, jobs: &Path, job: &str, gpus: Option<&str>) {
    let mut command = Command::new(deployed("slurm").join(script));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("GPU_CARBON_JOBS", jobs);
    command.env("SLURM_JOB_ID", job).env("SLURM_JOB_UID", "1001");
    command.envs(gpus.map(|gpus| ("SLURM_JOB_GPUS", gpus)));
    run_checker(&mut command); // must succeed: slurmd drains a node whose prolog fails
}

/// The jobs of a folder with their GPUs, in order.
fn held(jobs: &Path) -> Vec<String> {
    let read = read_jobs(jobs).unwrap();
    assert!(read.error.is_none(), "{:?}", read.error);
    let one = |JobFile { job, gpus, .. }: &JobFile| format!("{job} {gpus:?}");
    let mut jobs: Vec<String> = read.jobs.iter().map(one).collect();
    jobs.sort();
    jobs
}

#[test]
fn a_job_holds_its_gpus_from_the_prolog_to_the_epilog() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = folder.path().join("jobs");
    run("prolog.sh", &jobs, "17", Some("0,1"));
    run("prolog.sh", &jobs, "18", Some("3"));
    assert_eq!(held(&jobs), ["slurm:17 [Number(0), Number(1)]", "slurm:18 [Number(3)]"]);
    run("prolog.sh", &jobs, "17", Some("2")); // after a requeue
    assert_eq!(held(&jobs), ["slurm:17 [Number(2)]", "slurm:18 [Number(3)]"]);
    run("epilog.sh", &jobs, "17", Some("2"));
    run("epilog.sh", &jobs, "17", Some("2"));
    assert_eq!(held(&jobs), ["slurm:18 [Number(3)]"]);
    assert_eq!(std::fs::read_dir(&jobs).unwrap().count(), 1, "no draft is left");
}

#[test]
fn a_job_without_gpus_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    run("prolog.sh", folder.path(), "17", None);
    assert_eq!(held(folder.path()), [""; 0]);
}

#[test]
fn a_folder_that_cannot_be_written_fails_no_job() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let jobs = folder.path().join("file/jobs");
    run("prolog.sh", &jobs, "17", Some("0"));
    run("epilog.sh", &jobs, "17", Some("0"));
}
