//! A paused command does nothing, with all of its processes.

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::harness::{Job, Kept, Place, is_alive, kill_child, repetitions, state, wait_for};

/// The speed at which a slot of five minutes takes half a second.
const SPEED: u32 = 600;

/// Starts a script whose processes write lines into `ticks`, and checks in several pauses that no line is written.
fn check_pauses(pause: &str, script: &str, pauses: usize) {
    let place = Place::new();
    let flags = format!("-q --below 300 --pause {pause}");
    let mut run = Kept::spawn(&mut place.run("changing.csv", SPEED, &flags, script));
    let mut checked = 0;
    let mut before = 0;
    while checked < pauses {
        place.wait_for_phase("paused");
        let changes = place.journal().len();
        // A processor may be in the middle of a line.
        thread::sleep(Duration::from_millis(20));
        let ticks = place.read("ticks").len();
        thread::sleep(Duration::from_millis(150));
        let after = place.read("ticks").len();
        if place.journal().len() != changes {
            continue; // it was continued meanwhile
        }
        assert_eq!(after, ticks, "{pause}: it ran while paused: {script}");
        assert!(ticks > before, "{pause}: it did not run between pauses");
        before = ticks;
        checked += 1;
        wait_for("the end of the pause", || (place.journal().len() != changes).then_some(()));
    }
    kill_child("TERM", &run.0);
    run.wait();
    let pids = place.read("pids");
    let left: Vec<Job> = pids.lines().filter_map(|pid| pid.parse().ok()).map(Job).collect();
    for job in &left {
        assert_ne!(state(job.0), Some('T'), "{pause}: left stopped: {script}");
    }
}

const SCRIPTS: [&str; 5] = [
    // One process.
    "while :; do echo . >> ticks; sleep 0.01; done",
    // A tree.
    "work() { while :; do echo . >> ticks; sleep 0.01; done; }; work & work & (work & work) & wait",
    // Descendants in sessions of their own, one of them an orphan.
    "work='while :; do echo . >> ticks; sleep 0.01; done'; echo $$ >> pids; \
     setsid sh -c \"echo \\$\\$ >> pids; $work\" & (setsid sh -c \"echo \\$\\$ >> pids; $work\" &) ; wait",
    // Groups of their own within the session, as shells with job control make them.
    "set -m; (echo $$ >> pids; while :; do echo . >> ticks; sleep 0.01; done) & wait",
    // Processes that are born all the time, and leave the group.
    "while :; do setsid sh -c 'echo . >> ticks' & setsid -f sh -c 'echo . >> ticks'; sleep 0.005; done",
];

#[test]
fn no_process_of_a_stopped_command_runs() {
    for script in SCRIPTS {
        check_pauses("stop", script, 2);
    }
}

#[test]
#[ignore = "needs cgroup"]
fn no_process_of_a_frozen_command_runs_needs_cgroup() {
    for script in SCRIPTS {
        check_pauses("freeze", script, 2);
    }
}

/// Forks as fast as it can while it is stopped and continued many times; none is forgotten.
#[test]
fn processes_that_fork_while_they_are_stopped_are_all_continued() {
    let place = Place::new();
    let script = "fork() { while :; do (exec sh -c 'echo . >> ticks') & \
        setsid sh -c 'echo . >> ticks' & wait; done; }; fork & fork & echo $$ > pid; wait";
    let flags = "-q --below 300 --pause stop";
    let mut run = Kept::spawn(&mut place.run("changing.csv", 3000, flags, script));
    let pid = place.wait_for_pid("pid");
    let _job = Job(pid);
    let changes = || place.journal().iter().filter(|it| it["event"] == "changed").count();
    let wanted = 2 * usize::try_from(repetitions("GPU_CARBON_FORK_PAUSES", 10)).unwrap();
    wait_for("the pauses", || (changes() >= wanted).then_some(()));
    kill_child("KILL", &run.0);
    run.wait();
    // The guard continues what may have been stopped.
    let before = place.read("ticks").len();
    wait_for("more ticks", || (place.read("ticks").len() > before + 20).then_some(()));
    crate::harness::kill("KILL", (-pid).into());
    wait_for("the end", || (!is_alive(pid)).then_some(()));
}

/// Standard input is the job's alone, and waits while it is paused.
#[test]
fn input_that_comes_during_a_pause_is_read_after_it() {
    use std::io::Write;
    let place = Place::new();
    let script = "while read line; do echo \"$line\" >> lines; done; exit 4";
    let mut command = place.run("changing.csv", SPEED, "-q --below 300", script);
    let mut run = Kept::spawn(command.stdin(Stdio::piped()));
    let mut input = run.0.stdin.take().unwrap();
    for line in 0..3 {
        place.wait_for_phase("paused");
        writeln!(input, "{line}").unwrap();
        wait_for("the line", || place.read("lines").contains(&line.to_string()).then_some(()));
    }
    drop(input);
    assert_eq!(run.wait().code(), Some(4));
    assert_eq!(place.read("lines"), "0\n1\n2\n");
}
