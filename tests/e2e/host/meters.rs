//! Counters that wrap, mirrors and duplicates, and meters that fail.

use std::fs;

use anyhow::ensure;
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::fake_power::FakePower;
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::wait_for;

use super::{CONSTANT, ENERGY, GPU, RANGE, boundary, of, scrape_until, start};

/// Waits until the exporter shows the joules that are true, to a microjoule for each wrap.
#[track_caller]
fn check(exporter: &Exporter, component: &str, truth: f64) {
    let found = wait_for("the true energy", || {
        let found = of(&exporter.scrape()?, ENERGY, component)?;
        ensure!((found - truth).abs() < 1e-4, "{found} J, truly {truth} J: {}", exporter.log());
        Ok(found)
    });
    found.unwrap();
}

fn is_zero(exporter: &Exporter, component: &str) {
    scrape_until("a first reading", exporter, |it| Ok(of(it, ENERGY, component)? == 0.0));
}

#[test]
fn counters_of_two_sockets_wrap_and_are_counted_to_the_joule() {
    let machine = Machine::new(GPU).unwrap();
    let power = FakePower::new(machine.path("sys")).unwrap();
    // The second interface, and the zones of cores, show the same energy once more.
    let folders = ["intel-rapl:0", "intel-rapl:0:0", "intel-rapl-mmio:0"];
    let names = ["package-0", "core", "package-0"];
    let first = power.add_zone(&folders, &names, RANGE, 4_000_000_000).unwrap();
    let second = power.add_zone(&["intel-rapl:1"], &["package-1"], RANGE, 9_000_000_000).unwrap();
    let memory = power.add_zone(&["intel-rapl:1:0"], &["dram"], RANGE, 1_000_000_000).unwrap();
    let exporter = start(&machine, &power, CONSTANT);
    is_zero(&exporter, "cpu");
    is_zero(&exporter, "memory");
    for (zone, milliwatts) in [(first, 1_500_000), (second, 1_200_000), (memory, 250_000)] {
        power.set_milliwatts(zone, milliwatts);
    }
    wait_for("a wrap of each counter", || {
        let wraps = [first, second, memory].map(|zone| power.truth(zone).1);
        ensure!(wraps.iter().all(|&wraps| wraps > 0), "{wraps:?}");
        Ok(())
    })
    .unwrap();
    [first, second, memory].into_iter().for_each(|zone| power.set_milliwatts(zone, 0));
    let [one, two, dram] = [first, second, memory].map(|zone| power.truth(zone).0);
    check(&exporter, "cpu", one + two);
    check(&exporter, "memory", dram);

    let scrape = exporter.scrape().unwrap();
    let grams = of(&scrape, "gpu_carbon_host_emissions_grams_total", "cpu").unwrap();
    assert!((grams - (one + two) / 3.6e6 * 400.0).abs() < 1e-6, "{grams} g");
    assert_eq!(of(&scrape, "gpu_carbon_host_pending_energy_joules", "cpu").unwrap(), 0.0);
    let meters: Vec<&str> = scrape.iter().map(|(series, _)| series).collect();
    let meters: Vec<&&str> =
        meters.iter().filter(|it| it.starts_with("gpu_carbon_host_meter_info")).collect();
    assert_eq!(meters.len(), 3, "{meters:?}");
    assert!(meters.iter().all(|it| !it.contains("mmio")), "{meters:?}");
    let unseen: f64 = scrape.values("gpu_carbon_host_unseen_seconds_total", &[]).sum();
    assert_eq!(unseen, 0.0);
    let gpus_alone = "gpus=\"measured\",cpu=\"measured\",memory=\"measured\",rest=\"left_out\"";
    assert_eq!(boundary(&exporter).unwrap(), gpus_alone);
    let log = exporter.log();
    assert!(log.contains("it is the same as rapl package-0, through another interface"), "{log}");
}

