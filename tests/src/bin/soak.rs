//! Runs a soak: everything at once, and the exporter killed again and again.
//!
//! ```sh
//! cargo run -p gpu-carbon-tests --bin soak [-- --seconds 60 --seed 1]
//! ```

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use gpu_carbon_tests::soak::plan::Options;
use gpu_carbon_tests::soak::run::end_of;

/// Average seconds between two kills.
const LIFETIME: u32 = 3;

#[allow(clippy::print_stdout, reason = "the answer that was asked for")]
fn main() -> Result<ExitCode> {
    let options = options(std::env::args().skip(1))?;
    let outcome = options.run(&report_progress)?;
    let (table, checks) = outcome.report()?;
    println!("{table}");
    checks.iter().for_each(|check| println!("{check}"));
    let all = checks.iter().all(|check| check.holds);
    if !all {
        report_progress(&format!("the exporters' log ends with:\n{}", end_of(&outcome.log)));
    }
    println!("{} (--seed {})", if all { "all holds" } else { "BROKEN" }, options.seed);
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Reads the options. The first half of the time is calm; in the second half, exporters are killed. Without restarts, all
/// of it is calm.
fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let (mut seconds, mut restarts, mut lifetime, mut seed) = (60, None, LIFETIME, None);
    while let Some(key) = arguments.next() {
        let value = arguments.next();
        let number = |least: u32| -> Result<u32> {
            let number = value.as_ref().and_then(|value| value.parse().ok());
            let number = number.filter(|&number| number >= least);
            number.with_context(|| format!("{key} needs a whole number of {least} or more"))
        };
        match key.as_str() {
            "--seconds" => seconds = number(2)?,
            "--restarts" => restarts = Some(number(0)?),
            "--restart-every" => lifetime = number(1)?,
            "--seed" => seed = Some(number(0)?.into()),
            other => {
                bail!(
                    "unknown option {other}; allowed: --seconds, --restarts, --restart-every, --seed"
                )
            }
        }
    }
    let restarts = restarts.unwrap_or(seconds.div_ceil(2) / lifetime);
    let calm = if restarts == 0 { seconds } else { seconds / 2 };
    Ok(Options {
        seed: seed.unwrap_or_else(|| fastrand::u32(..).into()),
        calm: Duration::from_secs(calm.into()),
        restarts,
        lifetime: Duration::from_secs(lifetime.into()),
    })
}

#[allow(clippy::print_stderr, reason = "progress, apart from the answer")]
fn report_progress(text: &str) {
    eprintln!("{text}");
}
