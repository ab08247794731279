//! Sessions of the driver that cannot begin or end: the GPUs that work are read all the time.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::wait_for;

const QUICK: &str = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n\
    sampling: {counter_period: 200ms, rescan_period: 1s}\n";

/// Two GPUs at 360 W with fast counters. `driver` and `second` are additional lines of the script and the second GPU.
fn script(driver: &str, second: &str) -> String {
    let gpu = |index: u8, more: &str| {
        format!(
            "[[gpu]]\nmodel = \"h100\"\nuuid = \"GPU-0000000{index}-0000-4000-8000-000000000000\"\n\
             power = \"constant 360\"\ncounter_step_ms = 20\n{more}\n"
        )
    };
    format!("{driver}\n{}{}", gpu(0, ""), gpu(1, second))
}

fn start() -> (Machine, Exporter, Counted) {
    let machine = Machine::new(&script("", "")).unwrap();
    machine.configure(QUICK).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    wait_for("GPU 1", || up(&exporter, 1, true)).unwrap();
    let begin = wait_for("GPU 0", || counted(&exporter)).unwrap();
    (machine, exporter, begin)
}

fn up(exporter: &Exporter, gpu: usize, expected: bool) -> Result<()> {
    let up = exporter.scrape()?.gpu(gpu, "up")?;
    ensure!(up == f64::from(u8::from(expected)), "up is {up}: {}", exporter.log());
    Ok(())
}

/// The energy of GPU 0, and the time up to which it is counted.
#[derive(Debug, Clone, Copy)]
struct Counted {
    joules: f64,
    until: f64,
}

fn counted(exporter: &Exporter) -> Result<Counted> {
    let scrape = exporter.scrape()?;
    let until = scrape.gpu(0, "last_sample_timestamp_seconds")?;
    Ok(Counted { joules: scrape.gpu(0, "energy_joules_total")?, until })
}

/// Waits until `is_done`, while GPU 0 is read all the time, and checks its energy.
#[track_caller]
fn check_meanwhile(exporter: &Exporter, begin: Counted, mut is_done: impl FnMut() -> bool) {
    let deadline = Instant::now() + 2 * gpu_carbon_tests::PATIENCE;
    while !is_done() {
        assert!(Instant::now() < deadline, "{}", exporter.log());
        let age = now() - counted(exporter).unwrap().until;
        assert!(age < 5.0, "GPU 0 was not read for {age} s: {}", exporter.log());
        std::thread::sleep(Duration::from_millis(200));
    }
    let end = counted(exporter).unwrap();
    let (joules, truth) = (end.joules - begin.joules, 360.0 * (end.until - begin.until));
    assert!((joules - truth).abs() <= 360.0 * 0.05, "{joules} J, truly {truth} J");
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
