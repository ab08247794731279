//! The host around the GPUs: a sysfs whose meters count what the test knows, read by the real exporter.

mod check;
mod components;
mod ledger;
mod meters;
mod redfish;
mod workloads;

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::{Exporter, command};
use gpu_carbon_tests::fake_power::FakePower;
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;

const GPU: &str = "[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\ncounter_step_ms = 20\n";

/// A range that wraps after 40 s at 1.5 kW: time enough for an exporter that is not run for some of them.
const RANGE: u64 = 60_000_000_000;

const ENERGY: &str = "gpu_carbon_host_energy_joules_total";

const CONSTANT: &str = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n";

fn start(machine: &Machine, power: &FakePower, yaml: &str) -> Exporter {
    machine.configure(yaml).unwrap();
    let mut command = command(machine).unwrap();
    command.arg("--path.sysfs").arg(power.root());
    Exporter::run(command).unwrap()
}

fn of(scrape: &Scrape, metric: &str, component: &str) -> Result<f64> {
    scrape.value(metric, &[&format!("component=\"{component}\"")])
}

fn boundary(exporter: &Exporter) -> Result<String> {
    let (_, text) = exporter.get("/metrics")?;
    let lines = text.lines().filter_map(|line| line.strip_prefix("gpu_carbon_boundary_info{"));
    Ok(lines.map(|line| line.trim_end_matches("} 1")).collect())
}

/// Waits for a scrape that a condition holds for.
fn scrape_until(
    what: &str,
    exporter: &Exporter,
    holds: impl Fn(&Scrape) -> Result<bool>,
) -> Scrape {
    wait_for(what, || {
        let scrape = exporter.scrape()?;
        ensure!(holds(&scrape)?, "not yet: {}", exporter.log());
        Ok(scrape)
    })
    .unwrap()
}
