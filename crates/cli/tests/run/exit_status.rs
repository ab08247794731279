//! The exit statuses of `gpu-carbon run` itself.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::harness::Place;

fn outcome(command: &mut Command) -> (i32, String, String) {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_command_that_cannot_run_has_the_status_of_timeout() {
    let place = Place::new();
    let (status, out, err) =
        outcome(&mut place.run_program("clean.csv", 1, "--below 300", "./missing"));
    assert_eq!((status, out.as_str()), (127, ""));
    assert!(err.contains("gpu-carbon: ./missing: No such file"), "{err}");
    let plain = place.path("plain");
    fs::write(&plain, "text").unwrap();
    fs::set_permissions(&plain, fs::Permissions::from_mode(0o644)).unwrap();
    let (status, _, err) = outcome(&mut place.run_program("clean.csv", 1, "--below 300", &plain));
    assert_eq!(status, 126, "{err}");
    let (status, ..) =
        outcome(&mut place.run_program("clean.csv", 1, "--below 300", place.folder.path()));
    assert_eq!(status, 126, "a folder");
}

#[test]
fn a_failure_of_its_own_is_125() {
    let place = Place::new();
    for flags in [
        "--below -1",
        "--below 300 --policy plan --duration 1h",
        "--policy threshold",
        "--policy nonsense",
        "--duration 1h --finish-by 2020-01-01T00:30",
        "--below 300 --pause-signal KILL",
        "--below 300 --power 100W --paused-power 200W",
        "--below 300 --paused-power 20W",
        "--below 300 --resume-below 400",
        "--below 300 --speed 0",
    ] {
        let (status, out, err) = outcome(&mut place.run("clean.csv", 1, flags, "echo ran"));
        assert_eq!((status, out.as_str()), (125, ""), "{flags}: {err}");
        assert!(err.starts_with("gpu-carbon: ") && err.lines().count() == 1, "{flags}: {err}");
    }
    let mut without = Command::new(env!("CARGO_BIN_EXE_gpu-carbon"));
    let (status, _, err) = outcome(without.args(["run", "--below", "300", "--", "true"]));
    assert_eq!(status, 125, "{err}");
    let mut missing = place.run("missing.csv", 1, "--below 300", "echo ran");
    let (status, out, err) = outcome(&mut missing);
    assert_eq!((status, out.as_str()), (125, ""), "{err}");
}

#[test]
fn a_job_never_starves_for_want_of_data_unless_it_is_asked_to_fail() {
    let place = Place::new();
    let without_data = |flags: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gpu-carbon"));
        command.args(["run", "--from", "http://127.0.0.1:9", "--below", "300", "--state"]);
        command.arg(place.path("runs")).args(flags.split_whitespace());
        outcome(command.args(["--", "echo", "ran"]))
    };
    let (status, out, err) = without_data("");
    assert_eq!((status, out.as_str()), (0, "ran\n"), "{err}");
    assert!(err.contains("nobody knows the intensity: --from http://127.0.0.1:9"), "{err}");
    assert!(err.contains("the command runs meanwhile"), "{err}");
    let (status, out, err) = without_data("--unknown fail");
    assert_eq!((status, out.as_str()), (75, ""), "{err}");
    assert!(err.contains("nobody knows the intensity"), "{err}");
    assert_eq!(without_data("--quiet"), (0, "ran\n".to_owned(), String::new()));
}

/// The time limit of a Slurm job runs on while the command is paused.
#[test]
fn a_run_that_may_outlast_its_slurm_job_is_refused() {
    let place = Place::new();
    let limit =
        chrono::DateTime::parse_from_rfc3339(crate::harness::AT).unwrap().timestamp() + 3600;
    let in_slurm = |flags: &str| {
        let mut command = place.run("clean.csv", 1, flags, "echo ran");
        outcome(command.env("SLURM_JOB_END_TIME", limit.to_string()))
    };
    for flags in ["--below 300", "--below 300 --duration 10min --finish-by 2020-01-01T02:00"] {
        let (status, out, err) = in_slurm(flags);
        assert_eq!((status, out.as_str()), (125, ""), "{flags}: {err}");
        assert!(err.contains("ends at 2020-01-01 01:00 (SLURM_JOB_END_TIME)"), "{err}");
    }
    let fits = "--quiet --below 300 --duration 10min --finish-by 2020-01-01T00:30";
    assert_eq!(in_slurm(fits), (0, "ran\n".to_owned(), String::new()));
}
