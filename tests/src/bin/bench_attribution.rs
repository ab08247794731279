//! Measures what it costs to divide energy among the holders of GPUs.
//!
//! ```sh
//! cargo run --release -p gpu-carbon-tests --bin bench_attribution [-- --quick | --seconds 30]
//! ```

use anyhow::{Context, Result, bail};
use gpu_carbon_tests::bench::attribution::Results;

/// The seconds of a short measurement.
const QUICK: u32 = 10;

#[allow(clippy::print_stdout, reason = "the answer that was asked for")]
fn main() -> Result<()> {
    let mut seconds = 30;
    let mut arguments = std::env::args().skip(1);
    while let Some(key) = arguments.next() {
        if key == "--quick" {
            seconds = QUICK;
            continue;
        }
        if key != "--seconds" {
            bail!("unknown option {key}; allowed: --quick, --seconds");
        }
        let number = arguments.next().and_then(|value| value.parse().ok()).filter(|&it| it > 0);
        seconds = number.context("--seconds needs a whole number above 0")?;
    }
    if cfg!(debug_assertions) {
        report_progress(
            "this is no release build, and neither is the exporter: the numbers mean little",
        );
    }
    let results = Results::measure(seconds, &report_progress)?;
    println!("{}", results.table());
    results.verdicts().iter().for_each(|verdict| println!("{verdict}"));
    Ok(())
}

#[allow(clippy::print_stderr, reason = "progress, apart from the answer")]
fn report_progress(text: &str) {
    eprintln!("{text}");
}
