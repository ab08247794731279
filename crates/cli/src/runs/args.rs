//! The arguments of `runs`.

use std::path::PathBuf;

use clap::Subcommand;
use gpu_carbon_core::Span;

use crate::flag_enums::Format;
use crate::value_parsers;

/// A folder of journals, and a run.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  gpu-carbon runs\n  gpu-carbon runs show 20261201T090000Z-4711\n  gpu-carbon runs forget 30d"
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

/// A question about one run, or the removal of old ones.
#[derive(Debug, Clone, Subcommand)]
pub enum RunsCommand {
    /// Shows what a run did, and its report
    Show {
        /// The id of the run, as the list has it
        id: String,
    },
    /// Removes the journals of runs that have ended
    Forget {
        /// The least time since the last line of a journal that is removed, as 30d
        #[arg(value_name = "TIME", value_parser = value_parsers::span)]
        older_than: Span,
    },
}
