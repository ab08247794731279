//! Measures the exporter under many scrapes a second, and beside many idle connections.
//!
//! ```sh
//! cargo run --release -p gpu-carbon-tests --bin bench_load [-- --seconds 30 --rate 10000]
//! ```

use std::time::Duration;

use anyhow::{Context, Result, bail};
use gpu_carbon_tests::bench::load::bare;
use gpu_carbon_tests::bench::load::measure::{Effort, Results};
use gpu_carbon_tests::bench::load::report;

#[allow(clippy::print_stdout, reason = "the answer that was asked for")]
fn main() -> Result<()> {
    let mut effort =
        Effort { rate: 10_000, connections: 64, idle: 2_000, span: Duration::from_secs(30) };
    let mut arguments = std::env::args().skip(1);
    while let Some(key) = arguments.next() {
        let mut number = || -> Result<u32> {
            let number = arguments.next().and_then(|value| value.parse().ok()).filter(|&it| it > 0);
            number.with_context(|| format!("{key} needs a whole number above 0"))
        };
        match key.as_str() {
            bare::ARGUMENT => {
                let body = arguments.next().with_context(|| format!("{key} needs a file"))?;
                return bare::serve(body.as_ref());
            }
            "--seconds" => effort.span = Duration::from_secs(number()?.into()),
            "--rate" => effort.rate = number()?,
            "--connections" => effort.connections = number()?,
            "--idle" => effort.idle = number()?,
            other => {
                bail!("unknown option {other}; allowed: --seconds, --rate, --connections, --idle")
            }
        }
    }
    if cfg!(debug_assertions) {
        report_progress(
            "this is no release build, and neither is the exporter: the numbers mean little",
        );
    }
    let results = Results::measure(effort, &report_progress)?;
    println!("{}\n{}", report::table(&results), report::NOTES);
    report::verdicts(&results).iter().for_each(|verdict| println!("{verdict}"));
    Ok(())
}

#[allow(clippy::print_stderr, reason = "progress, apart from the answer")]
fn report_progress(text: &str) {
    eprintln!("{text}");
}
