//! The command line.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};

use crate::usage_error::UsageError;
use crate::{evaluate, plan, pull, regions, report, simulate};

/// Finds the time and place at which a GPU job emits least, and reports the emissions of GPUs so far
///
/// Every answer comes from the files that you name; only `pull` uses the network. Exit status: 0 with the answer on
/// standard output, 2 for a command line or a file that cannot be used, 1 for any other error.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "gpu-carbon",
    version,
    after_help = "Example: gpu-carbon plan --intensity sgip-pge-2020 --start 2020-06-01T00:00:00Z --job bert_lm"
)]
pub struct Args {
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// A command with its arguments.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Ranks the regions of AWS, Azure and Google Cloud by the yearly carbon intensity of their grids
    ///
    /// Says for each region which grid zone it lies in, what a job would emit there in the mean over a year, and which
    /// hourly data there are: services, with the account that they ask for, and bundled years.
    Regions(Box<regions::Args>),
    /// Plans a job: finds the start and the pauses with the least emissions
    ///
    /// Compares a run at once with the best start (Flexible Start) and with the five-minute intervals of least intensity
    /// (Pause and Resume) within a window, in each region that you name.
    Plan(Box<plan::Args>),
    /// Evaluates the savings of waiting and pausing over a year
    ///
    /// Repeats the experiment of the paper (Dodge et al. 2022) on any series: runs each job from many starts, at once, at
    /// its best start (Flexible Start) and in the five-minute intervals of least intensity (Pause and Resume).
    Evaluate(evaluate::Args),
    /// Simulates policies that do not know the future, beside an oracle that does
    ///
    /// Runs a job from many starts. At each five minutes a policy sees the past, and a service's forecast where one is
    /// given, and decides to run the job or to wait.
    Simulate(Box<simulate::Args>),
    /// Downloads the history of a zone from a service, as the CSV that the other commands read
    ///
    /// An interrupted download continues where it stopped. The file appears once it is complete.
    Pull(Box<pull::Args>),
    /// Reports the energy and the emissions of GPUs, from the exporter's ledger
    ///
    /// The exporter may run meanwhile. The ledger is not changed, and its folder need not be writable.
    Report(Box<report::Args>),
}

/// A command line that was read.
#[derive(Debug, Clone)]
pub enum Parsed {
    /// A command to run.
    Command(Args),
    /// The help or the version, ready to print.
    Help(String),
}

impl Args {
    /// Reads a command line, which begins with the program's name.
    ///
    /// # Errors
    ///
    /// An unknown or a missing argument, or a value out of range, in one line.
    pub fn read(command_line: impl IntoIterator<Item = OsString>) -> Result<Parsed, UsageError> {
        match Args::try_parse_from(command_line) {
            Ok(args) => Ok(Parsed::Command(args)),
            Err(error) if error.use_stderr() => Err(UsageError::CommandLine(in_one_line(&error))),
            Err(error) => Ok(Parsed::Help(error.render().to_string())),
        }
    }
}

/// Returns the paragraphs of a clap error in one line, without its usage.
fn in_one_line(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "a command is missing: try `gpu-carbon --help` or `gpu-carbon plan --help`"
            .to_owned();
    }
    let text = error.render().to_string();
    let paragraphs = text
        .split("\n\n")
        .filter(|part| !part.starts_with("Usage:") && !part.starts_with("For more information"));
    let joined = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = paragraphs.map(joined).collect::<Vec<_>>().join("; ");
    line.strip_prefix("error: ").unwrap_or(&line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_consistent() {
        use clap::CommandFactory;
        Args::command().debug_assert();
    }

    #[test]
    fn a_wrong_command_line_gets_one_line() {
        for wrong in ["", "plan", "plam", "plan --start", "plan --format xml", "plan --starts x"] {
            let words = ["gpu-carbon"].into_iter().chain(wrong.split_whitespace());
            let error = Args::read(words.map(OsString::from)).unwrap_err().to_string();
            assert!(!error.contains('\n') && !error.starts_with("error"), "{error}");
        }
    }
}
