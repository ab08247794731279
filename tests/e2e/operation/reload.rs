//! The configuration is read again on SIGHUP or a request: all of it is applied, or nothing.

use anyhow::ensure;
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::now;
use gpu_carbon_tests::wait_for;

use super::{QUICK, WATTS, check_energy, counted_after, counted_first, gpu, start};

const SUCCESSFUL: &str = "gpu_carbon_exporter_config_last_reload_successful";
const LAST_SUCCESS: &str = "gpu_carbon_exporter_config_last_reload_success_timestamp_seconds";
const PUE: &str = "gpu_carbon_power_usage_effectiveness_ratio";
const THRESHOLD: &str = "gpu_carbon_intensity_threshold_grams_per_kilowatt_hour";

#[track_caller]
fn wait_for_value(exporter: &Exporter, metric: &str, expected: f64) {
    wait_for(metric, || {
        let value = exporter.scrape()?.value(metric, &[])?;
        ensure!(value == expected, "{metric} is {value}: {}", exporter.log());
        Ok(())
    })
    .unwrap();
}

#[test]
fn settings_change_in_place_and_energy_keeps_the_pue_of_its_time() {
    let (machine, exporter) = start(&gpu(0, ""), QUICK);
    let begin = counted_first(&exporter, 0);
    let started = exporter.scrape().unwrap().value(LAST_SUCCESS, &[]).unwrap();
    machine
        .configure(
            "power_usage_effectiveness: 2\n\
             intensity: {source: constant, grams_per_kilowatt_hour: 800, threshold_grams_per_kilowatt_hour: 77}\n\
             embodied: {kilograms_per_gpu: 1000}\n\
             sampling: {counter_period: 100ms, rescan_period: 300ms}\n\
             forecast: {durations: [2h], windows: [3h]}\n",
        )
        .unwrap();
    let before = exporter.scrape().unwrap();
    let changed_at = now();
    exporter.signal("HUP").unwrap();
    wait_for_value(&exporter, THRESHOLD, 77.0);
    wait_for_value(&exporter, PUE, 2.0);
    wait_for_value(&exporter, "gpu_carbon_intensity_grams_per_kilowatt_hour", 800.0);
    wait_for_value(&exporter, SUCCESSFUL, 1.0);
    let scrape = exporter.scrape().unwrap();
    assert!(scrape.value(LAST_SUCCESS, &[]).unwrap() >= changed_at.max(started) - 1.0);
    let from = counted_after(&exporter, 0, now() + 0.5);
    let grams_from = exporter.scrape().unwrap().gpu(0, "emissions_grams_total").unwrap();
    let until = counted_after(&exporter, 0, now() + 2.0);
    let scrape = exporter.scrape().unwrap();
    check_energy(begin, until);
    let grams = scrape.gpu(0, "emissions_grams_total").unwrap();
    let rate = 800.0 * 2.0 / 3.6e6 * WATTS;
    let (most, least) =
        (rate * (until.until - from.until + 1.0), rate * (until.until - from.until - 1.0));
    let gained = grams - grams_from;
    assert!((least..=most).contains(&gained), "{gained} g, not {least} to {most}");
    // All before was converted by 400 g/kWh and a PUE of 1.
    let old = before.gpu(0, "emissions_grams_total").unwrap();
    let old_joules = before.gpu(0, "energy_joules_total").unwrap();
    assert!((old - old_joules / 3.6e6 * 400.0).abs() < 1e-6, "{old} g of {old_joules} J");
    assert!(grams >= old);
    assert!(exporter.log().contains("the configuration was read again, and is in force"));
}

#[test]
fn a_configuration_that_became_a_pipe_is_an_error_and_the_next_one_is_read() {
    let (machine, exporter) = start(&gpu(0, ""), QUICK);
    counted_first(&exporter, 0);
    let path = machine.path("exporter.yaml");
    let good = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    exporter.signal("HUP").unwrap();
    wait_for_value(&exporter, SUCCESSFUL, 0.0);
    assert!(exporter.log().contains("no program writes to this pipe"), "{}", exporter.log());
    counted_after(&exporter, 0, now());
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, good).unwrap();
    exporter.signal("HUP").unwrap();
    wait_for_value(&exporter, SUCCESSFUL, 1.0);
}

#[test]
fn a_configuration_that_cannot_be_applied_changes_nothing() {
    let ledger = "ledger: {path: ledger.db, commit_period: 200ms}\n";
    let (machine, exporter) = start(&gpu(0, ""), &format!("{QUICK}{ledger}"));
    counted_first(&exporter, 0);
    let threshold = "intensity: {source: constant, grams_per_kilowatt_hour: 400, threshold_grams_per_kilowatt_hour: 55";
    for (configuration, named) in [
        (format!("{threshold}}}\nledger: {{path: other.db}}\n"), "ledger.path"),
        (format!("{threshold}}}\n"), "ledger.path"),
        (
            format!("{threshold}}}\nledger: {{path: ledger.db, hours_after: 40d}}\n"),
            "ledger.hours_after",
        ),
        (format!("{threshold}, signal: average}}\n{ledger}"), "intensity.signal"),
        (format!("grid_zone: X\n{threshold}}}\n{ledger}"), "grid_zone"),
        (
            format!("{threshold}}}\n{ledger}power_usage_effectiveness: 0.5\n"),
            "power_usage_effectiveness",
        ),
        (format!("{threshold}}}\n{ledger}pue: 2\n"), "pue"),
        (
            format!(
                "intensity: {{source: file, path: missing.csv, threshold_grams_per_kilowatt_hour: 55}}\n{ledger}"
            ),
            "missing.csv",
        ),
    ] {
        machine.configure(&configuration).unwrap();
        let (status, text) = exporter.post("/-/reload").unwrap();
        assert_eq!(status, 500, "{text}");
        assert!(text.contains(named) && text.contains("exporter.yaml"), "{named}: {text}");
        wait_for_value(&exporter, SUCCESSFUL, 0.0);
        wait_for_value(&exporter, THRESHOLD, 400.0);
        // The line is written by a thread of its own.
        wait_for("the line of the log", || {
            let log = exporter.log();
            let is_logged = log.contains("the configuration in force stays");
            ensure!(is_logged && log.contains(named), "{named}: {log}");
            Ok(())
        })
        .unwrap();
        machine.configure(&format!("{QUICK}{ledger}")).unwrap();
        assert_eq!(exporter.post("/-/reload").unwrap().0, 200);
        wait_for_value(&exporter, SUCCESSFUL, 1.0);
    }
    machine
        .configure(&format!("{threshold}}}\nledger: {{path: ledger.db, commit_period: 300ms}}\n"))
        .unwrap();
    assert_eq!(exporter.post("/-/reload").unwrap().0, 200);
    wait_for_value(&exporter, THRESHOLD, 55.0);
}
