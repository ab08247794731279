//! The promise to finish in time, by real runs on fast clocks.

use std::process::Stdio;
use std::thread;

use serde_json::Value;

use crate::harness::{Place, repetitions};

/// Runs a command of 20 minutes that is to finish within two hours, on a grid of pseudo-random intensities; at this speed in 12 s.
fn is_kept(seed: u64, policy: &str) -> Result<(), String> {
    let place = Place::new();
    place.write_series("random.csv", 300, |step| {
        let mixed = (step + 1).wrapping_mul(seed * 2 + 0x9e37_79b9_7f4a_7c15);
        (mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) as f64 / u64::MAX as f64 * 900.0
            + 50.0
    });
    let flags = format!(
        "{policy} --duration 20min --margin 20% --window 100min --power 1kW --pause-time 1min --report report.json"
    );
    // 20 minutes are two seconds. The job needs half of them, and more on a busy machine. It counts its own work, not the time
    // that passes while it is stopped.
    let script = "i=0; while [ $i -lt 100 ]; do sleep 0.01; i=$((i+1)); done";
    let mut command = place.run("random.csv", 600, &flags, script);
    let output = command.stdin(Stdio::null()).output().unwrap();
    let report: Value = serde_json::from_str(&place.read("report.json"))
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
    // A job that takes longer than it was said to is not stopped, and may end late.
    let is_longer = report["worked_seconds"].as_f64() > Some(20.0 * 60.0 * 1.2);
    if (report["is_late"] == false || is_longer) && output.status.success() {
        Ok(())
    } else {
        Err(format!("{policy} {seed}: {report:#}\n{}", String::from_utf8_lossy(&output.stderr)))
    }
}

#[test]
fn a_command_finishes_in_time_whatever_the_grid() {
    let runs = repetitions("GPU_CARBON_PROMISES", 6);
    let policies = ["--policy replan", "--policy plan", "--policy threshold --below 60"];
    let seeds: Vec<u64> = (0..u64::from(runs)).collect();
    for some in seeds.chunks(4) {
        let runs: Vec<_> = some
            .iter()
            .map(|&seed| {
                let policy = policies[usize::try_from(seed).unwrap() % policies.len()];
                thread::spawn(move || is_kept(seed, policy))
            })
            .collect();
        for run in runs {
            run.join().unwrap().unwrap();
        }
    }
}
