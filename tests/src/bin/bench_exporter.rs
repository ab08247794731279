//! Measures the costs of the exporter beside other exporters on the same fake GPUs.
//!
//! ```sh
//! cargo run --release -p gpu-carbon-tests --bin bench_exporter [-- --quick]
//! ```

use std::time::Duration;

use anyhow::{Result, bail};
use gpu_carbon_tests::bench::exporter::goals::GOALS;
use gpu_carbon_tests::bench::exporter::install::install;
use gpu_carbon_tests::bench::exporter::measure::{Effort, Results};
use gpu_carbon_tests::bench::exporter::program::{Kind, Program};
use gpu_carbon_tests::bench::exporter::report;

/// Numbers of GPUs to measure with, each with whether one of them hangs.
const MACHINES: [(usize, bool); 2] = [(8, true), (16, false)];

#[allow(clippy::print_stdout, reason = "the answer that was asked for")]
fn main() -> Result<()> {
    let mut idle = Duration::from_secs(60);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--quick" => idle = Duration::from_secs(15),
            other => {
                bail!(
                    "unknown option {other}; allowed: --quick, which watches idle exporters for 15 s, not 60 s"
                )
            }
        }
    }
    if cfg!(debug_assertions) {
        report_progress(
            "this is no release build, and neither is the exporter: the numbers mean little",
        );
    }
    let effort = Effort { idle, scrapes: 1000, starts: 5 };

    let mut programs = vec![Program::gpu_carbon()?];
    for kind in [Kind::Nvitop, Kind::NvidiaGpu] {
        match install(kind, &report_progress) {
            Ok(program) => programs.push(program),
            Err(error) => report_progress(&format!("going on without {}: {error:#}", kind.name())),
        }
    }
    let measure = |(gpus, hang)| Results::measure(&programs, gpus, hang, effort, &report_progress);
    let all = MACHINES.into_iter().map(measure).collect::<Result<Vec<_>>>()?;
    for results in &all {
        println!("{}", report::table(results));
    }
    for program in &programs {
        println!("{}: {}", program.kind.name(), program.kind.sampling());
    }
    println!("{}", report::NOTES);
    for goal in GOALS {
        println!("{}", goal.verdict(&all));
    }
    Ok(())
}

#[allow(clippy::print_stderr, reason = "progress, apart from the answer")]
fn report_progress(text: &str) {
    eprintln!("{text}");
}
