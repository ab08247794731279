//! `gpu-carbon wait`: until the best start or a clean grid, and then a command in its place.

use crate::harness::{rejected, run};

/// Runs `wait`, and returns its output, standard error and exit status.
fn wait(line: &str) -> (String, String, i32) {
    let outcome = run(&format!("wait {line}"));
    (outcome.out, outcome.err, outcome.status.unwrap())
}

/// A day of an hour each: dirty, clean from the third hour on.
fn grid() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grid.csv");
    let row =
        |hour: u32| format!("2020-01-01T{hour:02}:00:00Z,{}\n", if hour < 2 { 900 } else { 100 });
    let rows: String = (0..24).map(row).collect();
    std::fs::write(&path, "timestamp_utc,gco2_per_kwh\n".to_owned() + &rows).unwrap();
    let line = format!("--intensity {} --at 2020-01-01T00:00 --speed 36000", path.display());
    (folder, line)
}

#[test]
fn it_waits_for_a_clean_grid_and_runs_the_command_in_its_place() {
    let (_folder, line) = grid();
    let (out, err, status) = wait(&format!("{line} --below 300 -- sh -c echo"));
    assert_eq!((out.as_str(), status), ("\n", 0));
    assert!(err.starts_with("gpu-carbon: start at 2020-01-01 02:0"), "{err}");
    assert!(err.contains("100.0 g/kWh is below 300.0 g/kWh, by grid"), "{err}");
    for (command, expected) in [("false", 1), ("./missing", 127), ("/etc", 126)] {
        let (_, _, status) = wait(&format!("{line} --below 300 -q -- {command}"));
        assert_eq!(status, expected, "{command}");
    }
    assert_eq!(wait(&format!("{line} --below 300 -q")), (String::new(), String::new(), 0));
}

#[test]
fn it_waits_for_the_best_start() {
    let (_folder, line) = grid();
    let (_, err, status) = wait(&format!("{line} --duration 1h --window 6h"));
    assert_eq!(status, 0);
    let lines: Vec<&str> = err.lines().collect();
    assert_eq!(lines[0], "gpu-carbon: waits until 2020-01-01 02:00 UTC, by grid");
    assert!(lines[1].starts_with("gpu-carbon: start at 2020-01-01 02:0"), "{err}");
    let (_, err, _) = wait(&format!("{line} --duration 1h --finish-by 2020-01-01T01:30"));
    assert!(err.contains("start at 2020-01-01 00:"), "{err}");
}

#[test]
fn a_threshold_that_is_not_reached_does_not_hold_a_job_for_ever() {
    let (_folder, line) = grid();
    let late = format!("{line} --below 50 --start-by 2020-01-01T03:00");
    let (_, err, status) = wait(&late);
    assert_eq!(status, 0);
    assert!(err.contains("the latest start, though the grid is not below"), "{err}");
    let (out, _, status) = wait(&format!("{late} --or-not -- echo ran"));
    assert_eq!((out.as_str(), status), ("", 1));
}

#[test]
fn a_job_does_not_starve_for_want_of_data() {
    let unknown = "--from http://127.0.0.1:9 --below 300";
    let (out, err, status) = wait(&format!("{unknown} -- echo ran"));
    assert_eq!((out.as_str(), status), ("ran\n", 0));
    assert!(err.contains("nobody knows the intensity"), "{err}");
    let (out, err, status) = wait(&format!("{unknown} --unknown fail -- echo ran"));
    assert_eq!((out.as_str(), status), ("", 75), "{err}");
    let hold = format!("{unknown} --unknown hold --speed 1000000 --window 1h -- echo ran");
    assert_eq!(wait(&hold).0, "ran\n");
}

#[test]
fn what_cannot_be_waited_for_is_refused() {
    let (_folder, line) = grid();
    rejected(
        &format!("wait {} --duration 2h --finish-by 2020-01-01T01:00", line.replace("36000", "1")),
        "--finish-by: at the earliest it is 2020-01-01 02:00, which is later than 2020-01-01 01:00: give a later time",
    );
    for wrong in ["--duration 2h --or-not", "--below 1 --duration 1h", "--window 2h"] {
        assert_eq!(wait(&format!("{line} {wrong}")).2, 2, "{wrong}");
    }
}

/// A file that is being written while a job waits is no reason to lose the job.
#[test]
fn a_file_that_breaks_while_a_job_waits_does_not_lose_the_job() {
    for (flags, expected, started) in
        [("", 0, true), (" --unknown fail", 75, false), (" --unknown hold --window 5h", 0, true)]
    {
        let (folder, line) = grid();
        let path = folder.path().join("grid.csv");
        // Ten of its hours take a second.
        let slow = line.replace("36000", "3600");
        let breaks = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(300));
            std::fs::write(path, "timestamp_utc,gco2_per_kwh\n2020-01-01T0").unwrap();
        });
        let (out, err, status) = wait(&format!("{slow} --below 50{flags} -- echo ran"));
        breaks.join().unwrap();
        assert_eq!((out == "ran\n", status), (started, expected), "{flags}: {err}");
        assert!(err.contains("nobody knows the intensity"), "{flags}: {err}");
    }
}
