//! `gpu-carbon`: the time and place at which a GPU job emits least, and the emissions of GPUs so far.
//!
//! [`args`] reads the command line, with the help of [`value_parsers`], [`time_arg`] and [`flag_enums`]; [`region`] opens the
//! carbon intensity of each region, and `region_data` finds that of cloud regions. [`plan`], [`evaluate`] and [`simulate`] ask
//! the core, and return its answer as text, JSON, CSV or a drawing. [`report`], [`job`] and [`sci`] read the exporter's ledger. [`pull`]
//! downloads history into files that the others read; besides it, only [`plan`], [`when`], [`wait`] and [`run`](mod@run) use the
//! network, for cloud regions and exporters. [`run`](mod@run) carries out what the state machine of the core decides: `process` has
//! the processes of a job, `watch` the intensity of its grid, `journal` and `history` what it did, which [`runs`] shows. [`slurm`]
//! runs Slurm's clients. The core computes emissions, and the ledger
//! adds them up; this crate computes nothing.

pub mod args;
mod background;
mod clock;
mod credentials;
pub mod evaluate;
mod exporter_region;
pub mod flag_enums;
pub mod gaps;
pub mod grid;
mod history;
mod input;
pub mod job;
mod journal;
mod notes;
mod output;
mod paper;
mod parallel;
pub mod plan;
mod process;
mod progress;
pub mod pull;
mod record_document;
pub mod region;
mod region_data;
pub mod regions;
pub mod report;
pub mod run;
pub mod runs;
mod sanitize;
pub mod sci;
pub mod simulate;
pub mod slurm;
mod svg;
pub mod time_arg;
pub mod time_zone;
mod usage_error;
pub mod value_parsers;
pub mod wait;
mod watch;
pub mod when;
mod yaml;

use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use anyhow::Context;

pub use grid::UnknownError;
pub use output::CANNOT_WRITE;
pub use process::guard;
pub use sanitize::sanitize;
pub use usage_error::UsageError;

use args::{Args, Command, Parsed};

/// The end of a command that could be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The basis of the answer, for standard error: a line each.
    pub remarks: Vec<String>,
    /// The exit status: 1 where the answer to a question is no, and that of a command that was run.
    pub status: u8,
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

/// Runs a command line as [`run()`] does, and writes its output; a long one piece by piece.
///
/// # Errors
///
/// The errors of [`run()`], and an [`io::Error`](std::io::Error) where the output cannot be written.
pub fn write(
    command_line: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
) -> anyhow::Result<Completion> {
    let mut completion = Completion { remarks: Vec::new(), status: 0 };
    let words: Vec<OsString> = command_line.into_iter().collect();
    let answer = match Args::read(words.iter().cloned())? {
        Parsed::Help(text) => text,
        Parsed::Command(Args { command }) => match command {
            Command::Regions(args) => regions::run(&args)?,
            Command::Plan(args) => plan::run(&args)?,
            Command::When(args) => {
                let when::Answer { text, remarks, is_yes } = when::run(&args)?;
                completion = Completion { remarks, status: u8::from(!is_yes) };
                text
            }
            Command::Run(args) => {
                let words = words.get(2..).unwrap_or_default();
                completion.status = match &args.resume {
                    Some(id) => resume(id, args.state.as_deref())?,
                    None => run::run(&args, words, out)?,
                };
                String::new()
            }
            Command::Wait(args) => {
                completion.status = wait::run(&args)?;
                String::new()
            }
            Command::Runs(args) => runs::run(&args)?,
            Command::Evaluate(args) => evaluate::run(&args)?,
            Command::Simulate(args) => simulate::run(&args)?,
            Command::Pull(args) => pull::run(&args)?,
            Command::Job(args) => job::run(&args)?,
            Command::Sci(args) => {
                let sci::Answer { text, remarks, is_sound } = sci::run(&args)?;
                completion = Completion { remarks, status: u8::from(!is_sound) };
                text
            }
            Command::Slurm(args) => slurm::run(&args)?,
            Command::Report(args) => {
                report::write(&args, out)?;
                return Ok(completion);
            }
        },
    };
    out.write_all(answer.as_bytes()).context(CANNOT_WRITE)?;
    Ok(completion)
}

/// Takes over a run with the command line that is in its journal. Returns the exit status.
fn resume(id: &str, state: Option<&Path>) -> anyhow::Result<u8> {
    let past = run::Past::open(id, state)?;
    let words = ["gpu-carbon", "run"].map(OsString::from).into_iter();
    match Args::read(words.chain(past.words()))? {
        Parsed::Command(Args { command: Command::Run(args) }) => run::take_over(&args, &past),
        _ => Err(UsageError::CommandLine(format!("{id}: its journal has no command line")).into()),
    }
}
