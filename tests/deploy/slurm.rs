//! The prolog and the epilog of Slurm, run as slurmd runs them; and the hooks by which Alertmanager pauses jobs.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use gpu_carbon_attribution::slurm::{JobFile, read_jobs};
use gpu_carbon_tests::exporter::build;
use gpu_carbon_tests::prometheus::program;
use serde_json::{Value, json};

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

#[test]
fn alertmanager_calls_the_hooks_that_pause_and_resume_jobs() {
    let config = deployed("slurm/alertmanager.yml");
    let amtool = program("amtool", "prometheus-alertmanager").unwrap();
    run_checker(Command::new(amtool).arg("check-config").arg(&config));
    let read = |name: &str| -> Value {
        let text = std::fs::read_to_string(deployed(name)).unwrap();
        serde_saphyr::from_str(&text).unwrap()
    };
    let (config, hooks) = (read("slurm/alertmanager.yml"), read("slurm/webhook.yaml"));
    let receiver = &config["receivers"][1];
    assert_eq!(receiver["name"], config["route"]["routes"][0]["receiver"]);
    let urls = receiver["webhook_configs"].as_array().unwrap();
    let hooks = hooks.as_array().unwrap();
    assert_eq!(urls.len(), hooks.len());
    for ((url, hook), (verb, status)) in
        urls.iter().zip(hooks).zip([("pause", "firing"), ("resume", "resolved")])
    {
        assert_eq!((&hook["id"], &url["send_resolved"]), (&json!(verb), &json!(true)));
        assert_eq!(url["url"], format!("http://localhost:9000/hooks/{verb}"));
        let rule = &hook["trigger-rule"]["match"];
        assert_eq!(
            (&rule["value"], &rule["parameter"]["name"]),
            (&json!(status), &json!("status"))
        );
        let words = hook["pass-arguments-to-command"].as_array().unwrap().iter();
        let words = words.map(|word| OsString::from(word["name"].as_str().unwrap()));
        let command = [OsString::from("gpu-carbon")].into_iter().chain(words);
        let parsed = gpu_carbon_cli::args::Args::read(command).unwrap();
        let is_of_slurm = format!("{parsed:?}").to_lowercase().contains(verb);
        assert!(is_of_slurm, "{parsed:?}");
    }
}

#[test]
fn the_example_of_a_job_runs_its_command_within_the_time_limit() {
    let program = build("gpu-carbon-cli", "gpu-carbon").unwrap();
    let text = std::fs::read_to_string(deployed("slurm/train.sbatch")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    // No one answers there: a job does not wait for a service.
    let text = text.replace("from=http://localhost:9877", "from=http://127.0.0.1:1");
    let text = text.replace("duration=6h", "duration=1s").replace("./train.sh", "touch ran");
    std::fs::write(folder.path().join("train.sbatch"), text).unwrap();
    let run = |limit: u64| {
        let mut command = Command::new("/bin/sh");
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
        command.arg("train.sbatch").current_dir(folder.path()).env_clear().env("PATH", path);
        command.env("XDG_STATE_HOME", folder.path()).env("HOME", folder.path());
        command.env("SLURM_JOB_ID", "17");
        command.env("SLURM_JOB_END_TIME", (now.as_secs() + limit).to_string());
        command.output().unwrap()
    };
    let output = run(3_600);
    assert!(output.status.success() && folder.path().join("ran").is_file(), "{output:?}");
    // A limit that leaves no time for the reserve.
    std::fs::remove_file(folder.path().join("ran")).unwrap();
    let output = run(60);
    assert!(!output.status.success() && !folder.path().join("ran").exists(), "{output:?}");
}
