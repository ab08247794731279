//! The arguments of `when`.

use clap::{ArgGroup, ValueEnum};
use gpu_carbon_core::{Intensity, Span};

use crate::grid::GridArgs;
use crate::time_arg::TimeArg;
use crate::time_zone::Zone;
use crate::value_parsers::{self, Window};

/// A job or a threshold, and the grid.
#[derive(Debug, Clone, clap::Args)]
#[command(
    group = ArgGroup::new("question").args(["duration", "below"]).required(true),
    after_help = "Examples:\n  \
        gpu-carbon when --region aws:us-west-1 --duration 6h --window 24h\n  \
        sbatch --begin=$(gpu-carbon when --from http://localhost:9877 --duration 6h --finish-by 2026-12-03T09:00 --format sbatch) train.sh\n  \
        gpu-carbon when --from http://localhost:9877 --below 300 --quiet && ./batch.sh\n\n\
        Exit status: 0 with a time, or where the intensity is below; 1 where it is not below, and for any other error; 75 where\n\
        nobody knows the intensity; 2 for a command line or a file that cannot be used"
)]
pub struct Args {
    /// The grid.
    #[command(flatten)]
    pub grid: GridArgs,

    /// Running time of the job whose best start is asked for, as 36h, 12min or 1h30m
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub duration: Option<Span>,

    /// Asks instead whether the intensity is below this one, in g/kWh
    #[arg(long, value_name = "G_PER_KWH", allow_hyphen_values = true, value_parser = value_parsers::intensity)]
    pub below: Option<Intensity>,

    /// Longest delay of the start, as 24h or as 100% of the job's duration
    #[arg(long, value_name = "TIME", default_value = "24h", conflicts_with = "below", allow_hyphen_values = true, value_parser = value_parsers::window)]
    pub window: Window,

    /// Latest end of the job, instead of --window: a time as in --at
    #[arg(long, value_name = "TIME", conflicts_with_all = ["window", "below"], value_parser = TimeArg::parse)]
    pub finish_by: Option<TimeArg>,

    /// Latest start of the job, instead of --window: a time as in --at
    #[arg(long, value_name = "TIME", conflicts_with_all = ["window", "finish_by", "below"], value_parser = TimeArg::parse)]
    pub start_by: Option<TimeArg>,

    /// Time that is taken as the present: now, a time with its offset, or a time of --time-zone, as 2020-06-01T09:00
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = TimeArg::parse)]
    pub at: TimeArg,

    /// Time zone of times without an offset, and of the time that is printed, as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = Zone::named)]
    pub time_zone: Zone,

    /// Form of the answer [default: time; with --below a sentence]
    #[arg(long, value_enum)]
    pub format: Option<Form>,

    /// Prints nothing: only the exit status tells
    #[arg(long, short, conflicts_with = "format")]
    pub quiet: bool,
}

/// The form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A time with its offset from UTC, in --time-zone
    Time,
    /// Seconds since 1970
    Epoch,
    /// Seconds from now
    Seconds,
    /// The value of --begin of sbatch
    Sbatch,
    /// The words of a time of at
    At,
    /// JSON, with the basis of the answer; times are in UTC
    Json,
}
