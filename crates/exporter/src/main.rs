//! `gpu-carbon-exporter`: see the library.

use std::process::ExitCode;

use clap::Parser;
use gpu_carbon_exporter::args::Args;
use gpu_carbon_exporter::{UsageError, run};

/// 0 when it ended as it was asked to, 2 when what the operator gave cannot be used, 1 for anything else.
fn main() -> ExitCode {
    let Err(error) = run(&Args::parse()) else {
        return ExitCode::SUCCESS;
    };
    #[allow(clippy::print_stderr)] // the one line that says why
    {
        eprintln!("gpu-carbon-exporter: {error:#}");
    }
    if error.is::<UsageError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}
