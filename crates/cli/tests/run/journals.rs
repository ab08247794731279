//! The journal of a run, and `gpu-carbon runs`.

use std::process::Command;

use serde_json::Value;

use crate::harness::{Kept, Place, kill_child, wait_for};

fn runs(place: &Place, words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpu-carbon"));
    let output = command.arg("runs").args(words).arg("--state").arg(place.path("runs")).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn state(place: &Place) -> String {
    let rows: Value = serde_json::from_str(&runs(place, &["--format", "json"])).unwrap();
    rows["rows"][0]["state"].as_str().unwrap().to_owned()
}

#[test]
fn the_state_of_a_run_is_listed_from_its_start_to_its_end() {
    let place = Place::new();
    assert!(runs(&place, &[]).starts_with("no runs in "));
    let script = "echo $$ > pid; while :; do sleep 0.01; done";
    let flags = "-q --below 300 --min-pause 24h --name mine --power 1kW";
    let mut run = Kept::spawn(&mut place.run("changing.csv", 600, flags, script));
    place.wait_for_pid("pid");
    place.wait_for_phase("paused");
    assert_eq!(state(&place), "paused");
    let list = runs(&place, &[]);
    assert!(list.contains("mine") && list.contains("sh -c echo $$"), "{list}");
    kill_child("TERM", &run.0);
    assert_eq!(run.wait().code(), Some(143));
    assert_eq!(state(&place), "ended with 143");
    let id = list.lines().nth(1).unwrap().split_whitespace().next().unwrap();
    let shown = runs(&place, &["show", id]);
    for line in ["ended with 143", "paused: the intensity is 900 g/kWh", "SIGTERM passed on"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    assert!(shown.contains("emissions grams: "), "{shown}");
    let entries: Value =
        serde_json::from_str(&runs(&place, &["show", id, "--format", "json"])).unwrap();
    assert_eq!(entries.as_array().unwrap().len(), place.journal().len());
}

#[test]
fn a_run_whose_runner_was_killed_is_shown_so() {
    let place = Place::new();
    let script = "echo $$ > pid; while [ ! -e stop ]; do sleep 0.01; done; exit 3";
    let mut run = Kept::spawn(&mut place.run("clean.csv", 1, "-q --below 300", script));
    place.wait_for_pid("pid");
    place.wait_for_phase("running");
    kill_child("KILL", &run.0);
    run.wait();
    assert_eq!(state(&place), "running without gpu-carbon");
    std::fs::write(place.path("stop"), "").unwrap();
    wait_for("its end", || (state(&place) == "ended with 3").then_some(()));
}

/// A journal that was cut off in the middle of a line, or that another program has written, is read as far as it goes.
#[test]
fn a_damaged_journal_is_read_as_far_as_it_goes() {
    let place = Place::new();
    let mut run = Kept::spawn(&mut place.run("clean.csv", 1, "-q --below 300", "exit 0"));
    run.wait();
    let path = &place.journals()[0];
    let whole = std::fs::read(path).unwrap();
    for length in (0..whole.len()).step_by(37) {
        std::fs::write(path, &whole[..length]).unwrap();
        runs(&place, &[]);
    }
    std::fs::write(path, b"\xff\xfe\0 no journal\n{}\n").unwrap();
    assert!(runs(&place, &[]).starts_with("no runs in "));
}

#[test]
fn a_report_has_what_was_emitted_and_what_a_start_at_once_would_have() {
    let place = Place::new();
    place.write_series("first-dirty.csv", 300, |step| if step < 2 { 900.0 } else { 100.0 });
    let flags = "--below 300 --power 1kW --report report.json --duration 20min";
    let mut command = place.run("first-dirty.csv", 1200, flags, "sleep 1");
    let output = command.output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{err}");
    let report: Value = serde_json::from_str(&place.read("report.json")).unwrap();
    let grams = |name: &str| report[name].as_f64().unwrap();
    // The command ran for about 20 minutes of this clock, and longer on a busy machine, at 100 g/kWh.
    let worked = report["worked_seconds"].as_f64().unwrap();
    assert!(worked > 1000.0, "{report:#}");
    assert!((grams("emissions_grams") - worked / 36.0).abs() < 0.01 * worked, "{report:#}");
    let begun = report["begun"].as_str().unwrap();
    let begun = chrono::DateTime::parse_from_rfc3339(begun).unwrap();
    let first = chrono::DateTime::parse_from_rfc3339(crate::harness::AT).unwrap();
    let dirty = 600.0 - (begun - first).num_milliseconds() as f64 / 1000.0;
    let at_once = (dirty * 9.0 + worked - dirty) / 36.0;
    assert!((grams("at_once_emissions_grams") - at_once).abs() < 0.01 * at_once, "{report:#}");
    assert!(grams("best_possible_emissions_grams") <= grams("emissions_grams") * 1.01);
    assert!(err.contains("it saved ") && err.contains("energy: declared, 1000 W"), "{err}");
}

/// Under `ulimit -f`, the kernel ends a program that writes more. The job would go on without its runner, and unpaused.
#[test]
fn a_limit_of_the_length_of_files_ends_no_run() {
    let place = Place::new();
    let run = place.run("clean.csv", 1, "--below 300 -q", "echo ran; exit 5");
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -f 0; exec \"$@\"", "sh"]).arg(run.get_program());
    let output = command.args(run.get_args()).current_dir(place.folder.path()).output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
    assert_eq!((output.status.code(), out.as_str()), (Some(5), "ran\n"), "{err}");
}

