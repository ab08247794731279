//! `gpu-carbon run --resume`: another runner takes over a command whose runner has ended.

use std::process::{Command, Output};

use crate::harness::{Job, Kept, Place, is_alive, kill, kill_child, state, wait_for};

/// A run by the real clocks, on a grid that is clean around the present.
fn start(place: &Place, flags: &str, script: &str) -> Kept {
    write_present(place, 100);
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpu-carbon"));
    command.args(["run", "--intensity", "present.csv", "--below", "300", "--state", "runs"]);
    command.args(flags.split_whitespace()).args(["--", "sh", "-c", script]);
    Kept::spawn(command.current_dir(place.folder.path()))
}

/// Writes an intensity for the days around the present.
fn write_present(place: &Place, grams: u32) {
    let now = Command::new("date").arg("+%s").output().unwrap();
    let now: i64 = String::from_utf8(now.stdout).unwrap().trim().parse().unwrap();
    let mut text = "timestamp_utc,gco2_per_kwh\n".to_owned();
    for hour in -24..48 {
        let at = chrono::DateTime::from_timestamp((now / 3600 + hour) * 3600, 0).unwrap();
        text += &format!("{},{grams}\n", at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    }
    std::fs::write(place.path("present.csv"), text).unwrap();
}

fn resume(place: &Place) -> Command {
    let journal = &place.journals()[0];
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpu-carbon"));
    command.args(["run", "--resume", journal.file_name().unwrap().to_str().unwrap()]);
    command.arg("--state").arg(place.path("runs"));
    command
}

fn refused(place: &Place) -> String {
    let Output { status, stderr, .. } = resume(place).output().unwrap();
    assert_eq!(status.code(), Some(125));
    String::from_utf8(stderr).unwrap()
}

/// Waits until a runner has noted its beginning in the journal, where those before it have, too.
fn wait_for_runner(place: &Place, number: usize) {
    wait_for("the beginning of a runner", || {
        let journal = place.journal();
        let begun = journal.iter().filter(|entry| entry["event"] == "begun").count();
        (begun == number).then_some(())
    });
}

const TICKS: &str =
    "echo $$ > pid; while [ ! -e stop ]; do echo . >> ticks; sleep 0.01; done; exit 7";

#[test]
fn a_command_that_runs_on_is_paused_and_ended_by_another_runner() {
    let place = Place::new();
    let mut first = start(&place, "-q --pause stop", TICKS);
    let pid = place.wait_for_pid("pid");
    let _job = Job(pid);
    place.wait_for_phase("running");
    assert!(refused(&place).contains("a run is taken over once that has ended"));
    kill_child("KILL", &first.0);
    first.wait();
    write_present(&place, 900);
    let mut second = Kept::spawn(&mut resume(&place));
    place.wait_for_phase("paused");
    wait_for("the stop", || (state(pid) == Some('T')).then_some(()));
    // Again, and by a third runner to its end.
    kill_child("KILL", &second.0);
    second.wait();
    wait_for("its continuation", || (state(pid) != Some('T')).then_some(()));
    write_present(&place, 100);
    let mut third = Kept::spawn(&mut resume(&place));
    wait_for_runner(&place, 3);
    std::fs::write(place.path("stop"), "").unwrap();
    assert_eq!(third.wait().code(), Some(7));
    assert!(refused(&place).contains("ended with 7"));
}

#[test]
fn signals_reach_a_command_that_was_taken_over() {
    let place = Place::new();
    let mut first = start(&place, "-q", TICKS);
    let pid = place.wait_for_pid("pid");
    let _job = Job(pid);
    place.wait_for_phase("running");
    kill_child("KILL", &first.0);
    first.wait();
    let mut second = Kept::spawn(&mut resume(&place));
    wait_for_runner(&place, 2);
    kill_child("TERM", &second.0);
    assert_eq!(second.wait().code(), Some(143));
    assert!(!is_alive(pid));
}

/// The number of a process that has ended may be that of another: its start shows it.
#[test]
fn another_process_with_the_number_of_the_command_is_not_taken_over() {
    let place = Place::new();
    let mut first = start(&place, "-q", TICKS);
    let pid = place.wait_for_pid("pid");
    let _job = Job(pid);
    place.wait_for_phase("running");
    kill_child("KILL", &first.0);
    first.wait();
    let path = &place.journals()[0];
    let text = std::fs::read_to_string(path).unwrap();
    let start = place.journal().iter().find(|it| it["event"] == "started").unwrap()["job"]["start"]
        .to_string();
    std::fs::write(path, text.replace(&start, "1")).unwrap();
    assert!(refused(&place).contains("lost"));
    assert!(is_alive(pid));
    kill("KILL", pid.into());
}

/// The processes of another machine cannot be seen: its run may go on.
#[test]
fn a_run_of_another_host_is_neither_taken_over_nor_forgotten() {
    let place = Place::new();
    let script = "trap 'exit 75' USR1; echo $$ > pid; while :; do sleep 0.01; done";
    let mut first = start(&place, "-q --pause signal --pause-signal USR1", script);
    let _job = Job(place.wait_for_pid("pid"));
    write_present(&place, 900);
    place.wait_for_phase("running");
    kill_child("KILL", &first.0);
    first.wait();
    let path = &place.journals()[0];
    let text = std::fs::read_to_string(path).unwrap();
    let host = place.journal()[0]["machine"]["host"].to_string();
    std::fs::write(path, text.replace(&host, "\"node7\"")).unwrap();
    assert!(refused(&place).contains("it began on node7"));
    let runs = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gpu-carbon"));
        command.arg("runs").args(words).arg("--state").arg(place.path("runs"));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    let list = runs(&[]);
    assert!(list.contains("running on node7, as last noted"), "{list}");
    assert_eq!(runs(&["forget", "0s"]), "forgot 0 runs\n");
    // After another boot of the same host, its processes have ended.
    let boot = place.journal()[0]["machine"]["boot"].to_string();
    std::fs::write(path, text.replace(&boot, "\"b\"")).unwrap();
    assert!(runs(&[]).contains("lost"), "{}", runs(&[]));
}

#[test]
fn a_command_that_had_saved_itself_is_started_again() {
    let place = Place::new();
    let script = "if [ -e saved ]; then exit 9; fi; trap 'touch saved; exit 75' USR1; \
        echo $$ > pid; while :; do sleep 0.01; done";
    let flags = "-q --pause signal --pause-signal USR1";
    let mut first = start(&place, flags, script);
    let pid = place.wait_for_pid("pid");
    place.wait_for_phase("running");
    kill_child("KILL", &first.0);
    first.wait();
    write_present(&place, 900);
    let mut second = Kept::spawn(&mut resume(&place));
    place.wait_for_phase("paused");
    wait_for("the save", || (!is_alive(pid)).then_some(()));
    kill_child("KILL", &second.0);
    second.wait();
    write_present(&place, 100);
    let mut third = Kept::spawn(&mut resume(&place));
    assert_eq!(third.wait().code(), Some(9));
}
