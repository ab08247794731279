//! Meters that report what cannot be true, or do not report: the energy is right all the same.

use std::time::Duration;

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::now;
use gpu_carbon_tests::wait_for;

use super::steady_gpu::{WATTS, check_within, counted, counted_after, counted_first, gpu, start};

const QUICK: &str = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n\
    sampling: {counter_period: 200ms, power_period: 50ms, rescan_period: 1s}\n";

/// The time of one step of the counter, and between two samples of an integrated GPU, in seconds.
const TOLERANCE_SECONDS: f64 = 0.25;

fn errors(exporter: &Exporter, gpu: usize, error: &str) -> f64 {
    let labels = [format!("gpu=\"{gpu}\""), format!("error=\"{error}\"")];
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let scrape = exporter.scrape().unwrap();
    scrape.value("gpu_carbon_gpu_read_errors_total", &labels).unwrap_or_default()
}

#[test]
fn a_power_that_cannot_be_true_is_neither_published_nor_integrated() {
    let bad = "bad_power = { one_in = 7, milliwatts = 4294967295 }";
    let (_machine, exporter) =
        start(&(gpu(0, &format!("counter = false\n{bad}")) + &gpu(1, bad)), QUICK);
    let begin = [0, 1].map(|gpu| counted_first(&exporter, gpu));
    for _ in 0..50 {
        let scrape = exporter.scrape().unwrap();
        for gpu in [0, 1] {
            let watts = scrape.gpu(gpu, "power_watts").unwrap_or(360.0);
            assert!((180.0..=540.0).contains(&watts), "GPU {gpu}: {watts} W");
            assert_eq!(scrape.gpu(gpu, "up").unwrap(), 1.0, "GPU {gpu} answers");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    for gpu in [0, 1] {
        check_within(
            TOLERANCE_SECONDS,
            begin[gpu],
            counted_after(&exporter, gpu, begin[gpu].until + 5.0),
        );
        assert!(errors(&exporter, gpu, "implausible") >= 2.0, "GPU {gpu}");
    }
}

fn method(exporter: &Exporter, gpu: usize, expected: &str) -> Result<()> {
    let labels = [format!("gpu=\"{gpu}\""), format!("energy_method=\"{expected}\"")];
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    exporter.scrape()?.value("gpu_carbon_gpu_info", &labels).map(drop)
}

/// The errors of a counter that were seen: each code that NVML may return there.
const ERRORS: [&str; 9] = [
    "unknown",
    "no_permission",
    "invalid_argument",
    "timeout",
    "not_supported",
    "function_not_found",
    "gpu_is_lost",
    "in_use",
    "not_ready",
];

#[test]
fn power_is_integrated_while_the_counter_fails_and_no_joule_is_counted_twice() {
    let (machine, exporter) = start(&gpu(0, ""), QUICK);
    let begin = wait_for("the GPU", || counted(&exporter, 0)).unwrap();
    for error in ERRORS {
        let failing = format!("errors = {{ nvmlDeviceGetTotalEnergyConsumption = \"{error}\" }}");
        machine.set_script(&gpu(0, &failing)).unwrap();
        wait_for(error, || method(&exporter, 0, "integrated")).unwrap();
        let failed = counted(&exporter, 0).unwrap();
        check_within(TOLERANCE_SECONDS, begin, counted_after(&exporter, 0, failed.until + 1.5));
        assert_eq!(exporter.scrape().unwrap().gpu(0, "up").unwrap(), 1.0, "{error}");
        machine.set_script(&gpu(0, "")).unwrap();
        wait_for("the counter", || method(&exporter, 0, "counter")).unwrap();
        let answered = counted(&exporter, 0).unwrap();
        check_within(TOLERANCE_SECONDS, begin, counted_after(&exporter, 0, answered.until + 1.0));
    }
    let scrape = exporter.scrape().unwrap();
    assert_eq!(scrape.gpu(0, "unseen_seconds_total").unwrap(), 0.0);
    assert_eq!(scrape.gpu(0, "energy_resets_total").unwrap(), 0.0);
    assert!(errors(&exporter, 0, "unknown") >= 1.0);
    let log = exporter.log();
    for name in ["Unknown Error (999)", "Insufficient Permissions (4)", "Timeout (10)"] {
        assert!(log.contains(name), "{name}: {log}");
    }
}

#[test]
fn a_gpu_whose_counter_fails_from_the_start_is_named_and_returns_to_it() {
    let failing = "errors = { nvmlDeviceGetTotalEnergyConsumption = \"unknown\" }";
    let (machine, exporter) = start(&gpu(0, failing), QUICK);
    wait_for("the power", || method(&exporter, 0, "integrated")).unwrap();
    let begin = wait_for("the GPU", || counted(&exporter, 0)).unwrap();
    counted_after(&exporter, 0, begin.until + 2.0);
    machine.set_script(&gpu(0, "")).unwrap();
    wait_for("the counter", || method(&exporter, 0, "counter")).unwrap();
    check_within(TOLERANCE_SECONDS, begin, counted_after(&exporter, 0, begin.until + 6.0));
}

#[test]
fn a_counter_that_fails_at_a_restart_shows_the_energy_of_that_time_when_it_answers() {
    let ledger = format!("{QUICK}ledger: {{path: ledger.db, commit_period: 100ms}}\n");
    let (machine, exporter) = start(&gpu(0, ""), &ledger);
    let begin = wait_for("the GPU", || counted(&exporter, 0)).unwrap();
    exporter.terminate().unwrap();
    let failing = "errors = { nvmlDeviceGetTotalEnergyConsumption = \"unknown\" }";
    machine.set_script(&gpu(0, failing)).unwrap();
    std::thread::sleep(Duration::from_secs(3));
    let exporter = Exporter::start(&machine).unwrap();
    wait_for("the power", || method(&exporter, 0, "integrated")).unwrap();
    let failed = wait_for("the GPU", || counted(&exporter, 0)).unwrap();
    counted_after(&exporter, 0, failed.until + 2.0);
    machine.set_script(&gpu(0, "")).unwrap();
    wait_for("the counter", || method(&exporter, 0, "counter")).unwrap();
    check_within(TOLERANCE_SECONDS, begin, counted_after(&exporter, 0, begin.until + 6.0));
    let scrape = exporter.scrape().unwrap();
    assert_eq!(scrape.gpu(0, "unseen_seconds_total").unwrap(), 0.0);
    let recovered = scrape.gpu(0, "recovered_energy_joules_total").unwrap();
    assert!(recovered >= 360.0 * 2.5, "{recovered} J");
}

#[test]
fn a_single_wrong_value_of_a_counter_is_no_reload_of_the_driver() {
    for value in ["0", "3600", "9000000000000000000"] {
        check_single_wrong_values(value);
    }
}

fn check_single_wrong_values(value: &str) {
    let bad = format!("bad_counter = {{ one_in = 9, millijoules = {value} }}");
    let (_machine, exporter) = start(&gpu(0, &bad), QUICK);
    let begin = wait_for("the GPU", || counted(&exporter, 0)).unwrap();
    check_within(TOLERANCE_SECONDS, begin, counted_after(&exporter, 0, begin.until + 10.0));
    let scrape = exporter.scrape().unwrap();
    assert_eq!(scrape.gpu(0, "energy_resets_total").unwrap(), 0.0);
    assert!(errors(&exporter, 0, "implausible") >= 2.0);
    let log = exporter.log();
    assert_eq!(log.matches("showed a wrong value for a moment").count(), 1, "{log}");
}

#[test]
fn a_gpu_that_answers_each_third_call_loses_no_energy_and_floods_no_log() {
    let (_machine, exporter) = start(&(gpu(0, "answers_one_in = 3") + &gpu(1, "")), QUICK);
    let begin = wait_for("the GPU", || counted(&exporter, 0)).unwrap();
    check_within(TOLERANCE_SECONDS, begin, counted_after(&exporter, 0, begin.until + 12.0));
    // It is not up between a failure and the next answer.
    let scrape = wait_for("both GPUs", || {
        let scrape = exporter.scrape()?;
        ensure!(scrape.values("gpu_carbon_gpu_up", &[]).sum::<f64>() == 2.0);
        Ok(scrape)
    })
    .unwrap();
    assert_eq!(scrape.gpu(0, "unseen_seconds_total").unwrap(), 0.0);
    assert_eq!(scrape.gpu(0, "energy_resets_total").unwrap(), 0.0);
    assert!(errors(&exporter, 0, "unknown") >= 2.0);
    assert!(exporter.log().lines().count() < 20, "{}", exporter.log());
}

#[test]
fn energy_that_no_meter_shows_between_a_hang_and_a_restart_of_the_counter_is_unseen() {
    let (machine, exporter) = start(&gpu(0, ""), QUICK);
    let begin = wait_for("the GPU", || counted(&exporter, 0)).unwrap();
    let mut resets = Vec::new();
    for restarts_after in [2.0, 6.0] {
        resets.push(format!("{}", now() + restarts_after));
        let lines = |hangs: &str| format!("resets = [{}]\n{hangs}", resets.join(", "));
        machine.set_script(&gpu(0, &lines("hang_ms = 7000"))).unwrap();
        std::thread::sleep(Duration::from_secs(8));
        machine.set_script(&gpu(0, &lines(""))).unwrap();
        wait_for("the restart", || {
            let expected = f64::from(u32::try_from(resets.len()).unwrap());
            let found = exporter.scrape()?.gpu(0, "energy_resets_total")?;
            ensure!(found == expected, "{found}: {}", exporter.log());
            Ok(())
        })
        .unwrap();
    }
    let end = counted_after(&exporter, 0, now() + 1.0);
    let unseen = exporter.scrape().unwrap().gpu(0, "unseen_seconds_total").unwrap();
    let lost = (end.until - begin.until) - (end.joules - begin.joules) / WATTS;
    assert!(lost > 1.0 && (lost - unseen).abs() <= 1.0, "{lost} s lost, {unseen} s unseen");
}

#[test]
fn a_counter_that_leaps_once_is_replaced_by_the_power_once() {
    // By what no GPU draws, and then it counts on from there.
    let (machine, exporter) = start(&gpu(0, ""), QUICK);
    let begin = wait_for("the GPU", || counted(&exporter, 0)).unwrap();
    machine.set_script(&gpu(0, &format!("loaded_at = {}", now() - 1e9))).unwrap();
    wait_for("the leap", || {
        ensure!(errors(&exporter, 0, "implausible") >= 1.0, "none yet");
        Ok(())
    })
    .unwrap();
    let leapt = counted(&exporter, 0).unwrap();
    check_within(TOLERANCE_SECONDS, begin, counted_after(&exporter, 0, leapt.until + 3.0));
    assert_eq!(errors(&exporter, 0, "implausible"), 1.0);
    method(&exporter, 0, "counter").unwrap();
}
