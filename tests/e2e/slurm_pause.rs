//! `gpu-carbon slurm pause` and `resume`, on jobs of a real Slurm.

use std::process::{Command, Output};

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::build;
use gpu_carbon_tests::slurm::Slurm;
use gpu_carbon_tests::wait_for;

/// The state of a job, such as `RUNNING`.
fn state(slurm: &Slurm, job: &str) -> Result<String> {
    let state = slurm.ask("squeue", &["--noheader", "--format=%T", "--jobs", job])?;
    Ok(state.trim().to_owned())
}

#[track_caller]
fn wait_for_state(slurm: &Slurm, job: &str, expected: &str) {
    wait_for(expected, || {
        let state = state(slurm, job)?;
        ensure!(state == expected, "{job}: {state}");
        Ok(())
    })
    .unwrap();
}

#[test]
#[ignore = "needs slurm"]
fn an_operator_pauses_jobs_and_resumes_those_alone_needs_slurm() {
    let folder = tempfile::tempdir().unwrap();
    let slurm = Slurm::start(folder.path(), &folder.path().join("jobs")).unwrap();
    let program = build("gpu-carbon-cli", "gpu-carbon").unwrap();
    let record = folder.path().join("state/paused-jobs");
    let run = |arguments: &[&str]| -> Output {
        let mut command = Command::new(&program);
        command.arg("slurm").args(arguments).arg("--record").arg(&record);
        command.env("SLURM_CONF", folder.path().join("slurm.conf")).output().unwrap()
    };
    let answer = |arguments: &[&str]| {
        let output = run(arguments);
        assert!(output.status.success(), "{output:?} {}", slurm.log());
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(answer(&["pause", "--partition", "p"]), "paused no job\n");
    // A job writes the time once in a tenth of a second.
    let ticks = folder.path().join("ticks");
    let command = format!("while :; do echo x >> {}; sleep 0.1; done", ticks.display());
    let first = slurm.submit(1, &command).unwrap();
    let second = slurm.submit(1, "sleep 600").unwrap();
    for job in [&first, &second] {
        wait_for_state(&slurm, job, "RUNNING");
    }
    // Slurm says that a job runs before the first line of its script does.
    wait_for("the first line of the job", || Ok(ticks.metadata()?)).unwrap();
    // An administrator has suspended one.
    slurm.ask("scontrol", &["suspend", &second]).unwrap();
    wait_for_state(&slurm, &second, "SUSPENDED");
    let pause = ["pause", "--partition", "p"];
    assert_eq!(
        answer(&[&pause[..], &["--dry-run"]].concat()),
        format!("would pause job {first}\n")
    );
    assert_eq!(state(&slurm, &first).unwrap(), "RUNNING");
    assert_eq!(answer(&pause), format!("paused job {first}\n"));
    wait_for_state(&slurm, &first, "SUSPENDED");
    let count = || std::fs::read(&ticks).unwrap().len();
    let stopped = wait_for("a job that has stopped", || {
        let before = count();
        std::thread::sleep(std::time::Duration::from_millis(500));
        ensure!(count() == before);
        Ok(before)
    })
    .unwrap();
    assert_eq!(answer(&pause), "paused no job\n", "it is paused already");

    let resume = ["resume", "--partition", "p"];
    assert_eq!(
        answer(&[&resume[..], &["--dry-run"]].concat()),
        format!("would resume job {first}\n")
    );
    assert_eq!(answer(&resume), format!("resumed job {first}\n"));
    wait_for_state(&slurm, &first, "RUNNING");
    wait_for("a job that goes on", || {
        ensure!(count() > stopped);
        Ok(())
    })
    .unwrap();
    assert_eq!(state(&slurm, &second).unwrap(), "SUSPENDED", "someone else has suspended it");
    assert_eq!(answer(&resume), "resumed no job\n");

    // One job by its number; and one that Slurm does not have.
    assert_eq!(answer(&["pause", "--job", &first]), format!("paused job {first}\n"));
    assert_eq!(answer(&["resume", "--job", &first]), format!("resumed job {first}\n"));
    assert_eq!(answer(&["pause", "--job", "4294967"]), "paused no job\n");
    let wrong = run(&["pause", "--job", "x"]);
    assert_eq!(wrong.status.code(), Some(2), "{wrong:?}");
    slurm.ask("scontrol", &["resume", &second]).unwrap();
}
