//! `cargo xtask`: the commands of this project.

mod data;
mod demo;
mod fuzz;
mod needs;
mod shell;
mod tally;
mod test;
mod web;

use std::process::ExitCode;

use anyhow::{Result, bail};

const HELP: &str = "cargo xtask <command>

  demo             build and start the exporter, on the GPUs of this host or, where there is none, on a
                   fake NVML, priced by the shipped series of 2020, and the calculator beside it; print
                   their addresses; Ctrl-C stops them
                   (--fake: on the fake NVML even where there are GPUs)
  test             every test of every kind; installs what is missing, and says so first
  web              build the calculator into web/dist: any file server can show it
  data             make what is shipped from its sources again, and check the series against theirs
  bench exporter   the exporter beside two others on the same fake NVML (--quick: shorter)
  bench ledger     a year of 16 GPUs in the ledger: its size, start, commits, report (--keep FILE: leave it there)
  bench load       the exporter under 10,000 scrapes a second, and beside 2,000 connections that ask nothing
                   (--seconds N: for each load; 30)
  bench planner    the planner beside CATS and numpy on the same traces (--quick: shorter)
  soak             everything at once: scrapers, slow clients, feeds and GPUs that fail, and the exporter killed
                   again and again; at the end, what the GPUs truly used beside the ledger and the counters
                   (--seconds N: 60; --restarts N; --restart-every SECONDS: 3; --seed N)
  fuzz [TARGET]    what comes from outside, and the planner, under inputs that libFuzzer makes up; without a
                   name, every target (--seconds N: for each; 60)
  bench wasm       the planner in wasm beside itself natively, on the same questions
  gpu-check        on a host with a GPU: our joules over a minute beside nvidia-smi's (--load COMMAND)
  help             this";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask {}: {error:#}", arguments.join(" "));
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    match words {
        ["demo"] => demo::run(false),
        ["demo", "--fake"] => demo::run(true),
        ["show-page", port, exporter] => demo::serve_page(port, exporter),
        ["test"] => test::run(),
        ["web"] => web::run(),
        ["data"] => data::run(),
        ["bench", "exporter", options @ ..] => shell::tool("bench_exporter", options),
        ["bench", "ledger", options @ ..] => shell::tool("bench_ledger", options),
        ["bench", "load", options @ ..] => shell::tool("bench_load", options),
        ["bench", "wasm"] => web::bench(),
        ["bench", "planner", options @ ..] => shell::tool("bench_planner", options),
        ["fuzz", options @ ..] => fuzz::run(options),
        ["soak", options @ ..] => shell::checked_tool("soak", options),
        ["gpu-check", options @ ..] => shell::tool("gpu_check", options),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => bail!("no such command\n\n{HELP}"),
    }
}
