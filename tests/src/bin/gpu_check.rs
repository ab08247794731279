//! Compares our joules with those of the driver's own command, idle and under load, on a host with a GPU.
#![allow(clippy::print_stdout, reason = "it prints a table")]

use std::process::{Child, Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::nvidia_smi::{NvidiaSmi, counted, integrated};
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::this_host::{ThisHost, exit_code};
use gpu_carbon_tests::wait_for;

/// The default load of every GPU: half a second of work, a quarter of rest.
const LOAD: &str = "import time, torch\n\
    pairs = [[torch.randn(8192, 8192, dtype=torch.float16, device=f'cuda:{i}') for _ in 'ab'] for i in range(torch.cuda.device_count())]\n\
    while True:\n    until = time.time() + 0.5\n    while time.time() < until:\n        for a, b in pairs: a @ b\n        \
    for i in range(len(pairs)): torch.cuda.synchronize(i)\n    time.sleep(0.25)\n";

struct Options {
    load: Option<String>,
    seconds: f64,
}

fn main() -> ExitCode {
    exit_code(options(std::env::args().skip(1)).and_then(|options| check(&options)))
}

fn check(options: &Options) -> Result<()> {
    let smi = NvidiaSmi::start()?;
    let ThisHost { exporter, .. } = &ThisHost::start::<&str>([])?;
    wait_for("a GPU to be read", || {
        let (status, why) = exporter.get("/-/ready")?;
        ensure!(status == 200, "{why}");
        Ok(())
    })?;
    println!(
        "{:>4} {:<10} {:<6} {:>12} {:>16} {:>8} {:>14} {:>8} {:>8}",
        "GPU",
        "energy",
        "load",
        "ours, J",
        "power.draw, J",
        "ratio",
        "counter, J",
        "ratio",
        "watts"
    );
    compare(exporter, &smi, "idle", options.seconds)?;
    match Load::start(options.load.as_deref())? {
        Some(_load) => {
            std::thread::sleep(Duration::from_secs(10)); // until it has started
            compare(exporter, &smi, "busy", options.seconds)?;
        }
        None => {
            println!("no load: neither --load COMMAND was given nor is there a Python with torch")
        }
    }
    let scrape = exporter.scrape()?;
    println!(
        "the exporter took {} s of CPU, and {:.1} MB",
        scrape.value("process_cpu_seconds_total", &[])?,
        scrape.value("process_resident_memory_bytes", &[])? / 1e6
    );
    Ok(())
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let mut options = Options { load: None, seconds: 60.0 };
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("{argument} needs a value"));
        match argument.as_str() {
            "--load" => options.load = Some(value()?),
            "--seconds" => {
                options.seconds = value()?.parse().context("--seconds needs a number")?
            }
            _ => bail!("unknown option {argument}; allowed: --load COMMAND, --seconds NUMBER"),
        }
    }
    Ok(options)
}

fn compare(exporter: &Exporter, smi: &NvidiaSmi, load: &str, seconds: f64) -> Result<()> {
    let first = exporter.scrape()?;
    std::thread::sleep(Duration::from_secs_f64(seconds));
    let last = exporter.scrape()?;
    std::thread::sleep(Duration::from_secs(1)); // for the command's next lines
    for (gpu, uuid, method) in gpus(&exporter.get("/metrics")?.1) {
        let row = || -> Result<String> {
            let read = |scrape: &Scrape, metric| scrape.gpu(gpu, metric);
            let from = read(&first, "last_sample_timestamp_seconds")?;
            let to = read(&last, "last_sample_timestamp_seconds")?;
            let ours = read(&last, "energy_joules_total")? - read(&first, "energy_joules_total")?;
            let readings = smi.readings(&uuid);
            let shown = |theirs: Option<f64>| match theirs {
                Some(joules) => (format!("{joules:.1}"), format!("{:.4}", ours / joules)),
                None => ("-".to_owned(), "-".to_owned()),
            };
            let (power, power_ratio) = shown(integrated(&readings, from, to));
            let (counter, counter_ratio) = shown(counted(&readings, from, to));
            let watts = ours / (to - from);
            Ok(format!(
                "{ours:>12.1} {power:>16} {power_ratio:>8} {counter:>14} {counter_ratio:>8} {watts:>8.1}"
            ))
        };
        let row = row().unwrap_or_else(|error| format!("{error:#}"));
        println!("{gpu:>4} {method:<10} {load:<6} {row}");
    }
    Ok(())
}

/// Index, UUID and method of each GPU, from the page.
fn gpus(page: &str) -> Vec<(usize, String, String)> {
    let label = |line: &str, name: &str| {
        let (_, rest) = line.split_once(&format!("{name}=\""))?;
        Some(rest.split('"').next()?.to_owned())
    };
    page.lines()
        .filter(|line| line.starts_with("gpu_carbon_gpu_info{"))
        .filter_map(|line| {
            Some((
                label(line, "gpu")?.parse().ok()?,
                label(line, "uuid")?,
                label(line, "energy_method")?,
            ))
        })
        .collect()
}

/// A running load of the GPUs. Dropping it ends it.
struct Load(Child);

impl Load {
    fn start(command: Option<&str>) -> Result<Option<Load>> {
        let mut load = match command {
            Some(command) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", &format!("exec {command}")]);
                shell
            }
            None => {
                let torch = Command::new("python3").args(["-c", "import torch"]).output();
                if !torch.is_ok_and(|output| output.status.success()) {
                    return Ok(None);
                }
                let mut python = Command::new("python3");
                python.args(["-c", LOAD]);
                python
            }
        };
        Ok(Some(Load(load.spawn().context("the load does not start")?)))
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
