//! The command line.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

use crate::usage_error::UsageError;
use crate::{
    evaluate, job, plan, pull, regions, report, run, runs, sci, simulate, slurm, wait, when,
};

/// Finds the time and place at which a GPU job emits least, and reports the emissions of GPUs so far
///
/// Answers come from the files that you name and from bundled data. The network is used by `pull`, and by `plan`, `when`, `wait` and
/// `run` with --region, --provider or --from, unless --offline is given. Exit status: 0 with the answer on standard output, 2 for a
/// command line or a file that cannot be used, 1 for any other error and where `when --below` answers no, 75 where `when` has no
/// data; that of `run` is the status of its command, or 125 for an error of its own.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "gpu-carbon",
    version,
    after_help = "Example: gpu-carbon plan --region aws:us-west-1 --gpus 8xH100 --duration 24h"
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
    /// Says for each region which grid zone it lies in, what a job would emit there on average over a year, and which
    /// hourly data there are: services, with the account that they ask for, and bundled years.
    Regions(Box<regions::Args>),
    /// Plans a job: finds the start and the pauses with the least emissions
    ///
    /// Compares a run at once with the best start (Flexible Start) and with the five-minute intervals of least intensity
    /// (Pause and Resume) within a window, in each cloud region, file or series that you name.
    Plan(Box<plan::Args>),
    /// Tells when to start a job, or whether the grid is clean now, for scripts
    ///
    /// Prints the best start of a job as a time that a scheduler takes, or answers by its exit status whether the intensity is below
    /// a threshold. What the answer rests on goes to standard error. Nothing is started.
    When(Box<when::Args>),
    /// Waits for the best start of a job, or for a clean grid, and runs a command then
    ///
    /// Where nobody knows the intensity, the wait is over: a job never starves for want of data. --unknown changes that.
    Wait(Box<wait::Args>),
    /// Runs a command while the grid is clean, pauses it while it is dirty, and finishes it in time
    ///
    /// The command keeps its input, output, signals, terminal and exit status. It is paused by signals, by the freezer of a control group,
    /// or by ending and starting it again. Where gpu-carbon ends for any reason, the command runs on.
    Run(Box<run::Args>),
    /// Lists the runs of `run`, and shows what each did
    Runs(runs::Args),
    /// Evaluates the savings of waiting and pausing over a year
    ///
    /// Repeats the experiment of the paper (Dodge et al. 2022) on any series: runs each job from many starts, at once, at
    /// its best start (Flexible Start) and in the five-minute intervals of least intensity (Pause and Resume).
    Evaluate(evaluate::Args),
    /// Simulates policies that do not know the future, and compares them with an oracle that does
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
    /// Bills a Slurm job, a pod or another workload for its energy and emissions, from the exporter's ledger
    ///
    /// Says how much of the energy the GPUs used while they were idle, by which factors it was converted, and what another start
    /// or pauses would have emitted. The exporter divides energy among workloads if its configuration has `attribution`.
    Job(Box<job::Args>),
    /// Discloses a Software Carbon Intensity as a standard accepts it, from the exporter's ledger; or judges a disclosure
    ///
    /// The document has the score with its functional unit, the boundary, the components, the coefficients with their sources and the
    /// methods (ISO/IEC 21031, SCI for AI). It is refused where a required field is missing or a sum does not close.
    Sci(Box<sci::Args>),
    /// Pauses and resumes jobs of Slurm, for its operators
    ///
    /// Suspends the running jobs of a partition while the grid is dirty, and resumes those alone that it has suspended.
    Slurm(slurm::Args),
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
        let words: Vec<OsString> = command_line.into_iter().collect();
        match Args::try_parse_from(&words) {
            Ok(args) => Ok(Parsed::Command(args)),
            Err(error) if error.use_stderr() => {
                let mut line = in_one_line(&error);
                // A command alone is tried by a person who does not know it yet.
                if let [_, command] = words.as_slice()
                    && let Some(example) = command.to_str().and_then(first_example)
                {
                    line = format!("{line}; for example: {example}");
                }
                Err(UsageError::CommandLine(line))
            }
            Err(error) => Ok(Parsed::Help(error.render().to_string())),
        }
    }
}

/// Returns the first example in the help of a command; `None` where there is no such command.
fn first_example(command: &str) -> Option<String> {
    let all = Args::command();
    let help = all.find_subcommand(command)?.get_after_help()?.to_string();
    let begin = format!("gpu-carbon {command} ");
    help.lines().map(str::trim).find(|line| line.starts_with(&begin)).map(str::to_owned)
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

    #[test]
    fn a_command_alone_is_answered_with_an_example_that_is_one() {
        for command in
            ["plan", "when", "wait", "run", "evaluate", "simulate", "pull", "report", "job", "sci"]
        {
            let error = Args::read(["gpu-carbon", command].map(OsString::from)).unwrap_err();
            let error = error.to_string();
            let (_, example) = error.split_once("; for example: ").expect(&error);
            let words = example.split_whitespace().map(OsString::from);
            assert!(matches!(Args::read(words), Ok(Parsed::Command(_))), "{example}");
        }
        let error = Args::read(["gpu-carbon", "plam"].map(OsString::from)).unwrap_err();
        assert!(!error.to_string().contains("for example"), "{error}");
    }
}
