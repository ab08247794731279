//! A wall clock that is set by an hour, forward and back.

use std::fs;

use anyhow::ensure;
use gpu_carbon_tests::exporter::{Exporter, command};
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::wait_for;

use super::{LEDGER, read_after};

/// A GPU without a counter: the fake's counters would follow the fake clock.
const ONE: &str = "[[gpu]]\nmodel = \"p40\"\npower = \"constant 100\"\n";

/// Debian's libfaketime. The loader puts the system's folder for libraries in place of `$LIB`.
const LIBRARY: &str = "/usr/$LIB/faketime/libfaketime.so.1";

#[test]
fn a_clock_that_is_set_by_an_hour_moves_no_energy_and_hangs_no_gpu() {
    let machine = Machine::new(ONE).unwrap();
    let constant = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n";
    let embodied = "embodied: {kilograms_per_gpu: 164}\n";
    machine.configure(&format!("{constant}{embodied}{LEDGER}")).unwrap();
    let set = |offset: &str| fs::write(machine.path("clock"), offset).unwrap();
    set("+0");
    let mut command = command(&machine).unwrap();
    command
        .env("LD_PRELOAD", LIBRARY)
        .env("FAKETIME_TIMESTAMP_FILE", machine.path("clock"))
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("NO_FAKE_STAT", "1");
    let exporter = Exporter::run(command).unwrap();
    let before = wait_for("the GPU", || read_after(&exporter, 0, 0.0)).unwrap();
    let begun = now();
    let jumps = |expected: f64| {
        wait_for("the jump", || {
            let scrape = exporter.scrape()?;
            let jumps = scrape.value("gpu_carbon_exporter_clock_jumps_total", &[])?;
            ensure!(jumps == expected, "{jumps} jumps: {}", exporter.log());
            Ok(scrape)
        })
        .unwrap()
    };
    set("+3600");
    jumps(1.0);
    let ahead = wait_for("the GPU", || read_after(&exporter, 0, now() + 3500.0)).unwrap();
    set("+0");
    jumps(2.0);
    let after = wait_for("the GPU", || {
        let scrape = read_after(&exporter, 0, begun)?;
        let read = scrape.gpu(0, "last_sample_timestamp_seconds")?;
        ensure!(read < now() + 60.0, "read at {read}");
        Ok(scrape)
    })
    .unwrap();
    for scrape in [&ahead, &after] {
        let errors = scrape.values("gpu_carbon_gpu_read_errors_total", &[]).sum::<f64>();
        assert_eq!(errors, 0.0, "{}", exporter.log());
        assert_eq!(scrape.values("gpu_carbon_gpu_up", &[]).sum::<f64>(), 1.0);
        assert_eq!(scrape.values("gpu_carbon_gpu_unseen_seconds_total", &[]).sum::<f64>(), 0.0);
    }
    let since = |metric: &str| after.gpu(0, metric).unwrap() - before.gpu(0, metric).unwrap();
    let (seconds, joules) = (since("last_sample_timestamp_seconds"), since("energy_joules_total"));
    assert!((joules - 100.0 * seconds).abs() <= 100.0 * 0.05, "{joules} J in {seconds} s");
    // Embodied emissions of an hour were not added.
    let grams = since("embodied_emissions_grams_total");
    let share = 164_000.0 * seconds / (4.0 * 365.0 * 86_400.0);
    assert!((grams / share - 1.0).abs() < 0.05, "{grams} g, not {share} g");
    assert!(exporter.log().contains("the clock was set"));
    assert_eq!(exporter.get("/-/ready").unwrap().0, 200);
}
