//! Revised intensities: the best estimate, and a counter that never falls.

use anyhow::ensure;
use gpu_carbon_tests::clock::Clock;
use gpu_carbon_tests::exporter::{Exporter, binary, command};
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::services::Services;
use gpu_carbon_tests::wait_for;

use super::LEDGER;
use crate::services::{MAPS, WATTTIME, give_credentials};

/// 2026-06-02T00:00:00Z.
const START: u32 = 1_780_358_400;
const HALF_HOUR: u32 = 1800;
/// A service that forecasts each half hour, and measures it an hour later.
const BRITAIN: &str = "  source: gb\n  zone: GB";

/// Checks a service whose first value for a slot is wrong by an error in g/kWh, until it has the measured value, so many
/// seconds after the start of the slot. The clock runs `speed` times as fast as the machine's: before the work, and from its end to
/// the first measured value, there must be seconds of the machine.
fn check_revision(source: &str, speed: u32, step: u32, measured_after: u32, error: f64) {
    binary().unwrap(); // the clock does not wait for it to be built
    // The exporter has ten seconds of the machine to start.
    let clock = Clock::new(START + 4200 - 10 * speed, speed);
    let services = Services::start().unwrap();
    services.set_step(step.into());
    services.set_clock(move || clock.now());
    services.set_intensity(move |at| {
        #[allow(clippy::cast_precision_loss, reason = "seconds of our time")]
        let measured = (at as f64) < clock.now() - f64::from(measured_after);
        if measured { 200.0 } else { 200.0 + error }
    });
    // The GPU works for ten minutes from 4200 s after the start on, within one slot of half an hour.
    let loaded = START - 3600;
    let script = format!(
        "loaded_at = {loaded}.0\n[[gpu]]\nmodel = \"h100\"\npower = \"trace 600s {}\"\n",
        (0..288).map(|step| if step == 7 { "360" } else { "0" }).collect::<Vec<_>>().join(",")
    );
    let machine = Machine::new(&script).unwrap();
    give_credentials(&machine);
    let base = services.base_url();
    machine
        .configure(&format!("intensity:\n  cache: cache\n  base_url: {base}\n{source}\n{LEDGER}"))
        .unwrap();
    let mut command = command(&machine).unwrap();
    clock.apply_to(&mut command).unwrap();
    let exporter = Exporter::run(command).unwrap();

    let joules = 360.0 * 600.0;
    let grams = |intensity: f64| joules / 3.6e6 * intensity;
    let emitted = |scrape: &Scrape| scrape.gpu(0, "emissions_grams_total");
    let best = |scrape: &Scrape| scrape.value("gpu_carbon_ledger_emissions_grams", &[]);
    let near = |found: f64, expected: f64| (found - expected).abs() <= expected * 1e-9;
    let forecast = wait_for("the forecast emissions", || {
        let scrape = exporter.scrape()?;
        let counted = scrape.gpu(0, "energy_joules_total")?;
        ensure!(near(counted, joules), "{counted} J, not yet all: {}", exporter.log());
        ensure!(scrape.gpu(0, "pending_energy_joules")? == 0.0, "some waits");
        Ok(scrape)
    })
    .unwrap();
    let published = emitted(&forecast).unwrap();
    assert!(near(published, grams(200.0 + error)), "{published} g");
    assert_eq!(published, best(&forecast).unwrap());
    let measured = wait_for("the measured emissions", || {
        let scrape = exporter.scrape()?;
        let best = best(&scrape)?;
        ensure!(near(best, grams(200.0)), "{best} g: {}", exporter.log());
        Ok(scrape)
    })
    .unwrap();
    let highest = grams(200.0 + error.max(0.0));
    assert!(near(emitted(&measured).unwrap(), highest), "a counter never falls, and may rise");
    assert!(exporter.log().contains("intensities were revised"));
    drop(exporter);

    let mut again = gpu_carbon_tests::exporter::command(&machine).unwrap();
    clock.apply_to(&mut again).unwrap();
    let exporter = Exporter::run(again).unwrap();
    let after = wait_for("the GPU", || {
        let scrape = exporter.scrape()?;
        emitted(&scrape)?;
        Ok(scrape)
    })
    .unwrap();
    assert!(near(emitted(&after).unwrap(), highest) && near(best(&after).unwrap(), grams(200.0)));
    let report = super::report(&machine).unwrap();
    let total = &report["total"];
    let signal = if source == WATTTIME { "marginal" } else { "average" };
    let emissions = total[format!("{signal}_emissions_grams")].as_f64();
    assert!(near(emissions.unwrap(), grams(200.0)), "{total}");
    assert_eq!(total["measured_ratio"].as_f64(), Some(1.0));
}

