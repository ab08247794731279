//! A wall clock that is set by an hour, forward and back.

use std::time::Instant;

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::{Exporter, command};
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::set_clock::SetClock;
use gpu_carbon_tests::wait_for;

use super::{LEDGER, machine, read_after, report};

/// A GPU without a counter, whose energy depends on the exporter's clocks.
const ONE: &str = "[[gpu]]\nmodel = \"p40\"\npower = \"constant 100\"\n";

/// The wall clock of an exporter on a machine.
fn clock(machine: &Machine) -> SetClock {
    SetClock::at(machine.path("clock"))
}

/// Starts an exporter with this clock.
fn start(machine: &Machine) -> Exporter {
    let mut command = command(machine).unwrap();
    clock(machine).apply_to(&mut command);
    Exporter::run(command).unwrap()
}

#[test]
fn steps_of_the_clock_below_a_second_invent_no_energy() {
    let machine = Machine::new(ONE).unwrap();
    let set = |offset: f64| clock(&machine).set(offset).unwrap();
    set(0.0);
    let exporter = start(&machine);
    let before = wait_for("the GPU", || read_after(&exporter, 0, 0.0)).unwrap();
    // Ten steps forward, and as many back: at 100 W, 900 J would be invented, and others lost.
    for step in (1..=10).chain((0..10).rev()) {
        set(0.9 * f64::from(step));
        std::thread::sleep(std::time::Duration::from_millis(400));
    }
    let back = now();
    let after = wait_for("the GPU", || read_after(&exporter, 0, back + 1.0)).unwrap();
    let since = |metric: &str| after.gpu(0, metric).unwrap() - before.gpu(0, metric).unwrap();
    let (seconds, joules) = (since("last_sample_timestamp_seconds"), since("energy_joules_total"));
    assert!((joules - 100.0 * seconds).abs() <= 100.0 * 0.1, "{joules} J in {seconds} s");
    assert_eq!(since("unseen_seconds_total"), 0.0);
}

#[test]
fn a_clock_that_stands_for_a_while_loses_no_energy() {
    let machine = machine(ONE);
    let clock = clock(&machine);
    clock.set(0.0).unwrap();
    let exporter = start(&machine);
    let before = wait_for("the GPU", || read_after(&exporter, 0, 0.0)).unwrap();
    clock.stop().unwrap();
    std::thread::sleep(std::time::Duration::from_secs(6));
    assert_eq!(exporter.get("/-/ready").unwrap().0, 200, "{}", exporter.log());
    clock.set(0.0).unwrap();
    let after = wait_for("the GPU", || read_after(&exporter, 0, now() - 1.0)).unwrap();
    let since = |metric: &str| after.gpu(0, metric).unwrap() - before.gpu(0, metric).unwrap();
    let (seconds, joules) = (since("last_sample_timestamp_seconds"), since("energy_joules_total"));
    assert!(seconds > 5.0 && (joules - 100.0 * seconds).abs() <= 30.0, "{joules} J, {seconds} s");
    assert_eq!(since("unseen_seconds_total"), 0.0);
    let reported = report(&machine).unwrap()["total"]["energy_kilowatt_hours"].as_f64().unwrap();
    let counted = after.gpu(0, "energy_joules_total").unwrap();
    assert!(reported * 3.6e6 >= counted - 1e-6, "{reported} kWh, {counted} J");
}