#[test]
fn a_report_into_a_pipe_that_no_one_reads_is_an_error_and_holds_no_end() {
    let place = Place::new();
    let made = Command::new("mkfifo").arg(place.path("report.json")).status().unwrap();
    assert!(made.success());
    let flags = "--below 300 --power 1kW --report report.json";
    let output = place.run("clean.csv", 1, flags, "exit 5").output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(5), "{err}");
    assert!(err.contains("the report report.json is not written"), "{err}");
}

/// The age of a journal is that of its last line; a run that goes on, and a file that is none, stay.
#[test]
fn old_runs_that_have_ended_are_forgotten_and_no_others() {
    let place = Place::new();
    let script = "echo $$ > pid; while [ ! -e stop ]; do sleep 0.01; done";
    let mut lost = Kept::spawn(&mut place.run("clean.csv", 1, "-q --below 300", script));
    let pid = place.wait_for_pid("pid");
    place.wait_for_phase("running");
    kill_child("KILL", &lost.0);
    lost.wait();
    std::fs::remove_file(place.path("pid")).unwrap();
    let mut runs_on = Kept::spawn(&mut place.run("clean.csv", 1, "-q --below 300", script));
    place.wait_for_pid("pid");
    let mut ended = Kept::spawn(&mut place.run("clean.csv", 1, "-q --below 300", "exit 0"));
    ended.wait();
    std::fs::write(place.path("runs/other"), "no journal").unwrap();
    for path in place.journals() {
        let file = std::fs::File::options().append(true).open(path).unwrap();
        let changed = file.metadata().unwrap().modified().unwrap();
        file.set_modified(changed - std::time::Duration::from_secs(86_400)).unwrap();
    }
    assert_eq!(runs(&place, &["forget", "25h"]), "forgot 0 runs\n");
    assert_eq!(runs(&place, &["forget", "23h"]), "forgot 1 run\n");
    assert_eq!(place.journals().len(), 3, "one runs on, and one without gpu-carbon");
    std::fs::write(place.path("stop"), "").unwrap();
    runs_on.wait();
    wait_for("the end of both", || (!crate::harness::is_alive(pid)).then_some(()));
    assert_eq!(runs(&place, &["forget", "1h"]), "forgot 0 runs\n", "they have just ended");
}

#[test]
fn a_report_is_computed_again_once_the_intensities_are_known() {
    let place = Place::new();
    let first = "timestamp_utc,gco2_per_kwh\n2020-01-01T00:00:00Z,100\n2020-01-01T00:05:00Z,100\n";
    std::fs::write(place.path("late.csv"), first).unwrap();
    let flags = "-q --below 300 --power 1kW --report report.json";
    let mut run = Kept::spawn(&mut place.run("late.csv", 1200, flags, "sleep 1"));
    assert_eq!(run.wait().code(), Some(0));
    let report: Value = serde_json::from_str(&place.read("report.json")).unwrap();
    assert!(report["emissions_grams"].is_null(), "{report:#}");
    assert!(report["emissions_unknown"].is_string(), "{report:#}");
    let list = runs(&place, &[]);
    let id = list.lines().nth(1).unwrap().split_whitespace().next().unwrap();
    let shown = runs(&place, &["show", id]);
    assert!(shown.contains("emissions unknown: the series does not reach that far"), "{shown}");
    assert!(!shown.contains("known now"), "{shown}");
    std::fs::remove_file(place.path("late.csv")).unwrap();
    let shown = runs(&place, &["show", id]);
    assert!(shown.contains("its report cannot be computed again: "), "{shown}");
    // The rest of the hour comes later.
    place.write_series("late.csv", 300, |_| 100.0);
    let shown = runs(&place, &["show", id]);
    assert!(shown.contains("by the intensities that are known now"), "{shown}");
    let entries = runs(&place, &["show", id, "--format", "json"]);
    let entries: Value = serde_json::from_str(&entries).unwrap();
    let entries = entries.as_array().unwrap();
    let again = &entries.iter().find(|entry| entry["event"] == "report").unwrap()["report"];
    let worked = again["worked_seconds"].as_f64().unwrap();
    let grams = again["emissions_grams"].as_f64().unwrap();
    assert!((grams - worked / 36.0).abs() < 1e-6 * grams, "{again:#}");
    for same in ["begun", "ended", "worked_seconds", "exit_status", "pauses"] {
        assert_eq!(again[same], report[same], "{same}");
    }
}
