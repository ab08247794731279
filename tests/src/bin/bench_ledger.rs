//! Measures the costs of a year of 16 GPUs in the ledger.
//!
//! ```sh
//! cargo run --release -p gpu-carbon-tests --bin bench_ledger [-- --keep FILE]
//! ```

use std::path::Path;

use anyhow::{Result, bail, ensure};
use gpu_carbon_tests::bench::ledger::{measure, verdicts, year};

#[allow(clippy::print_stdout, reason = "the answer that was asked for")]
fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let folder = tempfile::tempdir()?;
    let made = folder.path().join("ledger.db");
    let path = match words[..] {
        [] => &made,
        ["--keep", path] => Path::new(path),
        _ => bail!(
            "unknown option {}; allowed: --keep FILE, which leaves the ledger there",
            words.join(" ")
        ),
    };
    ensure!(!path.exists(), "{} is there already", path.display());
    if cfg!(debug_assertions) {
        report_progress("this is no release build: the numbers mean little");
    }
    let books = year::make(path, &report_progress)?;
    let measured = measure::measure(path, books)?;
    println!("{}", measure::table(&measured));
    for verdict in verdicts(&measured) {
        println!("{verdict}");
    }
    Ok(())
}

#[allow(clippy::print_stderr, reason = "progress, apart from the answer")]
fn report_progress(text: &str) {
    eprintln!("{text}");
}
