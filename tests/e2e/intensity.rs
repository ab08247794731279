//! Intensities that change, are missing, come late, or are of another year.

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::wait_for;

const GPU: &str = "[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\ncounter_step_ms = 20\n";

fn start(yaml: &str, intensities: &[(i64, f64)]) -> (Machine, Exporter) {
    let machine = Machine::new(GPU).unwrap();
    machine.set_intensities(intensities).unwrap();
    machine.configure(&format!("{yaml}\nsampling: {{counter_period: 200ms}}\n")).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    (machine, exporter)
}

/// The slot of five minutes before now, by its start.
#[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
fn slot() -> i64 {
    now() as i64 / 300 * 300 - 300
}

fn energy_over(exporter: &Exporter, joules: f64) -> Result<f64> {
    let counted = exporter.scrape()?.gpu(0, "energy_joules_total")?;
    ensure!(counted > joules, "{counted} J");
    Ok(counted)
}

#[test]
fn energy_without_an_intensity_is_pending() {
    // Intensities that end an hour ago: the present is not covered.
    let old = slot() - 3600;
    let yaml = "grid_zone: X\nintensity: {source: file, path: intensity.csv}";
    let (machine, exporter) = start(yaml, &[(old - 300, 500.0), (old, 500.0)]);
    wait_for("energy", || energy_over(&exporter, 100.0)).unwrap();
    let scrape = exporter.scrape().unwrap();
    assert_eq!(scrape.gpu(0, "emissions_grams_total").unwrap(), 0.0);
    let waiting = scrape.gpu(0, "pending_energy_joules").unwrap();
    assert_eq!(waiting, scrape.gpu(0, "energy_joules_total").unwrap());
    let intensity = "gpu_carbon_intensity_grams_per_kilowatt_hour";
    assert_eq!(scrape.values(intensity, &[]).count(), 0, "absent, not the old value");
    let valid =
        scrape.value("gpu_carbon_intensity_timestamp_seconds", &["source=\"file\""]).unwrap();
    assert_eq!(valid, old as f64, "the age of the last value can be seen");

    // The intensities arrive, with a true zero among them.
    let zero_or_six_hundred: Vec<(i64, f64)> =
        (-2..20).map(|n| (slot() + n * 300, if n % 2 == 0 { 600.0 } else { 0.0 })).collect();
    machine.set_intensities(&zero_or_six_hundred).unwrap();
    let converted = wait_for("the converted energy", || {
        let scrape = exporter.scrape()?;
        ensure!(scrape.gpu(0, "pending_energy_joules")? == 0.0, "some waits");
        Ok(scrape)
    })
    .unwrap();
    let grams = converted.gpu(0, "emissions_grams_total").unwrap();
    let most = converted.gpu(0, "energy_joules_total").unwrap() / 3.6e6 * 600.0;
    assert!((0.0..=most * (1.0 + 1e-9)).contains(&grams), "{grams} g of at most {most} g");
    let labels = ["grid_zone=\"X\"", "signal=\"marginal\"", "source=\"file\""];
    assert!([0.0, 600.0].contains(&converted.value(intensity, &labels).unwrap()));
    let quality = |quality| converted.value("gpu_carbon_intensity_quality", &[quality]).unwrap();
    assert_eq!((quality("quality=\"measured\""), quality("quality=\"fallback\"")), (1.0, 0.0));
}

#[test]
fn a_file_that_breaks_leaves_the_last_good_intensities() {
    let yaml = "intensity: {source: file, path: intensity.csv}";
    let all_day: Vec<(i64, f64)> = (-5..50).map(|n| (slot() + n * 300, 300.0)).collect();
    let (machine, exporter) = start(yaml, &all_day);
    std::fs::write(machine.path("intensity.csv"), "timestamp_utc,gco2_per_kwh\nsoon,400\n")
        .unwrap();
    let failures = ["source=\"file\"", "outcome=\"failure\""];
    wait_for("the failure", || {
        let failed =
            exporter.scrape()?.value("gpu_carbon_exporter_feed_requests_total", &failures)?;
        ensure!(failed == 1.0, "{failed}");
        Ok(())
    })
    .unwrap();
    let scrape = exporter.scrape().unwrap();
    let intensity = "gpu_carbon_intensity_grams_per_kilowatt_hour";
    assert_eq!(scrape.value(intensity, &[]).unwrap(), 300.0);
    let log = exporter.log();
    assert!(log.contains("line 2, column 1 (timestamp_utc)") && log.contains("soon"), "{log}");
}

