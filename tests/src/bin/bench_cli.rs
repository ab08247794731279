//! Measures the time that `gpu-carbon plan` takes for cloud regions.
//!
//! ```sh
//! cargo run --release -p gpu-carbon-tests --bin bench_cli [-- --quick]
//! ```

use anyhow::{Result, bail};
use gpu_carbon_tests::bench::cli;
use gpu_carbon_tests::exporter::build;

#[allow(clippy::print_stdout, reason = "the answer that was asked for")]
fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let runs = match words[..] {
        [] => 41,
        ["--quick"] => 9,
        _ => bail!("unknown option {}; allowed: --quick, for 9 runs, not 41", words.join(" ")),
    };
    if cfg!(debug_assertions) {
        report_progress("this is no release build: the numbers mean little");
    }
    let timed = cli::measure(&build("gpu-carbon-cli", "gpu-carbon")?, runs)?;
    println!("{}", cli::table(&timed));
    for verdict in cli::verdicts(&timed) {
        println!("{verdict}");
    }
    Ok(())
}

#[allow(clippy::print_stderr, reason = "progress, apart from the answer")]
fn report_progress(text: &str) {
    eprintln!("{text}");
}
