//! The arguments of `run`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgGroup, Args as _, FromArgMatches, ValueEnum};
use gpu_carbon_core::{Energy, Intensity, Power, Pue, Ratio, Span};
use gpu_carbon_feeds::hardware::Gpus;

use crate::flag_enums::UnknownArg;
use crate::grid::GridArgs;
use crate::process::signals;
use crate::time_arg::TimeArg;
use crate::time_zone::Zone;
use crate::usage_error::UsageError;
use crate::value_parsers::{self, Window};

/// A command, a grid, and the rule by which the command runs.
#[derive(Debug, Clone, clap::Args)]
#[command(
    group = ArgGroup::new("draw"),
    after_help = "Examples:\n  \
        gpu-carbon run --from http://localhost:9877 --below 300 -- ./train.sh\n  \
        gpu-carbon run --region aws:us-west-1 --duration 6h --finish-by 2026-12-03T09:00 --gpus 8xH100 -- python train.py\n  \
        gpu-carbon run --from http://localhost:9877 --duration 6h --window 24h --pause signal --pause-signal USR1 -- ./train.sh\n  \
        gpu-carbon run --intensity sgip-pge-2020 --at 2020-06-01 --duration 6h --dry-run\n\n\
        Exit status: that of the command; 128 + N where signal N has ended it; 125 where gpu-carbon itself has failed, 126 where the\n\
        command cannot be executed, 127 where it is not found; 75 where nobody knows the intensity and --unknown fail was given"
)]
pub struct Args {
    /// The grid.
    #[command(flatten)]
    pub grid: GridArgs,

    /// Rule by which the command runs and pauses [default: threshold with --below, else replan]
    #[arg(long, value_enum)]
    pub policy: Option<PolicyArg>,

    /// Highest intensity in g/kWh at which the command runs
    #[arg(long, value_name = "G_PER_KWH", required_if_eq("policy", "threshold"), allow_hyphen_values = true, value_parser = value_parsers::intensity)]
    pub below: Option<Intensity>,

    /// Highest intensity in g/kWh at which a paused command goes on [default: 95 % of --below]
    #[arg(long, value_name = "G_PER_KWH", requires = "below", allow_hyphen_values = true, value_parser = value_parsers::intensity)]
    pub resume_below: Option<Intensity>,

    /// Running time of the command, as 36h, 12min or 1h30m
    #[arg(long, value_name = "TIME", required_unless_present_any = ["below", "resume"], allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub duration: Option<Span>,

    /// Latest end of the command: now, a time with its offset, or a time of --time-zone, as 2026-12-03T09:00
    #[arg(long, value_name = "TIME", requires = "duration", conflicts_with = "window", value_parser = TimeArg::parse)]
    pub finish_by: Option<TimeArg>,

    /// Latest end of the command, as the time by which it may end later than if it ran at once [default: 24h with --duration]
    #[arg(long, value_name = "TIME", requires = "duration", allow_hyphen_values = true, value_parser = value_parsers::window)]
    pub window: Option<Window>,

    /// Share by which the command may take longer than --duration
    #[arg(long, value_name = "SHARE", default_value = "5%", allow_hyphen_values = true, value_parser = value_parsers::margin)]
    pub margin: f64,

    /// Way to pause [default: freeze where a control group can be had, else stop]
    #[arg(long, value_enum)]
    pub pause: Option<PauseArg>,

    /// Signal that asks the command to save and end, for --pause signal
    #[arg(long, value_name = "SIGNAL", default_value = "TERM", value_parser = signals::parse)]
    pub pause_signal: i32,

    /// Time that the command has to end after such a signal, and after SIGTERM before it is killed
    #[arg(long, value_name = "TIME", default_value = "10m", allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub grace: Span,

    /// Command that starts it again after a pause, split at spaces, for --pause signal [default: the command]
    #[arg(long, value_name = "COMMAND")]
    pub restart_command: Option<String>,

    /// Exit statuses with which it ends for a pause, for --pause signal; any other is its end
    #[arg(long, value_name = "STATUS,...", value_delimiter = ',', default_value = "0,75,143")]
    pub restart_exit: Vec<u8>,

    /// Energy to save and restore the job at each pause, beyond its own, as 50Wh [default: 0Wh]
    #[arg(long, value_name = "ENERGY", allow_hyphen_values = true, value_parser = value_parsers::energy)]
    pub pause_energy: Option<Energy>,

    /// Running time that each pause adds, as 3min [default: 0s]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub pause_time: Option<Span>,

