//! Sessions of the driver that cannot begin or end: the GPUs that work are read all the time.

use std::time::{Duration, Instant};

use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::wait_for;

use super::steady_gpu::{self, Counted, check_energy, counted, counted_first, gpu, up};

const QUICK: &str = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n\
    sampling: {counter_period: 200ms, rescan_period: 1s}\n";

/// Two GPUs at 360 W with fast counters. `driver` and `second` are additional lines of the script and the second GPU.
fn script(driver: &str, second: &str) -> String {
    format!("{driver}\n{}{}", gpu(0, ""), gpu(1, second))
}

fn start() -> (Machine, Exporter, Counted) {
    let (machine, exporter) = steady_gpu::start(&script("", ""), QUICK);
    wait_for("GPU 1", || up(&exporter, 1, true)).unwrap();
    let begin = counted_first(&exporter, 0);
    (machine, exporter, begin)
}

/// Waits until `is_done`, while GPU 0 is read all the time, and checks its energy.
#[track_caller]
fn check_meanwhile(exporter: &Exporter, begin: Counted, mut is_done: impl FnMut() -> bool) {
    let deadline = Instant::now() + 2 * gpu_carbon_tests::PATIENCE;
    while !is_done() {
        assert!(Instant::now() < deadline, "{}", exporter.log());
        let age = now() - counted(exporter, 0).unwrap().until;
        assert!(age < 5.0, "GPU 0 was not read for {age} s: {}", exporter.log());
        std::thread::sleep(Duration::from_millis(200));
    }
    check_energy(begin, counted(exporter, 0).unwrap());
}

#[test]
fn a_gpu_that_answers_only_to_a_new_session_comes_back_though_the_old_one_never_ends() {
    let (machine, exporter, begin) = start();
    let lost = format!("lost_to_sessions_before = {}", now());
    machine.set_script(&script("shutdown_hang_ms = 600000", &lost)).unwrap();
    wait_for("the loss", || up(&exporter, 1, false)).unwrap();
    check_meanwhile(&exporter, begin, || up(&exporter, 1, true).is_ok());
    assert!(exporter.log().contains("a lost GPU answers to a new session"), "{}", exporter.log());
}

#[test]
fn a_session_that_is_refused_leaves_the_old_one_in_place() {
    for error in ["lib_rm_version_mismatch", "unknown"] {
        let (machine, exporter, begin) = start();
        let driver = format!("refuse_init = \"{error}\"");
        machine.set_script(&script(&driver, "lost = true")).unwrap();
        check_meanwhile(&exporter, begin, || exporter.log().contains("the present one stays"));
        // Without any new session, the GPU comes back to the old one.
        machine.set_script(&script(&driver, "")).unwrap();
        check_meanwhile(&exporter, begin, || up(&exporter, 1, true).is_ok());
        assert_eq!(exporter.log().matches("the present one stays").count(), 1);
        assert!(!exporter.log().contains("reloading NVML"), "{}", exporter.log());
    }
}

#[test]
fn a_session_that_hangs_at_its_start_leaves_the_old_one_in_place() {
    let (machine, exporter, begin) = start();
    machine.set_script(&script("init_hang_ms = 600000", "lost = true")).unwrap();
    check_meanwhile(&exporter, begin, || exporter.log().contains("did not return within"));
    up(&exporter, 1, false).unwrap();
    machine.set_script(&script("", "")).unwrap();
    check_meanwhile(&exporter, begin, || up(&exporter, 1, true).is_ok());
}
