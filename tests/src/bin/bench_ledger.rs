//! Measures what a year of 16 GPUs costs in the ledger.
//!
//! ```sh
//! cargo run --release -p gpu-carbon-tests --bin bench_ledger [-- --keep FILE]
//! ```

use std::path::Path;

use anyhow::{Result, bail, ensure};
use gpu_carbon_tests::bench::ledger::{measure, verdicts, year};

#[allow(clippy::print_stdout)] // the answer that was asked for
fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let folder = tempfile::tempdir()?;
    let made = folder.path().join("ledger.db");
    let path = match words[..] {
        [] => &made,
        ["--keep", path] => Path::new(path),
        _ => bail!("{} is not known; --keep FILE leaves the ledger there", words.join(" ")),
    };
    ensure!(!path.exists(), "{} is there already", path.display());
    if cfg!(debug_assertions) {
        say("this is no release build: the numbers say little");
    }
    let books = year::make(path, &say)?;
    let measured = measure::measure(path, books)?;
    println!("{}", measure::table(&measured));
    for verdict in verdicts(&measured) {
        println!("{verdict}");
    }
    Ok(())
}

#[allow(clippy::print_stderr)] // progress, apart from the answer
fn say(what: &str) {
    eprintln!("{what}");
}
