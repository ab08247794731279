//! `gpu-carbon`: the time and place at which a GPU job emits least, and the emissions of GPUs so far.
//!
//! [`args`] reads the command line, with the help of [`value_parsers`], [`time_arg`] and [`flag_enums`]; [`region`] opens the
//! carbon intensity of each region, and `region_data` finds that of cloud regions. [`plan`], [`evaluate`] and [`simulate`] ask
//! the core, and return its answer as text, JSON, CSV or a drawing. [`report`] reads the exporter's ledger. [`pull`] downloads
//! history into files that the others read; besides it, only [`plan`] and [`when`] use the
//! network, for cloud regions and exporters. The core computes
//! emissions, and the ledger adds them up; this crate computes nothing.

pub mod args;
mod clock;
mod credentials;
pub mod evaluate;
mod exporter_region;
pub mod flag_enums;
pub mod gaps;
mod input;
pub mod job;
mod output;
mod paper;
mod parallel;
pub mod plan;
mod progress;
pub mod pull;
pub mod region;
mod region_data;
pub mod regions;
pub mod report;
mod sanitize;
pub mod simulate;
mod svg;
pub mod time_arg;
pub mod time_zone;
mod usage_error;
pub mod value_parsers;
pub mod when;

use std::ffi::OsString;
use std::io::Write;

use anyhow::Context;

pub use output::CANNOT_WRITE;
pub use sanitize::sanitize;
pub use usage_error::UsageError;
pub use when::UnknownError;

use args::{Args, Command, Parsed};

/// The end of a command that could be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The basis of the answer, for standard error: a line each.
    pub remarks: Vec<String>,
    /// False where the answer to a question is no: exit status 1.
    pub is_yes: bool,
}

/// Runs a command line, which begins with the program's name, and returns its output.
///
/// # Errors
///
/// A [`UsageError`] when an argument or a file cannot be used; [`UnknownError`] when nobody knows the intensity; another error for anything
/// else.
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
) -> anyhow::Result<Completion> {
    let mut completion = Completion { remarks: Vec::new(), is_yes: true };
    let answer = match Args::read(command_line)? {
        Parsed::Help(text) => text,
        Parsed::Command(Args { command }) => match command {
            Command::Regions(args) => regions::run(&args)?,
            Command::Plan(args) => plan::run(&args)?,
            Command::When(args) => {
                let when::Answer { text, remarks, is_yes } = when::run(&args)?;
                completion = Completion { remarks, is_yes };
                text
            }
            Command::Evaluate(args) => evaluate::run(&args)?,
            Command::Simulate(args) => simulate::run(&args)?,
            Command::Pull(args) => pull::run(&args)?,
            Command::Job(args) => job::run(&args)?,
            Command::Report(args) => {
                report::write(&args, out)?;
                return Ok(completion);
            }
        },
    };
    out.write_all(answer.as_bytes()).context(CANNOT_WRITE)?;
    Ok(completion)
}
