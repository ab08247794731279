//! The program `gpu-carbon-exporter`. The library holds all of its parts.

use std::process::ExitCode;

use gpu_carbon_exporter::args::Args;
use gpu_carbon_exporter::{UsageError, run, write_last_line};

/// Runs the exporter. The exit status is 0 after SIGTERM or SIGINT, 2 if a flag or the configuration cannot be used,
/// and 1 after any other error.
fn main() -> ExitCode {
    match run(&Args::from_command_line(std::env::args_os())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            write_last_line(&format!("gpu-carbon-exporter: {error:#}"));
            if error.is::<UsageError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}
