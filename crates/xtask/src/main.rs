//! `cargo xtask`: the commands of this project.

mod audit;
mod checkov;
mod data;
mod demo;
mod fuzz;
mod lint;
mod needs;
mod no_std;
mod package;
mod shell;
mod starting;
mod test;
mod usage;
mod web;

use std::process::ExitCode;

use anyhow::Result;

use test::{Length, Stage};
use usage::{UsageError, usage};

fn help() -> String {
    format!(
        "cargo xtask <command>

  demo             build and start the exporter, on the GPUs of this host or, where there is none, on a
                   fake NVML, with the bundled intensities of 2020, and the calculator beside it; print
                   their addresses; Ctrl-C stops them
                   (--fake: on the fake NVML even where there are GPUs)
  test             the stages of the tests below; list and install what is missing first
                   (--only STAGE,STAGE: only these)
{}  fuzz [TARGET]    the readers of outside input, and the planner, with random inputs by libFuzzer; without a
                   name, every target (--seconds N: for each; 60) (--seed N)
  soak             everything at once: scrapers, slow clients, feeds and GPUs that fail, and the exporter killed
                   again and again; at the end, the true energy of the GPUs is compared with ledger and counters
                   (--seconds N: 300; --restarts N; --restart-every SECONDS: 3; --seed N; --scenario driver: instead,
                   faults of meters, driver and log, and an operator; --scenario attribution: jobs and pods that
                   come and go)
  audit            licences, bans, sources and advisories of the dependencies, by cargo-deny; the files of deploy/, by
                   checkov
  ci               every stage of test with the long fuzz and soak, and the audit (--only STAGE,STAGE)
  web              build the calculator into web/dist, which any file server can serve
  package          packages of both programs for Debian and RPM, with man pages, completions, checksums, and lists of
                   what is in the programs, into target/packages
                   (--profile dev: of the programs as the tests build them, for tests)
  data             make the bundled data from their sources again, and compare every value with its source
  bench attribution
                   what it costs to divide energy among 200 jobs or 100 processes (--quick: shorter) (--seconds N: 30)
  bench cli        plans for cloud regions, and a simulated year: the time from start to end (--quick: fewer runs)
  bench exporter   the exporter compared with two others on the same fake NVML (--quick: shorter)
  bench fleet      the rules and the dashboard of deploy/ in a Prometheus with 1,000 hosts of 8 GPUs (--hosts N)
                   (--quick: 100 hosts)
  bench ledger     a year of 16 GPUs in the ledger: its size, start, commits, report (--keep FILE: leave it there)
  bench load       the exporter under 10,000 scrapes a second, and beside 2,000 idle connections
                   (--seconds N: for each load; 30)
  bench planner    the planner compared with CATS and numpy on the same traces (--quick: shorter)
  bench wasm       the planner in wasm compared with native code, on the same questions
  gpu-check        on a host with a GPU: the exporter's joules over a minute, compared with nvidia-smi's
                   (--load COMMAND)
  host-check       on a host with RAPL: the exporter's watts of CPU and memory over a minute, compared with those
                   of `perf stat` (as root; --seconds N)
  help             print this list",
        Stage::list()
    )
}

fn main() -> ExitCode {
    if let Some(code) = fuzz::instrument_if_asked() {
        return code;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo xtask {}: {error:#}", arguments.join(" "));
            if error.is::<UsageError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    match words {
        [] | ["help"] | [.., "--help" | "-h"] => {
            println!("{}", help());
            Ok(())
        }
        ["demo"] => demo::run(false),
        ["demo", "--fake"] => demo::run(true),
        ["test"] => test::run(&Stage::OF_TEST, Length::Short),
        ["test", "--only", stages] => test::run(&Stage::parse_list(stages)?, Length::Short),
        ["ci"] => test::run(&Stage::OF_CI, Length::Long),
        ["ci", "--only", stages] => test::run(&Stage::parse_list(stages)?, Length::Long),
        ["fuzz", options @ ..] => fuzz::run(options),
        ["soak", options @ ..] => test::long_soak(options),
        ["audit"] => test::run(&[Stage::Audit], Length::Long),
        ["web"] => web::run(),
        ["package", options @ ..] => package::run(options),
        ["data"] => data::run(),
        ["bench", "attribution", options @ ..] => shell::tool("bench_attribution", options),
        ["bench", "cli", options @ ..] => shell::tool("bench_cli", options),
        ["bench", "exporter", options @ ..] => shell::tool("bench_exporter", options),
        ["bench", "fleet", options @ ..] => shell::tool("bench_fleet", options),
        ["bench", "ledger", options @ ..] => shell::tool("bench_ledger", options),
        ["bench", "load", options @ ..] => shell::tool("bench_load", options),
        ["bench", "wasm"] => web::bench(),
        ["bench", "planner", options @ ..] => shell::tool("bench_planner", options),
        ["gpu-check", options @ ..] => shell::tool("gpu_check", options),
        ["host-check", options @ ..] => shell::tool("host_check", options),
        _ => usage!("no such command; `cargo xtask help` lists them"),
    }
}