#[test]
fn another_year_is_replayed_and_marked_as_fallback() {
    // Two years ago at this time, to the day of the year, whatever leap days lie between.
    let today = chrono::DateTime::from_timestamp(slot(), 0).unwrap();
    let then = chrono::Months::new(24);
    let then = today.checked_sub_months(then).unwrap().timestamp();
    let intensities: Vec<(i64, f64)> = (-600..600).map(|n| (then + n * 300, 700.0)).collect();
    let yaml = "intensity: {source: file, path: intensity.csv, replay: true}";
    let (_machine, exporter) = start(yaml, &intensities);
    let scrape = exporter.scrape().unwrap();
    assert_eq!(scrape.value("gpu_carbon_intensity_grams_per_kilowatt_hour", &[]).unwrap(), 700.0);
    let fallback = ["quality=\"fallback\""];
    assert_eq!(scrape.value("gpu_carbon_intensity_quality", &fallback).unwrap(), 1.0);
}

#[test]
fn the_embedded_year_covers_any_day() {
    let (_machine, exporter) = start("intensity: {source: embedded}", &[(0, 0.0)]);
    wait_for("energy", || energy_over(&exporter, 100.0)).unwrap();
    let scrape = exporter.scrape().unwrap();
    assert_eq!(scrape.gpu(0, "pending_energy_joules").unwrap(), 0.0);
    let labels = ["grid_zone=\"SGIP_CAISO_PGE\"", "source=\"embedded\""];
    let grams = scrape.value("gpu_carbon_intensity_grams_per_kilowatt_hour", &labels).unwrap();
    assert!((0.0..=663.8).contains(&grams), "{grams}");
}

#[test]
fn a_file_that_becomes_a_pipe_or_endless_is_a_failure_and_blocks_nothing() {
    let yaml = "intensity: {source: file, path: intensity.csv}";
    let all_day: Vec<(i64, f64)> = (-5..50).map(|n| (slot() + n * 300, 300.0)).collect();
    let (machine, exporter) = start(yaml, &all_day);
    let path = machine.path("intensity.csv");
    let failed = |expected: f64| {
        let failures = ["source=\"file\"", "outcome=\"failure\""];
        wait_for("the failure", || {
            let scrape = exporter.scrape()?;
            let failed = scrape.value("gpu_carbon_exporter_feed_requests_total", &failures)?;
            ensure!(failed == expected, "{failed}");
            Ok(())
        })
        .unwrap();
    };
    std::fs::remove_file(&path).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    failed(1.0);
    std::fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
    failed(2.0);
    assert!(exporter.log().contains("it is not a regular file"), "{}", exporter.log());
    // The good file is read again.
    std::fs::remove_file(&path).unwrap();
    let other: Vec<(i64, f64)> = (-5..50).map(|n| (slot() + n * 300, 310.0)).collect();
    machine.set_intensities(&other).unwrap();
    wait_for("the good file", || {
        let scrape = exporter.scrape()?;
        let grams = scrape.value("gpu_carbon_intensity_grams_per_kilowatt_hour", &[])?;
        ensure!(grams == 310.0, "{grams}");
        Ok(())
    })
    .unwrap();
    // A pipe again: the end does not wait for it.
    std::fs::remove_file(&path).unwrap();
    std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    failed(3.0);
    let (status, took) = exporter.terminate().unwrap();
    assert!(status == Some(0) && took.as_secs() < 5, "{status:?} after {took:?}");
}
