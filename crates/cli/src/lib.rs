//! `gpu-carbon`: the time and place at which a GPU job emits least, and the emissions of GPUs so far.
//!
//! [`args`] reads the command line, with the help of [`value_parsers`] and [`flag_enums`]; [`region`] opens the carbon
//! intensity of each region. [`plan`], [`evaluate`] and [`simulate`] ask the core, and return its answer as text, JSON,
//! CSV or a drawing. [`report`] reads the exporter's ledger. [`pull`] is the only command that uses the network: it
//! downloads history into files that the others read. The core computes emissions, and the ledger adds them up; this
//! crate computes nothing.

pub mod args;
mod clock;
pub mod evaluate;
pub mod flag_enums;
mod output;
mod paper;
pub mod plan;
mod progress;
pub mod pull;
pub mod region;
pub mod regions;
pub mod report;
mod sanitize;
pub mod simulate;
mod svg;
pub mod time_zone;
mod usage_error;
pub mod value_parsers;

use std::ffi::OsString;
use std::io::Write;

use anyhow::Context;

pub use output::CANNOT_WRITE;
pub use sanitize::sanitize;
pub use usage_error::UsageError;

use args::{Args, Command, Parsed};

/// Runs a command line, which begins with the program's name, and returns its output.
///
/// # Errors
///
/// A [`UsageError`] when an argument or a file cannot be used; another error for anything else.
pub fn run(command_line: impl IntoIterator<Item = OsString>) -> anyhow::Result<String> {
    let mut output = Vec::new();
    write(command_line, &mut output)?;
    Ok(String::from_utf8(output)?)
}

/// Runs a command line as [`run`] does, and writes its output; a long one piece by piece.
///
/// # Errors
///
/// The errors of [`run`], and an [`io::Error`](std::io::Error) where the output cannot be written.
pub fn write(
    command_line: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let answer = match Args::read(command_line)? {
        Parsed::Help(text) => text,
        Parsed::Command(Args { command }) => match command {
            Command::Regions(args) => regions::run(&args)?,
            Command::Plan(args) => plan::run(&args)?,
            Command::Evaluate(args) => evaluate::run(&args)?,
            Command::Simulate(args) => simulate::run(&args)?,
            Command::Pull(args) => pull::run(&args)?,
            Command::Report(args) => return report::write(&args, out),
        },
    };
    out.write_all(answer.as_bytes()).context(CANNOT_WRITE)
}
