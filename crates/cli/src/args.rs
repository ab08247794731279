//! The command line.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::usage_error::UsageError;
use crate::{evaluate, plan, pull, report, simulate};

/// When and where a GPU job emits least, and what GPUs have emitted
///
/// Nothing is measured or sent: every answer comes from the files that you name. Only `pull` asks the network.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "gpu-carbon",
    version,
    after_help = "Example: gpu-carbon plan --intensity sgip-pge-2020 --start 2020-06-01T00:00:00Z --job bert_lm"
)]
pub struct Args {
    /// What is asked.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be asked.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Find the start and the pauses with which a job emits least
    ///
    /// Compares running now, without a pause, with the best start (Flexible Start) and with the cheapest
    /// five minutes (Pause and Resume) within a window, in each region that you name.
    Plan(Box<plan::Args>),
    /// Find what waiting and pausing would have saved over a year
    ///
    /// The experiment of the paper (Dodge et al. 2022) on any series: each job, from many starts, as it is,
    /// at its best start (Flexible Start) and in the cheapest five minutes (Pause and Resume).
    Evaluate(evaluate::Args),
    /// Find what policies without an oracle keep of what pausing could save
    ///
    /// Plays a job from many starts as it would go in truth: at each five minutes a policy sees the past and
    /// perhaps a service's forecast, and decides whether the job runs. Beside it stands the oracle, which
    /// knows the future.
    Simulate(Box<simulate::Args>),
    /// Fetch the history of a zone from a service, as the CSV that the others read
    ///
    /// A run that was ended goes on where it stopped. The file appears when it is whole.
    Pull(Box<pull::Args>),
    /// Say what GPUs have used and emitted, from the exporter's ledger
    ///
    /// The exporter may be running beside it. Nothing is changed, and no folder need be writable.
    Report(Box<report::Args>),
}

/// What a command line comes to.
#[derive(Debug, Clone)]
pub enum Asked {
    /// A question.
    Answer(Args),
    /// The help or the version, ready to print.
    Help(String),
}

impl Args {
    /// Reads a command line, the program's name first.
    ///
    /// # Errors
    ///
    /// When it is none, in one line.
    pub fn read(command_line: impl IntoIterator<Item = OsString>) -> Result<Asked, UsageError> {
        match Args::try_parse_from(command_line) {
            Ok(args) => Ok(Asked::Answer(args)),
            Err(error) if error.use_stderr() => Err(UsageError::CommandLine(in_one_line(&error))),
            Err(error) => Ok(Asked::Help(error.render().to_string())),
        }
    }
}

/// What clap says in paragraphs, without its usage.
fn in_one_line(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "nothing is asked: try `gpu-carbon --help` or `gpu-carbon plan --help`".to_owned();
    }
    let text = error.render().to_string();
    let told = text
        .split("\n\n")
        .filter(|part| !part.starts_with("Usage:") && !part.starts_with("For more information"));
    let words = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = told.map(words).collect::<Vec<_>>().join("; ");
    line.strip_prefix("error: ").unwrap_or(&line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory;
        Args::command().debug_assert();
    }

    #[test]
    fn a_wrong_one_gets_one_line() {
        for wrong in ["", "plan", "plam", "plan --start", "plan --format xml", "plan --starts x"] {
            let words = ["gpu-carbon"].into_iter().chain(wrong.split_whitespace());
            let error = Args::read(words.map(OsString::from)).unwrap_err().to_string();
            assert!(!error.contains('\n') && !error.starts_with("error"), "{error}");
        }
    }
}
