//! `gpu-carbon`: see the library.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Context;
use gpu_carbon_cli::{CANNOT_WRITE, UsageError, sanitize, write};

/// 0 with the answer on standard output, 2 when what was given cannot be used, 1 for anything else.
fn main() -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    let written =
        write(std::env::args_os(), &mut out).and_then(|()| out.flush().context(CANNOT_WRITE));
    let Err(error) = written else { return ExitCode::SUCCESS };
    let is_enough = |error: &io::Error| error.kind() == ErrorKind::BrokenPipe;
    if error.downcast_ref().is_some_and(is_enough) {
        return ExitCode::SUCCESS; // whoever reads has seen enough, as `head` does
    }
    #[allow(clippy::print_stderr)] // the one line that says why
    {
        eprintln!("gpu-carbon: {}", sanitize(&format!("{error:#}")));
    }
    if error.is::<UsageError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}
