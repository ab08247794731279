//! `gpu-carbon`: the program of the library.

use std::io::{self, BufWriter, ErrorKind, Write};
use std::process::ExitCode;

use anyhow::Context;
use gpu_carbon_cli::{CANNOT_WRITE, Completion, UnknownError, UsageError, guard, sanitize, write};

/// The exit status of `run` where it fails itself, as that of timeout(1): a lower one may be that of its command.
const OWN_FAILURE: u8 = 125;

/// The exit status where nobody knows the intensity: `EX_TEMPFAIL` of sysexits.h.
const UNKNOWN: u8 = 75;

/// Runs the command line. Exit status: 0 with the output on standard output; 1 where the answer is no, and for any other error; 2 for
/// a command line or a file that cannot be used; 75 where nobody knows the intensity. That of `run` is the status of its command, or 125
/// for an error of its own.
fn main() -> ExitCode {
    let mut words = std::env::args_os().skip(1);
    let command = words.next().unwrap_or_default();
    if command == guard::ARGUMENT {
        return guard::main(words);
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let written = write(std::env::args_os(), &mut out)
        .and_then(|end| out.flush().context(CANNOT_WRITE).map(|()| end));
    let error = match written {
        Ok(Completion { remarks, status }) => {
            remarks.iter().for_each(|remark| report(remark));
            return ExitCode::from(status);
        }
        Err(error) => error,
    };
    let reader_has_left = |error: &io::Error| error.kind() == ErrorKind::BrokenPipe;
    if error.downcast_ref().is_some_and(reader_has_left) {
        return ExitCode::SUCCESS; // such as `head`, after its last line
    }
    report(&format!("{error:#}"));
    match error {
        error if error.is::<UnknownError>() => ExitCode::from(UNKNOWN),
        _ if command == "run" => ExitCode::from(OWN_FAILURE),
        error if error.is::<UsageError>() => ExitCode::from(2),
        _ => ExitCode::FAILURE,
    }
}

#[allow(clippy::print_stderr, reason = "a program reports its error on standard error")]
fn report(text: &str) {
    eprintln!("gpu-carbon: {}", sanitize(text));
}
