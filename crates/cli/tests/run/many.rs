//! A command of a thousand processes.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the times are shown, and not limited"
)]

use std::fs;
use std::time::Instant;

use crate::harness::{Kept, Place, kill_child, state, wait_for};

/// The processes of the command, without its shell.
const COUNT: usize = 1000;

#[test]
fn a_thousand_processes_are_all_stopped_and_all_continued() {
    let place = Place::new();
    // A tenth of them in sessions of their own.
    let script = format!(
        "i=0; while [ $i -lt {COUNT} ]; do \
         if [ $((i % 10)) -eq 0 ]; then setsid sleep 1000 & else sleep 1000 & fi; echo $! >> pids; \
         i=$((i+1)); done; echo $$ > pid; wait"
    );
    let flags = "-q --below 300 --pause stop --min-run 10min";
    let mut run = Kept::spawn(&mut place.run("changing.csv", 60, flags, &script));
    place.wait_for_pid("pid");
    let pids: Vec<i32> = place.read("pids").lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(pids.len(), COUNT);
    let all = |wanted: fn(char) -> bool| pids.iter().all(|&pid| state(pid).is_some_and(wanted));
    let is_stopped = |state: char| state == 'T';
    for _ in 0..2 {
        let begin = wait_for("the first to stop", || {
            let before = Instant::now();
            pids.iter().any(|&pid| state(pid) == Some('T')).then_some(before)
        });
        wait_for("all to stop", || all(is_stopped).then_some(()));
        eprintln!("all of {COUNT} processes stopped after {:?}", begin.elapsed());
        let begin = wait_for("the first to go on", || {
            let before = Instant::now();
            pids.iter().any(|&pid| state(pid) != Some('T')).then_some(before)
        });
        wait_for("all to go on", || all(|state| state != 'T').then_some(()));
        eprintln!("all of {COUNT} processes continued after {:?}", begin.elapsed());
    }
    kill_child("TERM", &run.0);
    assert_eq!(run.wait().code(), Some(143));
    for pid in pids {
        // Those in sessions of their own are left, as they would be without this program.
        let group = fs::read_to_string(format!("/proc/{pid}/stat"));
        if group.is_ok() {
            crate::harness::kill("KILL", pid.into());
        }
    }
}