#[test]
fn dies_that_show_one_counter_are_counted_once() {
    let machine = Machine::new(GPU).unwrap();
    let power = FakePower::new(machine.path("sys")).unwrap();
    let folders = ["intel-rapl:0", "intel-rapl:1"];
    let names = ["package-0-die-0", "package-0-die-1"];
    let zone = power.add_zone(&folders, &names, RANGE, 20_000_000_000).unwrap();
    let exporter = start(&machine, &power, CONSTANT);
    is_zero(&exporter, "cpu");
    power.set_milliwatts(zone, 900_000);
    wait_for("the mirror", || {
        ensure!(exporter.log().contains("shows the same counter as rapl package-0-die-0"));
        Ok(())
    })
    .unwrap();
    power.set_milliwatts(zone, 0);
    check(&exporter, "cpu", power.truth(zone).0);
    let scrape = exporter.scrape().unwrap();
    assert_eq!(scrape.values("gpu_carbon_host_meter_info", &[]).count(), 1);
}

#[test]
fn a_meter_that_fails_is_named_and_counts_all_of_it_when_it_is_back() {
    let machine = Machine::new(GPU).unwrap();
    let power = FakePower::new(machine.path("sys")).unwrap();
    let zone = power.add_zone(&["intel-rapl:0"], &["package-0"], RANGE, 50_000_000_000).unwrap();
    let other = power.add_zone(&["intel-rapl:1"], &["package-1"], RANGE, 30_000_000_000).unwrap();
    power.write("powercap/intel-rapl:2/name", "package-2").unwrap();
    power.write("powercap/intel-rapl:2/energy_uj", "5").unwrap();
    let exporter = start(&machine, &power, CONSTANT);
    is_zero(&exporter, "cpu");
    let log = exporter.log();
    assert!(log.contains("rapl package-2") && log.contains("its range is unknown"), "{log}");
    power.set_milliwatts(zone, 300_000);
    power.set_milliwatts(other, 100_000);

    let errors = |kind: &str| {
        let labels = ["zone=\"package-0\"", &format!("error=\"{kind}\"")];
        scrape_until("an error", &exporter, |it| {
            Ok(it.value("gpu_carbon_host_read_errors_total", &labels)? >= 1.0)
        })
    };
    let (here, away) = (power.path("powercap/intel-rapl:0"), power.path("away"));
    fs::rename(&here, &away).unwrap();
    let scrape = errors("gone");
    assert_eq!(scrape.values("gpu_carbon_host_power_watts", &[]).count(), 0, "half is no power");
    fs::rename(&away, &here).unwrap();
    scrape_until("power", &exporter, |it| Ok(of(it, "gpu_carbon_host_power_watts", "cpu")? > 0.0));
    power.set_milliwatts(zone, 0);
    power.write("powercap/intel-rapl:0/energy_uj", "a lot\n").unwrap();
    errors("implausible");
    let log = exporter.log();
    assert!(log.contains("expected a whole number of microjoules, found \\\"a lot\\\""), "{log}");
    power.set_milliwatts(zone, 300_000);
    scrape_until("power", &exporter, |it| Ok(of(it, "gpu_carbon_host_power_watts", "cpu")? > 0.0));
    power.set_milliwatts(zone, 0);
    power.set_milliwatts(other, 0);
    check(&exporter, "cpu", power.truth(zone).0 + power.truth(other).0);
}

#[test]
fn figures_change_once_a_second_at_most() {
    let machine = Machine::new(GPU).unwrap();
    let power = FakePower::new(machine.path("sys")).unwrap();
    let zone = power.add_zone(&["intel-rapl:0"], &["package-0"], RANGE, 50_000_000_000).unwrap();
    power.set_milliwatts(zone, 200_000);
    let exporter = start(&machine, &power, CONSTANT);
    scrape_until("energy", &exporter, |it| Ok(of(it, ENERGY, "cpu")? > 0.0));
    let begun = std::time::Instant::now();
    let mut values = Vec::new();
    while begun.elapsed().as_secs_f64() < 4.0 {
        values.push(of(&exporter.scrape().unwrap(), ENERGY, "cpu").unwrap());
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let seconds = begun.elapsed().as_secs_f64();
    values.dedup();
    assert!(values.len() as f64 <= seconds + 2.0, "{} values in {seconds} s", values.len());
    assert!(values.is_sorted() && values.len() > 1);
}
