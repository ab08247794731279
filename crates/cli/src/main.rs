//! `gpu-carbon`: the program of the library.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Context;
use gpu_carbon_cli::{CANNOT_WRITE, UsageError, sanitize, write};

/// Runs the command line. Exit status: 0 with the output on standard output, 2 for a command line or a file that cannot be
/// used, 1 for any other error.
fn main() -> ExitCode {
    let mut out = BufWriter::new(io::stdout().lock());
    let written =
        write(std::env::args_os(), &mut out).and_then(|()| out.flush().context(CANNOT_WRITE));
    let Err(error) = written else { return ExitCode::SUCCESS };
    let reader_has_left = |error: &io::Error| error.kind() == ErrorKind::BrokenPipe;
    if error.downcast_ref().is_some_and(reader_has_left) {
        return ExitCode::SUCCESS; // such as `head`, after its last line
    }
    #[allow(clippy::print_stderr, reason = "a program reports its error on standard error")]
    {
        eprintln!("gpu-carbon: {}", sanitize(&format!("{error:#}")));
    }
    if error.is::<UsageError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}
