//! The energy of the host in the ledger: it goes on after the exporter is killed, and reports add it up by their boundary.

use std::process::Command;

use anyhow::ensure;
use gpu_carbon_tests::exporter::{Exporter, build};
use gpu_carbon_tests::fake_power::FakePower;
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::scrape::Scrape;
use serde_json::Value;

use super::{CONSTANT, ENERGY, GPU, RANGE, of, scrape_until, start};

const LEDGER: &str = "ledger: {path: ledger.db, commit_period: 100ms}\n";

fn cli(machine: &Machine, arguments: &[&str]) -> String {
    let output = Command::new(build("gpu-carbon-cli", "gpu-carbon").unwrap())
        .args(arguments)
        .arg("--ledger")
        .arg(machine.path("ledger.db"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn report(machine: &Machine) -> Value {
    serde_json::from_str(&cli(machine, &["report", "--format", "json"])).unwrap()
}

fn kilowatt_hours(record: &Value) -> f64 {
    record["energy_kilowatt_hours"].as_f64().unwrap()
}

/// Runs an exporter until a part of the host has more than some joules, kills it, and returns its last scrape.
fn run_until(machine: &Machine, power: &FakePower, yaml: &str, part: &str, joules: f64) -> Scrape {
    let exporter: Exporter = start(machine, power, yaml);
    scrape_until("energy of the host", &exporter, |scrape| {
        let found = of(scrape, ENERGY, part)?;
        ensure!(found > joules, "{found} J, not yet {joules} J: {}", exporter.log());
        // The ledger may have more than that at once, before the GPU is read.
        scrape.gpu(0, "energy_joules_total")?;
        Ok(true)
    })
}

#[test]
fn measured_energy_goes_on_after_a_kill_and_the_report_adds_it_up_if_it_is_to() {
    let machine = Machine::new(GPU).unwrap();
    let power = FakePower::new(machine.path("sys")).unwrap();
    let cpu = power.add_zone(&["intel-rapl:0"], &["package-0"], RANGE, 40_000_000_000).unwrap();
    power.set_milliwatts(cpu, 200_000);
    let yaml = format!("{CONSTANT}{LEDGER}host: {{declared: {{rest_watts: 90}}}}\n");
    let mut before = 0.0;
    for _ in 0..3 {
        let last = run_until(&machine, &power, &yaml, "cpu", before + 300.0);
        let joules = of(&last, ENERGY, "cpu").unwrap();
        let grams = of(&last, "gpu_carbon_host_emissions_grams_total", "cpu").unwrap();
        assert!((grams - joules / 3.6e6 * 400.0).abs() < 1e-9 * grams.max(1.0), "{grams} g");
        before = joules;
    }
    let alone = report(&machine);
    assert!(alone["boundary"].as_str().unwrap().starts_with("GPUs alone"), "{alone}");
    let host = alone["host"].as_array().unwrap();
    let of_part = |part: &str| host.iter().find(|it| it["component"] == part).unwrap();
    assert!(kilowatt_hours(of_part("cpu")) * 3.6e6 >= before * (1.0 - 1e-9));
    assert_eq!(of_part("rest")["method"], "declared");
    assert_eq!(alone["total"]["host_kilowatt_hours"], 0.0);

    let yaml = yaml.replace("host: {", "host: {boundary: host, ");
    run_until(&machine, &power, &yaml, "cpu", before + 100.0);
    let with_host = report(&machine);
    let sentence = "GPUs (measured), CPU (measured) and the rest of the host (declared: 90.0 W); memory is left out";
    assert_eq!(with_host["boundary"], sentence);
    let parts: f64 = with_host["host"].as_array().unwrap().iter().map(kilowatt_hours).sum();
    let total = &with_host["total"];
    assert!((total["host_kilowatt_hours"].as_f64().unwrap() / parts - 1.0).abs() < 1e-12);
    let rows = with_host["rows"].as_array().unwrap();
    let by_rows: f64 = rows.iter().map(kilowatt_hours).sum();
    assert!((by_rows / kilowatt_hours(total) - 1.0).abs() < 1e-12, "{with_host}");
    let grams = total["marginal_emissions_grams"].as_f64().unwrap();
    assert!((grams / (400.0 * kilowatt_hours(total)) - 1.0).abs() < 1e-9, "{grams} g");
    for by in ["gpu", "day", "workload"] {
        let text = cli(&machine, &["report", "--by", by]);
        assert!(text.contains(&format!("Boundary: {sentence}.")), "{text}");
    }
    assert!(cli(&machine, &["report", "--format", "csv"]).contains(sentence));
}

#[test]
fn a_share_of_the_gpus_is_that_part_of_their_energy_also_over_kills() {
    let machine = Machine::new(GPU).unwrap();
    let power = FakePower::new(machine.path("sys")).unwrap();
    let host = "host: {boundary: host, declared: {share_of_gpus: 0.345}}\n";
    let yaml = format!("{CONSTANT}{LEDGER}{host}");
    for run in 1..=3 {
        let last = run_until(&machine, &power, &yaml, "rest", f64::from(run) * 150.0);
        let (rest, gpus) =
            (of(&last, ENERGY, "rest").unwrap(), last.gpu(0, "energy_joules_total").unwrap());
        assert!((rest / gpus / 0.345 - 1.0).abs() < 1e-9, "{rest} J beside {gpus} J");
        let recovered = last.gpu(0, "recovered_energy_joules_total").unwrap();
        assert_eq!(recovered > 0.0, run > 1, "{recovered} J");
    }
    let report = report(&machine);
    let gpus = report["rows"].as_array().unwrap().iter().find(|row| row["gpu"] == 0).unwrap();
    let ratio = kilowatt_hours(&report["total"]) / kilowatt_hours(gpus);
    assert!((ratio / 1.345 - 1.0).abs() < 1e-12, "{ratio}");
    assert_eq!(
        report["boundary"],
        "GPUs (measured), CPU (within the rest), memory (within the rest) and the rest of the host (declared: 0.345 J for each joule of the GPUs)"
    );
}
