//! `--pause signal`: the command saves and ends, and is started again.

use crate::harness::{Kept, Place, kill_child, wait_for};

/// A job that saves its work upon a signal, and goes on from there.
const SAVES: &str = "count=$(cat saved 2>/dev/null || echo 0); \
    trap 'echo $count > saved; echo saved >> log; exit 75' USR1; echo start $count >> log; \
    while [ $count -lt 150 ]; do count=$((count + 1)); sleep 0.01; done; echo done $count >> log; exit 6";

#[test]
fn a_command_that_saves_itself_is_started_again_until_it_is_done() {
    let place = Place::new();
    let flags = "-q --below 300 --pause signal --pause-signal USR1";
    let mut run = Kept::spawn(&mut place.run("changing.csv", 600, flags, SAVES));
    assert_eq!(run.wait().code(), Some(6));
    let log = place.read("log");
    let count = |word: &str| log.lines().filter(|line| line.starts_with(word)).count();
    assert!(count("saved") >= 2, "{log}");
    assert_eq!(count("start"), count("saved") + 1, "{log}");
    assert!(log.ends_with("done 150\n"), "{log}");
}

#[test]
fn another_command_starts_it_again() {
    let place = Place::new();
    let script = "trap 'exit 143' TERM; echo first >> log; while :; do sleep 0.01; done";
    let mut command = place.run_program(
        "changing.csv",
        600,
        "-q --below 300 --pause signal --restart-command",
        "sh",
    );
    // The value of --restart-command is one word.
    let words: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let place_of_command = words.iter().position(|word| word == "--").unwrap();
    command = std::process::Command::new(env!("CARGO_BIN_EXE_gpu-carbon"));
    command.args(&words[..place_of_command]).arg("sh again.sh");
    command.args(&words[place_of_command..]).args(["-c", script]);
    std::fs::write(place.path("again.sh"), "echo again >> log; exit 3").unwrap();
    let mut run = Kept::spawn(command.current_dir(place.folder.path()));
    assert_eq!(run.wait().code(), Some(3));
    assert_eq!(place.read("log"), "first\nagain\n");
}

#[test]
fn an_exit_status_that_is_none_of_a_saved_command_is_its_end() {
    let place = Place::new();
    let script = "trap 'exit 44' TERM; while :; do sleep 0.01; done";
    let flags = "-q --below 300 --pause signal";
    let mut run = Kept::spawn(&mut place.run("changing.csv", 600, flags, script));
    assert_eq!(run.wait().code(), Some(44));
}

#[test]
fn a_command_that_does_not_end_in_time_runs_on() {
    let place = Place::new();
    let script = "trap 'echo asked >> log' TERM; while [ ! -e stop ]; do sleep 0.01; done; exit 8";
    // On this clock a tenth of a second.
    let flags = "--below 300 --pause signal --grace 60s";
    let mut run = Kept::spawn(&mut place.run("changing.csv", 600, flags, script));
    wait_for("the request", || place.read("log").contains("asked").then_some(()));
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!(place.read("log"), "asked\n", "it is asked once");
    assert!(run.0.try_wait().unwrap().is_none());
    std::fs::write(place.path("stop"), "").unwrap();
    assert_eq!(run.wait().code(), Some(8));
}

#[test]
fn a_signal_between_two_runs_ends_the_run() {
    let place = Place::new();
    let flags = "-q --below 300 --pause signal --pause-signal USR1 --min-pause 24h";
    let mut run = Kept::spawn(&mut place.run("changing.csv", 600, flags, SAVES));
    wait_for("the first save", || place.read("log").contains("saved").then_some(()));
    place.wait_for_phase("paused");
    std::thread::sleep(std::time::Duration::from_millis(100));
    kill_child("TERM", &run.0);
    assert_eq!(run.wait().code(), Some(143));
}