#[test]
fn a_forecast_that_was_too_high_stays_in_the_counter_and_falls_in_the_gauge() {
    check_revision(BRITAIN, 120, HALF_HOUR, HALF_HOUR, 50.0);
}

#[test]
fn a_forecast_that_was_too_low_raises_both() {
    check_revision(BRITAIN, 120, HALF_HOUR, HALF_HOUR, -50.0);
}

#[test]
fn estimates_of_electricity_maps_are_replaced_by_measurements() {
    check_revision(MAPS, 600, 3600, 7200, 50.0);
}

#[test]
fn the_present_of_a_watttime_forecast_is_replaced_by_a_measurement() {
    check_revision(WATTTIME, 600, 300, 3600, -50.0);
}

#[test]
fn a_restart_restates_nothing_by_an_intensity_that_is_finer_than_a_slot() {
    let script = "[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\ncounter_step_ms = 20\n";
    let machine = Machine::new(script).unwrap();
    #[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
    let minute = now() as i64 / 60 * 60;
    let grams = |number: i64| if number % 2 == 0 { 200.0 } else { 600.0 };
    let write = |factor: f64| {
        let minutes = (-60..600).map(|number| (minute + number * 60, factor * grams(number)));
        machine.set_intensities(&minutes.collect::<Vec<_>>()).unwrap();
    };
    write(1.0);
    let source = "grid_zone: Z\nintensity: {source: file, path: intensity.csv, signal: average}\n";
    machine.configure(&format!("{source}{LEDGER}")).unwrap();
    let best = |scrape: &Scrape| scrape.value("gpu_carbon_ledger_emissions_grams", &[]);
    let mut before = 0.0;
    for restart in 0..3 {
        let exporter = Exporter::start(&machine).unwrap();
        let scrape = wait_for("commits", || {
            let scrape = exporter.scrape()?;
            let commits = scrape.value("gpu_carbon_ledger_commits_total", &["success"])?;
            let joules = scrape.gpu(0, "energy_joules_total")?;
            ensure!(commits > 5.0 && joules > 100.0 && best(&scrape)? > before, "{commits}");
            Ok(scrape)
        })
        .unwrap();
        let log = exporter.log();
        assert!(!log.contains("intensities were revised"), "restart {restart}: {log}");
        let (joules, emitted) =
            (scrape.gpu(0, "energy_joules_total").unwrap(), best(&scrape).unwrap());
        // All of it was used within some minutes at 200 or 600 g/kWh.
        let [least, most] = [200.0, 600.0].map(|grams| joules / 3.6e6 * grams * (1.0 + 1e-9));
        assert!(
            (least * (1.0 - 1e-8)..=most).contains(&emitted) && emitted > before,
            "{emitted} g"
        );
        assert_eq!(scrape.gpu(0, "emissions_grams_total").unwrap(), emitted);
        before = emitted;
    }
    // A revision of all values to the half, while no exporter runs: what was emitted until then halves.
    write(0.5);
    let exporter = Exporter::start(&machine).unwrap();
    let restated = wait_for("the restatement", || {
        ensure!(exporter.log().contains("intensities were revised"), "{}", exporter.log());
        best(&exporter.scrape()?)
    })
    .unwrap();
    let grown = 360.0 * 120.0 / 3.6e6 * 300.0;
    assert!(
        (before / 2.0 * (1.0 - 1e-9)..before / 2.0 + grown).contains(&restated),
        "{restated} g, {before} g before"
    );
}
