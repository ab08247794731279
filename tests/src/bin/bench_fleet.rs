//! Measures the rules and the dashboard of `deploy/` at the size of a fleet.
//!
//! ```sh
//! cargo run --release -p gpu-carbon-tests --bin bench_fleet [-- --quick]
//! ```

use anyhow::{Result, bail};
use gpu_carbon_tests::bench::fleet::{measure, report};

#[allow(clippy::print_stdout, reason = "the answer that was asked for")]
fn main() -> Result<()> {
    let mut hosts = 1_000;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--quick", None) => hosts = 100,
            ("--hosts", Some(count)) if matches!(count.parse(), Ok(1..=10_000)) => {
                hosts = count.parse()?;
            }
            (other, _) => bail!(
                "unknown option {other}; allowed: --quick, which is --hosts 100, and --hosts with 1 to 10000"
            ),
        }
    }
    if cfg!(debug_assertions) {
        report_progress("this is no release build: its pages are slow");
    }
    let measured = measure::measure(hosts, &report_progress)?;
    for table in report::tables(&measured) {
        println!("{table}");
    }
    for verdict in report::verdicts(&measured) {
        println!("{verdict}");
    }
    Ok(())
}

#[allow(clippy::print_stderr, reason = "progress, apart from the answer")]
fn report_progress(text: &str) {
    eprintln!("{text}");
}
