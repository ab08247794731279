//! Compares our joules of CPU and memory with those of `perf stat`, on a host with RAPL.
#![allow(clippy::print_stdout, reason = "it prints a table")]

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::perf::{EVENTS, joules_over};
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::this_host::{ThisHost, exit_code};
use gpu_carbon_tests::wait_for;

const ENERGY: &str = "gpu_carbon_host_energy_joules_total";

struct Options {
    seconds: f64,
    perf: String,
    sysfs: PathBuf,
}

fn main() -> ExitCode {
    exit_code(options(std::env::args().skip(1)).and_then(|options| check(&options)))
}

fn check(options: &Options) -> Result<()> {
    let sysfs = options.sysfs.as_os_str();
    let ThisHost { exporter, .. } = &ThisHost::start([OsStr::new("--path.sysfs"), sysfs])?;
    let (begin, _) = next_reading(exporter, None)?;
    let (first, begun) = next_reading(exporter, Some(&begin))?;
    let theirs = joules_over(&options.perf, options.seconds)?;
    let (last, ended) = next_reading(exporter, Some(&exporter.scrape()?))?;
    let seconds = ended.duration_since(begun).as_secs_f64();
    println!("{:<10} {:>12} {:>12} {:>8}", "component", "ours, W", "perf, W", "ratio");
    for (event, component) in EVENTS {
        let ours = (energy(&last, component) - energy(&first, component)) / seconds;
        match theirs.get(event) {
            Some(joules) => {
                let watts = joules / options.seconds;
                println!("{component:<10} {ours:>12.2} {watts:>12.2} {:>8.4}", ours / watts);
            }
            None => println!("{component:<10} {ours:>12.2} {:>12} {:>8}", "-", "-"),
        }
    }
    Ok(())
}

/// The joules of a component; 0 of one without a meter.
fn energy(scrape: &Scrape, component: &str) -> f64 {
    scrape.values(ENERGY, &[&format!("component=\"{component}\"")]).sum()
}

/// Waits for the next reading of the meters, and returns it with its time.
fn next_reading(exporter: &Exporter, before: Option<&Scrape>) -> Result<(Scrape, Instant)> {
    let before = before.map(|it| energy(it, "cpu"));
    let scrape = wait_for("a reading of the CPU", || {
        let scrape = exporter.scrape()?;
        ensure!(
            scrape.values(ENERGY, &["component=\"cpu\""]).count() > 0,
            "the exporter reads no CPU: {}",
            exporter.log()
        );
        ensure!(before.is_none_or(|before| energy(&scrape, "cpu") > before), "no new reading");
        Ok(scrape)
    })?;
    Ok((scrape, Instant::now()))
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let mut options =
        Options { seconds: 60.0, perf: "perf".to_owned(), sysfs: PathBuf::from("/sys") };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--seconds" => {
                options.seconds = value()?.parse().context("--seconds needs a number")?
            }
            "--perf" => options.perf = value()?,
            "--sysfs" => options.sysfs = value()?.into(),
            _ => bail!(
                "unknown option {argument}; allowed: --seconds NUMBER, --perf PROGRAM, --sysfs FOLDER"
            ),
        }
    }
    Ok(options)
}
