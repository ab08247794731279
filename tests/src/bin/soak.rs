//! Runs a soak: everything at once, and the exporter killed again and again; or faults of meters, driver and log; or jobs and pods
//! that come and go.
//!
//! ```sh
//! cargo run -p gpu-carbon-tests --bin soak [-- --scenario driver --seconds 60 --seed 1]
//! ```

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use gpu_carbon_tests::bench::table::Table;
use gpu_carbon_tests::soak::plan::Options;
use gpu_carbon_tests::soak::report::Check;
use gpu_carbon_tests::soak::run::end_of;
use gpu_carbon_tests::soak::{attribution, driver};

/// Average seconds between two kills.
const LIFETIME: u32 = 3;

/// The soak that is run, and its length.
#[derive(Debug, Clone, Copy)]
enum Scenario {
    /// Everything at once, and the exporter killed again and again.
    Restarts(Options),
    /// Faults of meters, driver and log, and an operator, while one exporter runs.
    Driver(driver::Options),
    /// Jobs and pods that come and go, while the exporter is killed and intensities are revised.
    Attribution(attribution::Options),
}

impl Scenario {
    fn seed(self) -> u64 {
        match self {
            Scenario::Restarts(options) => options.seed,
            Scenario::Driver(options) => options.seed,
            Scenario::Attribution(options) => options.seed,
        }
    }

    /// Runs it, and returns the report and the exporters' log.
    fn run(self) -> Result<(Table, Vec<Check>, String)> {
        let (report, log) = match self {
            Scenario::Restarts(options) => {
                let outcome = options.run(&report_progress)?;
                (outcome.report()?, outcome.log)
            }
            Scenario::Driver(options) => {
                let outcome = options.run(&report_progress)?;
                (outcome.report()?, outcome.log)
            }
            Scenario::Attribution(options) => {
                let outcome = options.run(&report_progress)?;
                (outcome.report()?, outcome.log)
            }
        };
        Ok((report.0, report.1, log))
    }
}

#[allow(clippy::print_stdout, reason = "the answer that was asked for")]
fn main() -> Result<ExitCode> {
    let scenario = scenario(std::env::args().skip(1))?;
    let (table, checks, log) = scenario.run()?;
    println!("{table}");
    checks.iter().for_each(|check| println!("{check}"));
    let all = checks.iter().all(|check| check.holds);
    if !all {
        report_progress(&format!("the exporters' log ends with:\n{}", end_of(&log)));
    }
    println!("{} (--seed {})", if all { "all holds" } else { "BROKEN" }, scenario.seed());
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads the options. Of the scenario with restarts, the first half of the time is calm; in the second half, exporters
/// are killed. Without restarts, all of it is calm.
fn scenario(mut arguments: impl Iterator<Item = String>) -> Result<Scenario> {
    let (mut seconds, mut restarts, mut lifetime, mut seed) = (60, None, None, None);
    let mut name = "restarts".to_owned();
    while let Some(key) = arguments.next() {
        let value = arguments.next();
        let number = |least: u32| -> Result<u32> {
            let number = value.as_ref().and_then(|value| value.parse().ok());
            let number = number.filter(|&number| number >= least);
            number.with_context(|| format!("{key} needs a whole number of {least} or more"))
        };
        match key.as_str() {
            "--scenario" => {
                name = match value.as_deref() {
                    Some(known @ ("restarts" | "driver" | "attribution")) => known.to_owned(),
                    _ => bail!("--scenario needs `restarts`, `driver` or `attribution`"),
                }
            }
            "--seconds" => seconds = number(2)?,
            "--restarts" => restarts = Some(number(0)?),
            "--restart-every" => lifetime = Some(number(1)?),
            "--seed" => seed = Some(number(0)?.into()),
            other => {
                bail!(
                    "unknown option {other}; allowed: --scenario, --seconds, --restarts, --restart-every, --seed"
                )
            }
        }
    }
    let seed = seed.unwrap_or_else(|| fastrand::u32(..).into());
    if name != "restarts" {
        ensure!(
            restarts.is_none() && lifetime.is_none(),
            "--scenario {name} has no such restarts: leave out --restarts and --restart-every"
        );
        let span = Duration::from_secs(seconds.into());
        return Ok(match name.as_str() {
            "driver" => Scenario::Driver(driver::Options { seed, span }),
            _ => Scenario::Attribution(attribution::Options { seed, span }),
        });
    }
    let lifetime = lifetime.unwrap_or(LIFETIME);
    let restarts = restarts.unwrap_or(seconds.div_ceil(2) / lifetime);
    let calm = if restarts == 0 { seconds } else { seconds / 2 };
    Ok(Scenario::Restarts(Options {
        seed,
        calm: Duration::from_secs(calm.into()),
        restarts,
        lifetime: Duration::from_secs(lifetime.into()),
    }))
}

#[allow(clippy::print_stderr, reason = "progress, apart from the answer")]
fn report_progress(text: &str) {
    eprintln!("{text}");
}