#[test]
fn a_clock_that_is_set_by_an_hour_moves_no_energy_and_hangs_no_gpu() {
    let machine = Machine::new(ONE).unwrap();
    let constant = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n";
    let embodied = "embodied: {kilograms_per_gpu: 164}\n";
    machine.configure(&format!("{constant}{embodied}{LEDGER}")).unwrap();
    let set = |offset: f64| clock(&machine).set(offset).unwrap();
    set(0.0);
    let exporter = start(&machine);
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
    set(3600.0);
    jumps(1.0);
    let ahead = wait_for("the GPU", || read_after(&exporter, 0, now() + 3500.0)).unwrap();
    set(0.0);
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

#[test]
fn a_clock_that_was_never_set_names_no_slot_and_loses_no_energy() {
    let machine = machine(ONE);
    let joules = || -> Result<f64> {
        let energy = report(&machine)?["total"]["energy_kilowatt_hours"].as_f64();
        Ok(energy.unwrap_or_default() * 3.6e6)
    };
    let mut before = 0.0;
    // Before 1970, when no request can be answered; in 1970; and in another century.
    for offset in [-(now() + 86_400.0), -now() + 10_000.0, 8e9] {
        clock(&machine).set(offset).unwrap();
        let (exporter, started) = (start(&machine), Instant::now());
        let counted = wait_for("energy", || {
            let joules = joules()?;
            ensure!(joules > before + 200.0, "{joules} J: {}", exporter.log());
            Ok(joules)
        })
        .unwrap();
        let most = 100.0 * (started.elapsed().as_secs_f64() + 2.0);
        assert!(counted - before < most, "{counted} J from {before} J");
        assert!(exporter.log().contains("the clock is not set"), "{}", exporter.log());
        assert_eq!(exporter.terminate().unwrap().0, Some(0));
        let report = report(&machine).unwrap();
        assert!(report.get("damage").is_none(), "{report}");
        assert!(report["from"].as_str().unwrap() >= "2026-01-01", "{report}");
        before = joules().unwrap();
    }
    // The right clock continues.
    let exporter = Exporter::start(&machine).unwrap();
    let after = wait_for("the GPU", || read_after(&exporter, 0, now() - 60.0)).unwrap();
    assert_eq!(after.value("gpu_carbon_ledger_replaced_total", &[]).unwrap(), 0.0);
    assert!(after.gpu(0, "energy_joules_total").unwrap() >= before * (1.0 - 1e-9));
}

#[test]
fn a_clock_that_falls_to_an_impossible_time_while_it_runs_moves_no_energy() {
    let machine = machine(ONE);
    let set = |offset: f64| clock(&machine).set(offset).unwrap();
    set(0.0);
    let exporter = start(&machine);
    let begun = now();
    let before = wait_for("the GPU", || read_after(&exporter, 0, 0.0)).unwrap();
    for offset in [-now() + 1000.0, 8e9] {
        set(offset);
        let fell = now();
        // The time goes on, though the clock does not show it.
        let during = wait_for("the GPU", || read_after(&exporter, 0, fell + 2.0)).unwrap();
        assert!(during.gpu(0, "last_sample_timestamp_seconds").unwrap() < now() + 2.0);
        set(0.0);
        wait_for("the GPU", || read_after(&exporter, 0, now() - 0.5)).unwrap();
    }
    let after = wait_for("the GPU", || read_after(&exporter, 0, now() - 0.5)).unwrap();
    let since = |metric: &str| after.gpu(0, metric).unwrap() - before.gpu(0, metric).unwrap();
    let (seconds, joules) = (since("last_sample_timestamp_seconds"), since("energy_joules_total"));
    assert!((joules - 100.0 * seconds).abs() <= 100.0 * 0.3, "{joules} J in {seconds} s");
    assert_eq!(since("unseen_seconds_total"), 0.0);
    assert!(exporter.log().contains("the clock is not set"), "{}", exporter.log());
    let report = report(&machine).unwrap();
    let day = |seconds: f64| {
        #[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
        let time = chrono::DateTime::from_timestamp(seconds as i64, 0).unwrap();
        time.format("%Y-%m-%d").to_string()
    };
    assert!(report["from"].as_str().unwrap() >= day(begun - 300.0).as_str(), "{report}");
    assert!(report["to"].as_str().unwrap() <= day(now() + 86_400.0).as_str(), "{report}");
}

#[test]
fn a_clock_that_is_ahead_at_a_start_gives_up_no_pending_energy() {
    let machine = Machine::new(ONE).unwrap();
    let file = "grid_zone: X\nintensity: {source: file, path: intensity.csv}\n";
    machine.configure(&format!("{file}{LEDGER}")).unwrap();
    let set = |offset: f64| clock(&machine).set(offset).unwrap();
    #[allow(clippy::cast_possible_truncation, reason = "seconds of our time")]
    let slot = now() as i64 / 300 * 300;
    // Intensities that end an hour ago.
    machine.set_intensities(&[(slot - 3900, 400.0), (slot - 3600, 400.0)]).unwrap();
    set(0.0);
    let exporter = start(&machine);
    let waiting = wait_for("energy", || {
        let pending = exporter.scrape()?.gpu(0, "pending_energy_joules")?;
        ensure!(pending > 300.0, "{pending} J");
        Ok(pending)
    })
    .unwrap();
    assert_eq!(exporter.terminate().unwrap().0, Some(0));
    set(3_456_000.0); // 40 days
    let (exporter, started) = (start(&machine), Instant::now());
    wait_for("the GPU", || read_after(&exporter, 0, now() + 3_000_000.0)).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(4));
    set(0.0);
    let ahead = started.elapsed().as_secs_f64();
    // The intensities arrive.
    let day: Vec<(i64, f64)> = (-20..100).map(|number| (slot + number * 300, 400.0)).collect();
    machine.set_intensities(&day).unwrap();
    let converted = wait_for("the conversion", || {
        let scrape = exporter.scrape()?;
        let grams = scrape.gpu(0, "emissions_grams_total")?;
        ensure!(grams > waiting / 3.6e6 * 400.0 * 0.999, "{grams} g: {}", exporter.log());
        Ok(scrape)
    })
    .unwrap();
    // What was used while the clock was ahead is in slots of that time.
    let pending = converted.gpu(0, "pending_energy_joules").unwrap();
    assert!(pending <= 100.0 * (ahead + 3.0), "{pending} J of {ahead} s");
}
