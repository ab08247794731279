//! The arguments of `runs`.

use std::path::PathBuf;

use clap::Subcommand;

use crate::flag_enums::Format;

/// A folder of journals, and a run.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  gpu-carbon runs\n  gpu-carbon runs show 20261201T090000Z-4711"
)]
pub struct Args {
    /// Folder of the journals [default: gpu-carbon/runs in $XDG_STATE_HOME or ~/.local/state]
    #[arg(long, value_name = "DIR", global = true)]
    pub state: Option<PathBuf>,

    /// Format of the answer
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    pub format: Format,

    /// The command; without one all runs are listed.
    #[command(subcommand)]
    pub command: Option<RunsCommand>,
}

/// A question about one run.
#[derive(Debug, Clone, Subcommand)]
pub enum RunsCommand {
    /// Shows what a run did, and its report
    Show {
        /// The id of the run, as the list has it
        id: String,
    },
}
