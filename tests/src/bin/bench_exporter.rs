//! Measures what the exporter costs, beside other exporters on the same fake GPUs.
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

/// With how many GPUs to measure, and whether one is to hang.
const MACHINES: [(usize, bool); 2] = [(8, true), (16, false)];

#[allow(clippy::print_stdout)] // the answer that was asked for
fn main() -> Result<()> {
    let mut idle = Duration::from_secs(60);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--quick" => idle = Duration::from_secs(15),
            other => {
                bail!("{other} is not known; --quick watches exporters idle for 15 s, not 60 s")
            }
        }
    }
    if cfg!(debug_assertions) {
        say("this is no release build, and neither is the exporter: the numbers say little");
    }
    let effort = Effort { idle, scrapes: 1000, starts: 5 };

    let mut programs = vec![Program::gpu_carbon()?];
    for kind in [Kind::Nvitop, Kind::NvidiaGpu] {
        match install(kind, &say) {
            Ok(program) => programs.push(program),
            Err(error) => say(&format!("going on without {}: {error:#}", kind.name())),
        }
    }
    let measure = |(gpus, hang)| Results::measure(&programs, gpus, hang, effort, &say);
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

#[allow(clippy::print_stderr)] // progress, apart from the answer
fn say(what: &str) {
    eprintln!("{what}");
}
