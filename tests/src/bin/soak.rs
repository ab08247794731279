//! Everything at once, and the exporter killed again and again.
//!
//! ```sh
//! cargo run -p gpu-carbon-tests --bin soak [-- --seconds 60 --seed 1]
//! ```

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use gpu_carbon_tests::soak::plan::Options;
use gpu_carbon_tests::soak::run::end_of;

/// How long each exporter lives that is to be killed, on average.
const LIFE: u32 = 3;

#[allow(clippy::print_stdout)] // the answer that was asked for
fn main() -> Result<ExitCode> {
    let options = options(std::env::args().skip(1))?;
    let outcome = options.run(&say)?;
    let (table, checks) = outcome.report()?;
    println!("{table}");
    checks.iter().for_each(|check| println!("{check}"));
    let all = checks.iter().all(|check| check.holds);
    if !all {
        say(&format!("the exporters' log ends with:\n{}", end_of(&outcome.log)));
    }
    println!("{} (--seed {})", if all { "all holds" } else { "BROKEN" }, options.seed);
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Half of the time is calm, or all of it where nobody is to be killed; in the other half, exporters are killed.
fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let (mut seconds, mut restarts, mut life, mut seed) = (60, None, LIFE, None);
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
            "--restart-every" => life = number(1)?,
            "--seed" => seed = Some(number(0)?.into()),
            other => {
                bail!("{other} is not known; --seconds, --restarts, --restart-every and --seed are")
            }
        }
    }
    let restarts = restarts.unwrap_or(seconds.div_ceil(2) / life);
    let calm = if restarts == 0 { seconds } else { seconds / 2 };
    Ok(Options {
        seed: seed.unwrap_or_else(|| fastrand::u32(..).into()),
        calm: Duration::from_secs(calm.into()),
        restarts,
        life: Duration::from_secs(life.into()),
    })
}

#[allow(clippy::print_stderr)] // progress, apart from the answer
fn say(what: &str) {
    eprintln!("{what}");
}
