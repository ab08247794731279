//! The end of the runner, or of its guard, at any moment: the command runs on, and nothing stays stopped.

use std::thread;
use std::time::Duration;

use crate::harness::{Job, Kept, Place, is_alive, kill, kill_child, repetitions, state, wait_for};

/// The speed at which a slot of five minutes takes a tenth of a second.
const FAST: u32 = 3000;

const WORK: &str = "work='while :; do echo . >> ticks; sleep 0.01; done'; \
    setsid sh -c \"echo \\$\\$ > other; $work\" & echo $$ > pid; eval \"$work\"";

/// Kills the runner after a time, and checks that all of its command goes on.
fn kill_after(pause: &str, wait: Duration) {
    let place = Place::new();
    let flags = format!("-q --below 300 --pause {pause}");
    let mut run = Kept::spawn(&mut place.run("changing.csv", FAST, &flags, WORK));
    let jobs = [place.wait_for_pid("pid"), place.wait_for_pid("other")].map(Job);
    thread::sleep(wait);
    kill_child("KILL", &run.0);
    run.wait();
    let is_going_on = || jobs.iter().all(|job| state(job.0).is_some_and(|it| it != 'T'));
    wait_for("the processes to go on", || is_going_on().then_some(()));
    let before = place.read("ticks").len();
    wait_for("more ticks", || (place.read("ticks").len() > before + 8).then_some(()));
    assert!(is_going_on(), "it was stopped again");
    assert!(jobs.iter().all(|job| is_alive(job.0)), "it was ended");
}

#[test]
fn a_killed_runner_leaves_nothing_stopped() {
    let runs = repetitions("GPU_CARBON_CRASHES", 12);
    for run in 0..runs {
        // All moments of a pause and a run, of a tenth of a second each.
        kill_after("stop", Duration::from_micros(u64::from(run * 7919 % 400) * 1000));
    }
}

#[test]
#[ignore = "needs cgroup"]
fn a_killed_runner_leaves_nothing_frozen_needs_cgroup() {
    for run in 0..repetitions("GPU_CARBON_CRASHES", 12) {
        kill_after("freeze", Duration::from_micros(u64::from(run * 7919 % 400) * 1000));
    }
}

/// The kernel ends a stopped job by SIGHUP once no one in its session could continue it. The guard is there for that, too.
#[test]
fn a_job_that_is_paused_when_the_runner_is_killed_survives() {
    let place = Place::new();
    let flags = "-q --below 300 --pause stop --min-pause 24h";
    let mut run = Kept::spawn(&mut place.run("changing.csv", FAST, flags, WORK));
    let jobs = [place.wait_for_pid("pid"), place.wait_for_pid("other")].map(Job);
    place.wait_for_phase("paused");
    kill_child("KILL", &run.0);
    run.wait();
    for job in &jobs {
        wait_for("the process to go on", || (state(job.0) != Some('T')).then_some(()));
        assert!(is_alive(job.0));
    }
    // Its end is noted, though its runner has ended before it.
    kill("TERM", jobs[0].0.into());
    wait_for("the note of its end", || {
        let journal = place.journal();
        let ended = journal.iter().find(|entry| entry["event"] == "ended_without_runner")?;
        assert_eq!(ended["change"]["killed"], 15);
        Some(())
    });
}

#[test]
fn a_command_whose_guard_is_killed_runs_to_its_end_and_is_not_paused_again() {
    for phase in ["running", "paused"] {
        let place = Place::new();
        let script =
            "echo $$ > pid; while [ ! -e stop ]; do echo . >> ticks; sleep 0.01; done; exit 9";
        let flags = "--below 300 --pause stop";
        let mut run = Kept::spawn(&mut place.run("changing.csv", 600, flags, script));
        let pid = place.wait_for_pid("pid");
        place.wait_for_phase(phase);
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        let parent = stat.rsplit_once(") ").unwrap().1.split(' ').nth(1).unwrap().parse().unwrap();
        assert_ne!(parent, i64::from(run.0.id()), "the guard is the parent");
        kill("KILL", parent);
        let before = place.read("ticks").len();
        wait_for("more ticks", || (place.read("ticks").len() > before + 100).then_some(()));
        assert_ne!(state(pid), Some('T'));
        std::fs::write(place.path("stop"), "").unwrap();
        assert_eq!(run.wait().code(), Some(9), "{phase}");
    }
}
