//! An exporter with a ledger: nothing is lost when it is killed, does not run for a while, the disk fails, the clock is
//! set, or intensities are revised.

mod clock;
mod damage;
mod disk;
mod embodied;
mod restarts;
mod revisions;
mod stopped;
mod strange_files;

use std::process::Command;

use anyhow::{Result, ensure};
use gpu_carbon_tests::exporter::{Exporter, build};
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;

/// A GPU with a counter and one without, at a constant power each.
const TWO: &str = "[[gpu]]\nmodel = \"h100\"\nuuid = \"GPU-00000000-0000-4000-8000-000000000000\"\n\
    power = \"constant 360\"\ncounter_step_ms = 20\n\
    [[gpu]]\nmodel = \"p40\"\nuuid = \"GPU-00000001-0000-4000-8000-000000000000\"\npower = \"constant 100\"\n";

/// Settings of every machine here, besides its intensity.
const LEDGER: &str = "sampling: {counter_period: 100ms, power_period: 50ms, rescan_period: 500ms}\n\
    ledger: {path: ledger.db, commit_period: 100ms}\n";

fn machine(script: &str) -> Machine {
    let machine = Machine::new(script).unwrap();
    let constant = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n";
    machine.configure(&format!("{constant}{LEDGER}")).unwrap();
    machine
}

/// A scrape in which a GPU was read after a time.
fn read_after(exporter: &Exporter, gpu: usize, time: f64) -> Result<Scrape> {
    let scrape = exporter.scrape()?;
    let read = scrape.gpu(gpu, "last_sample_timestamp_seconds")?;
    ensure!(read > time, "read at {read}, not after {time}: {}", exporter.log());
    Ok(scrape)
}

fn both_read(exporter: &Exporter, time: f64) -> Scrape {
    let both = || read_after(exporter, 1, time).and(read_after(exporter, 0, time));
    wait_for("both GPUs", both).unwrap()
}

fn ledger_up(exporter: &Exporter, expected: bool) -> Result<Scrape> {
    let scrape = exporter.scrape()?;
    let up = scrape.value("gpu_carbon_ledger_up", &[])?;
    ensure!(up == f64::from(u8::from(expected)), "up is {up}: {}", exporter.log());
    Ok(scrape)
}

/// The output of `gpu-carbon report` on the ledger, beside the exporter or after it.
fn report(machine: &Machine) -> Result<serde_json::Value> {
    let output = Command::new(build("gpu-carbon-cli", "gpu-carbon")?)
        .args(["report", "--format", "json", "--ledger"])
        .arg(machine.path("ledger.db"))
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}
