//! The arguments of `slurm`.

use std::path::PathBuf;

use clap::Subcommand;

/// An action on jobs of Slurm.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  \
        gpu-carbon slurm pause --partition flexible\n  \
        gpu-carbon when --from http://localhost:9877 --below 300 --quiet && gpu-carbon slurm resume --partition flexible\n\n\
        Exit status: 0 when it is done, also for no job; 1 where Slurm refuses; 2 for a command line that cannot be used")]
pub struct Args {
    /// The action.
    #[command(subcommand)]
    pub action: Action,
}

/// Pausing or resuming.
#[derive(Debug, Clone, Subcommand)]
pub enum Action {
    /// Suspends the running jobs that are selected: their processes are stopped, their CPUs are free, and their GPUs stay reserved
    Pause(Options),
    /// Resumes those of the selected jobs that `pause` has suspended; others stay as they are
    Resume(Options),
}

/// The selection of jobs.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Partition whose jobs are selected; may be given several times
    #[arg(long, value_name = "NAME", required_unless_present = "job", value_parser = name)]
    pub partition: Vec<String>,

    /// Number of a job that is selected; may be given several times. With --partition, both must fit
    #[arg(long, value_name = "NUMBER", value_parser = number)]
    pub job: Vec<String>,

    /// File in which the paused jobs are recorded, so that no job is resumed that someone else has suspended
    #[arg(long, value_name = "FILE", default_value = "/var/lib/gpu-carbon/paused-jobs")]
    pub record: PathBuf,

    /// Says which jobs there are, and changes nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// A name that is no flag and no list.
fn name(text: &str) -> Result<String, String> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    if !text.is_empty() && !text.starts_with('-') && text.bytes().all(is_allowed) {
        return Ok(text.to_owned());
    }
    Err("expected the name of a partition: letters, digits, _, - and .".to_owned())
}

/// A job's number, with that of its task in an array.
fn number(text: &str) -> Result<String, String> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_digit());
    let (job, task) = text.split_once('_').unwrap_or((text, "0"));
    if is_number(job) && is_number(task) {
        return Ok(text.to_owned());
    }
    Err("expected a number such as 123, or 123_4 of an array".to_owned())
}
