//! Signals to `gpu-carbon run` reach the command, also while it is paused.

use std::process::{Command, Stdio};

use crate::harness::{Kept, Place, is_alive, kill, kill_child, wait_for};

/// The speed at which a slot of five minutes takes half a second.
const SPEED: u32 = 600;

/// A script that answers each signal by a line and an exit status of its own.
const ANSWERS: &str = "trap 'echo HUP; exit 11' HUP; trap 'echo INT; exit 12' INT; trap 'echo QUIT; exit 13' QUIT; \
    trap 'echo USR1; exit 14' USR1; trap 'echo USR2; exit 15' USR2; trap 'echo TERM; exit 16' TERM; \
    echo $$ > pid; while :; do sleep 0.01; done";

const SIGNALS: [(&str, i32); 6] =
    [("HUP", 11), ("INT", 12), ("QUIT", 13), ("USR1", 14), ("USR2", 15), ("TERM", 16)];

#[test]
fn every_signal_is_passed_on_to_a_running_command() {
    for (signal, status) in SIGNALS {
        let place = Place::new();
        let mut run =
            Kept::spawn(place.run("clean.csv", 1, "-q --below 300", ANSWERS).stdout(Stdio::null()));
        place.wait_for_pid("pid");
        kill_child(signal, &run.0);
        assert_eq!(run.wait().code(), Some(status), "{signal}");
        let journal = place.journal();
        let passed = journal.iter().find(|entry| entry["event"] == "signal").unwrap();
        assert_eq!(passed["signal"], format!("SIG{signal}"));
    }
}

#[test]
fn a_paused_command_is_continued_before_a_signal_is_passed_on() {
    for (signal, status) in SIGNALS {
        let place = Place::new();
        let flags = "-q --below 300 --min-pause 24h";
        let mut run =
            Kept::spawn(place.run("changing.csv", SPEED, flags, ANSWERS).stdout(Stdio::null()));
        place.wait_for_phase("paused");
        kill_child(signal, &run.0);
        assert_eq!(run.wait().code(), Some(status), "{signal}");
    }
}

#[test]
fn a_command_that_ignores_sigterm_is_killed_after_the_grace() {
    let place = Place::new();
    let script = "trap '' TERM; echo $$ > pid; while :; do sleep 0.01; done";
    let flags = "-q --below 300 --grace 300ms";
    let mut run = Kept::spawn(&mut place.run("clean.csv", 1, flags, script));
    let pid = place.wait_for_pid("pid");
    kill_child("TERM", &run.0);
    assert_eq!(run.wait().code(), Some(137));
    wait_for("the end of the job", || (!is_alive(pid)).then_some(()));
}

/// A wait before the first start ends upon a signal as a program without a handler does.
#[test]
fn a_signal_ends_a_run_whose_command_has_not_started() {
    for (signal, status) in [("TERM", 143), ("INT", 130), ("USR1", 138)] {
        let place = Place::new();
        let mut run = Kept::spawn(&mut place.run("dirty.csv", 1, "-q --below 300", "touch ran"));
        wait_for("the journal", || place.journal().first().map(|_| ()));
        kill_child(signal, &run.0);
        assert_eq!(run.wait().code(), Some(status), "{signal}");
        assert!(!place.path("ran").exists());
    }
}

/// A job that someone has stopped by a signal is not continued by a change of the grid.
#[test]
fn a_command_that_a_user_stopped_stays_stopped_until_a_user_continues_it() {
    let place = Place::new();
    let script = "echo $$ > pid; while :; do echo . >> ticks; sleep 0.01; done";
    let mut run = Kept::spawn(&mut place.run("changing.csv", SPEED, "-q --below 300", script));
    let pid = place.wait_for_pid("pid");
    kill("STOP", pid.into());
    let is_noted = |stopped: bool| {
        let last = place.journal().into_iter().rev().find(|entry| entry["event"] == "by_user");
        last.is_some_and(|entry| entry["stopped"] == stopped).then_some(())
    };
    wait_for("the note that a user stopped it", || is_noted(true));
    let before = place.read("ticks").len();
    // Four changes of the grid.
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(crate::harness::state(pid), Some('T'));
    assert_eq!(place.read("ticks").len(), before);
    kill("CONT", pid.into());
    wait_for("the note that a user continued it", || is_noted(false));
    wait_for("more ticks", || (place.read("ticks").len() > before).then_some(()));
    kill_child("TERM", &run.0);
    assert_eq!(run.wait().code(), Some(143));
}

/// A signal to the process group of the caller, as that of an interrupted script, reaches the command once.
#[test]
fn a_command_ends_with_the_group_of_its_caller() {
    let place = Place::new();
    let script = "trap 'echo x >> hits; exit 5' TERM; echo $$ > pid; while :; do sleep 0.01; done";
    let command = place.run("clean.csv", 1, "-q --below 300", script);
    let mut words = vec![command.get_program().to_owned()];
    words.extend(command.get_args().map(ToOwned::to_owned));
    let mut outer = Command::new("setsid");
    outer.args(["sh", "-c", "\"$@\"; echo $? > status", "sh"]).args(words);
    let mut outer = Kept::spawn(outer.current_dir(place.folder.path()));
    place.wait_for_pid("pid");
    let runner = place.journal()[0]["runner"]["pid"].as_i64().unwrap();
    kill("TERM", runner);
    assert!(outer.wait().success());
    assert_eq!((place.read("status").trim(), place.read("hits").trim()), ("5", "x"));
}
