//! Measures the costs of the planner beside CATS and the same programme in numpy.
//!
//! ```sh
//! cargo run --release -p gpu-carbon-tests --bin bench_planner [-- --quick]
//! ```

use std::time::Duration;

use anyhow::{Result, bail};
use gpu_carbon_tests::bench::planner::goals::{Measurements, verdicts};
use gpu_carbon_tests::bench::planner::measure::{Effort, Results};
use gpu_carbon_tests::bench::planner::peers::Peers;
use gpu_carbon_tests::bench::planner::{memory, report, trace, year};

#[allow(clippy::print_stdout, reason = "the answer that was asked for")]
fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let each = match words[..] {
        [] => Duration::from_secs(2),
        ["--quick"] => Duration::from_millis(200),
        [memory::ARGUMENT, what] => {
            println!("{}", memory::measure_here(what)?);
            return Ok(());
        }
        _ => bail!(
            "unknown option {}; allowed: --quick, which measures each for 0.2 s, not 2 s",
            words.join(" ")
        ),
    };
    if cfg!(debug_assertions) {
        progress("this is no release build: the numbers mean little");
    }
    let peers = Peers::install(&progress);
    if let Err(error) = &peers {
        progress(&format!("going on without CATS and numpy: {error:#}"));
    }
    let (peers, effort) = (peers.ok(), Effort { each });
    let measure = |trace| Results::measure(&trace, peers.as_ref(), effort, &progress);
    let traces = trace::all()?.into_iter().map(measure).collect::<Result<Vec<_>>>()?;
    let year = year::measure(effort, &progress)?;
    progress("planning a year");
    let (large_plan, large_value) = (memory::measure("plan")?, memory::measure("value")?);
    let all = Measurements { traces, year, large_plan, large_value };
    for table in report::tables(&all) {
        println!("{table}");
    }
    println!("{}", report::NOTES);
    for verdict in verdicts(&all) {
        println!("{verdict}");
    }
    Ok(())
}

#[allow(clippy::print_stderr, reason = "progress, apart from the answer")]
fn progress(text: &str) {
    eprintln!("{text}");
}
