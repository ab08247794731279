//! `gpu-carbon`: when and where a GPU job emits least, and what GPUs have emitted.
//!
//! A question's way: [`args`] says what may be asked, [`value_parsers`] reads its parts, [`region`] opens the
//! intensity of each region. [`plan`], [`evaluate`] and [`simulate`] ask the core and write its answer, for
//! people, for programs, or as a drawing.
//! [`pull`] alone asks the network: it fetches history into the files that the others read. [`report`] asks the
//! exporter's ledger.
//! What emits how much is the core's to say, and what that adds up to the ledger's: nothing is computed here.

pub mod args;
pub mod evaluate;
pub mod flag_enums;
mod format;
pub mod plan;
mod progress;
pub mod pull;
pub mod region;
pub mod report;
mod sanitize;
mod sheet;
pub mod simulate;
mod svg;
pub mod time_zone;
mod usage_error;
pub mod value_parsers;

use std::ffi::OsString;
use std::io::Write;

use anyhow::Context;

pub use sanitize::sanitize;
pub use usage_error::UsageError;

use args::{Args, Command};

/// Answers a command line, the program's name first.
///
/// # Errors
///
/// A [`UsageError`] when what was given cannot be used; another error for anything else.
pub fn run(command_line: impl IntoIterator<Item = OsString>) -> anyhow::Result<String> {
    let mut answer = Vec::new();
    write(command_line, &mut answer)?;
    Ok(String::from_utf8(answer)?)
}

/// Writes the answer to a command line, as [`run`] gives it; a long one while it is made.
///
/// # Errors
///
/// As those of [`run`]; an [`io::Error`](std::io::Error) where the answer cannot be written.
pub fn write(
    command_line: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let answer = match Args::read(command_line)? {
        args::Asked::Help(text) => text,
        args::Asked::Answer(Args { command }) => match command {
            Command::Plan(args) => plan::run(&args)?,
            Command::Evaluate(args) => evaluate::run(&args)?,
            Command::Simulate(args) => simulate::run(&args)?,
            Command::Pull(args) => pull::run(&args)?,
            Command::Report(args) => return report::write(&args, out),
        },
    };
    out.write_all(answer.as_bytes()).context(CANNOT_WRITE)
}

/// What an error says first where the answer cannot be written.
pub const CANNOT_WRITE: &str = "cannot write the answer";