    /// Power of the job while it is paused, as 95W [default: 0W]
    #[arg(long, value_name = "POWER", allow_hyphen_values = true, value_parser = value_parsers::power)]
    pub paused_power: Option<Power>,

    /// Least running time before a pause [default: 0s]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub min_run: Option<Span>,

    /// Least length of a pause, unless the command would be late [default: 0s]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub min_pause: Option<Span>,

    /// Greatest number of pauses [default: no limit]
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true, value_parser = value_parsers::count)]
    pub max_pauses: Option<usize>,

    /// Power of the job while it runs, as 1036W or 1.2kW
    #[arg(long, group = "draw", allow_hyphen_values = true, value_parser = value_parsers::power)]
    pub power: Option<Power>,

    /// Energy of the job over --duration, as 37.3kWh
    #[arg(long, group = "draw", requires = "duration", allow_hyphen_values = true, value_parser = value_parsers::energy)]
    pub energy: Option<Energy>,

    /// Number and model of the GPUs of the job, as 8xH100, which give its power
    #[arg(long, value_name = "NxMODEL", group = "draw", value_parser = value_parsers::gpus)]
    pub gpus: Option<Gpus>,

    /// Share of their board power that the GPUs of --gpus draw on average, from 1% to 100%
    #[arg(long, value_name = "SHARE", default_value = "80%", value_parser = value_parsers::load)]
    pub load: Ratio,

    /// Workload of the command in the exporter of --from, which measures its energy, as slurm:123 or unit:train.service [default:
    /// that of its processes]
    #[arg(long, value_name = "NAME", requires = "from")]
    pub workload: Option<String>,

    /// Power usage effectiveness, from 1 to 10
    #[arg(long, value_name = "RATIO", default_value = "1.0", allow_hyphen_values = true, value_parser = value_parsers::pue)]
    pub pue: Pue,

    /// Rule while nobody knows the intensity
    #[arg(long, value_enum, default_value_t = UnknownArg::Run)]
    pub unknown: UnknownArg,

    /// Time zone of times without an offset, and of the times in the text, as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = Zone::named)]
    pub time_zone: Zone,

    /// Name of the run, for `gpu-carbon runs`
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// Writes the report at the end to a file, as JSON
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,

    /// Folder of the journals [default: gpu-carbon/runs in $XDG_STATE_HOME or ~/.local/state]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,

    /// Shows the decisions without running a command
    #[arg(long)]
    pub dry_run: bool,

    /// Time at which the run begins: a rehearsal with recorded intensities
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = TimeArg::parse)]
    pub at: TimeArg,

    /// Number of times by which the clock of a rehearsal is faster, as 3600 [default: 1; with --dry-run as fast as can be]
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true, value_parser = value_parsers::speed)]
    pub speed: Option<f64>,

    /// Takes over a run whose gpu-carbon has ended, by its id in `gpu-carbon runs`, with the flags that it had
    #[arg(long, value_name = "ID", group = "place", conflicts_with_all = ["command", "dry_run"])]
    pub resume: Option<String>,

    /// Writes no line of its own to standard error
    #[arg(long, short)]
    pub quiet: bool,

    /// The command, after --
    #[arg(last = true, value_name = "COMMAND", required_unless_present_any = ["dry_run", "resume"])]
    pub command: Vec<OsString>,
}

impl Args {
    /// Reads the words of a command line after `run`.
    ///
    /// # Errors
    ///
    /// Where they are not those of a run.
    pub(super) fn of_words(words: &[String]) -> Result<Args, UsageError> {
        let command = clap::Command::new("run").no_binary_name(true);
        let refused = |error: clap::Error| {
            let text = error.to_string();
            UsageError::CommandLine(text.lines().next().unwrap_or_default().to_owned())
        };
        let matches = Args::augment_args(command).try_get_matches_from(words).map_err(refused)?;
        Args::from_arg_matches(&matches).map_err(refused)
    }
}

/// The rule by which the command runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PolicyArg {
    /// Runs while the intensity is at most --below
    Threshold,
    /// Follows the best plan of the forecast, made once
    Plan,
    /// Plans again in each five minutes
    Replan,
}

/// The way to pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PauseArg {
    /// SIGSTOP and SIGCONT for all processes of the command
    Stop,
    /// The freezer of a control group (cgroup v2); SIGSTOP where there is none
    Freeze,
    /// A signal, upon which the command saves and ends; it is started again
    Signal,
    /// None: the command is started late, and never paused
    None,
}
