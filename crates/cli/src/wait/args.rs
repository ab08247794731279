//! The arguments of `wait`.

use std::ffi::OsString;

use clap::ArgGroup;
use gpu_carbon_core::{Intensity, Span};

use crate::flag_enums::UnknownArg;
use crate::grid::GridArgs;
use crate::time_arg::TimeArg;
use crate::time_zone::Zone;
use crate::value_parsers::{self, Window};

/// A job or a threshold, and the grid.
#[derive(Debug, Clone, clap::Args)]
#[command(
    group = ArgGroup::new("question").args(["duration", "below"]).required(true),
    after_help = "Examples:\n  \
        gpu-carbon wait --region aws:us-west-1 --duration 6h --window 24h -- ./train.sh\n  \
        gpu-carbon wait --from http://localhost:9877 --below 300 --start-by 2026-12-03T09:00 && ./train.sh\n\n\
        Exit status: 0 once it is time; 1 where it never was and --or-not was given, and for any other error; 75 where nobody knows\n\
        the intensity and --unknown fail was given; 2 for a command line or a file that cannot be used. A command takes the place of\n\
        gpu-carbon: its exit status counts, and 126 where it cannot be executed, 127 where it is not found"
)]
pub struct Args {
    /// The grid.
    #[command(flatten)]
    pub grid: GridArgs,

    /// Running time of the job whose best start is waited for, as 36h, 12min or 1h30m
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub duration: Option<Span>,

    /// Waits instead until the intensity is below this one, in g/kWh
    #[arg(long, value_name = "G_PER_KWH", allow_hyphen_values = true, value_parser = value_parsers::intensity)]
    pub below: Option<Intensity>,

    /// Longest wait, as 24h or as 100% of --duration
    #[arg(long, value_name = "TIME", default_value = "24h", allow_hyphen_values = true, value_parser = value_parsers::window)]
    pub window: Window,

    /// Latest end of the job, instead of --window: a time with its offset, or a time of --time-zone
    #[arg(long, value_name = "TIME", requires = "duration", conflicts_with = "window", value_parser = TimeArg::parse)]
    pub finish_by: Option<TimeArg>,

    /// Latest start, instead of --window: a time as in --finish-by
    #[arg(long, value_name = "TIME", conflicts_with_all = ["window", "finish_by"], value_parser = TimeArg::parse)]
    pub start_by: Option<TimeArg>,

    /// Ends with exit status 1, and runs nothing, where the intensity is not below the threshold by the latest start
    #[arg(long)]
    pub or_not: bool,

    /// Rule while nobody knows the intensity
    #[arg(long, value_enum, default_value_t = UnknownArg::Run)]
    pub unknown: UnknownArg,

    /// Time zone of times without an offset, and of the times in the text, as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = Zone::named)]
    pub time_zone: Zone,

    /// Time at which the wait begins: a rehearsal with recorded intensities
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = TimeArg::parse)]
    pub at: TimeArg,

    /// Number of times by which the clock of a rehearsal is faster, as 3600
    #[arg(long, value_name = "NUMBER", default_value = "1", allow_hyphen_values = true, value_parser = value_parsers::speed)]
    pub speed: f64,

    /// Writes no line to standard error
    #[arg(long, short)]
    pub quiet: bool,

    /// A command that is run then, after --
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}
