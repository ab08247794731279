//! `gpu-carbon`: see the library.

use std::io::{ErrorKind, Write};
use std::process::ExitCode;

use gpu_carbon_cli::{Refusal, printable, run};

/// 0 with the answer on standard output, 2 when what was given cannot be used, 1 for anything else.
fn main() -> ExitCode {
    let error = match run(std::env::args_os()) {
        Ok(answer) => match std::io::stdout().write_all(answer.as_bytes()) {
            Ok(()) => return ExitCode::SUCCESS,
            // Whoever reads has seen enough, as `head` does.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Err(error) => anyhow::Error::new(error).context("cannot write the answer"),
        },
        Err(error) => error,
    };
    #[allow(clippy::print_stderr)] // the one line that says why
    {
        eprintln!("gpu-carbon: {}", printable(&format!("{error:#}")));
    }
    if error.is::<Refusal>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}
