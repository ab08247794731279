//! What `plan` can be asked.

use std::path::PathBuf;

use clap::ArgGroup;
use gpu_carbon_core::job::PaperJob;
use gpu_carbon_core::{Energy, Power, Ratio, Span, Timestamp};

use crate::choices::{Format, SignalArg};
use crate::values::{self, Window};

/// A job, when it may start, and where.
#[derive(Debug, Clone, clap::Args)]
#[command(
    group = ArgGroup::new("draw"),
    after_help = "Examples:\n  \
        gpu-carbon plan --intensity sgip-pge-2020 --start 2020-06-01T00:00:00Z --job bert_lm\n  \
        gpu-carbon plan --intensity regions/ --start 2020-06-01T00:00:00Z --duration 12h --power 1.2kW --window 100% --format json"
)]
pub struct Args {
    /// Intensity of a region: a CSV file with the header timestamp_utc,gco2_per_kwh, a folder of such
    /// files, or sgip-pge-2020, the shipped series; the file's name, less .csv, names the region
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub intensity: Vec<PathBuf>,

    /// The earliest start, as 2020-06-01T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = values::moment)]
    pub start: Timestamp,

    /// How long the job runs, as 36h, 12min or 1h30m
    #[arg(long, value_name = "TIME", required_unless_present = "job", allow_hyphen_values = true, value_parser = values::duration)]
    pub duration: Option<Span>,

    /// What the job uses, at constant power, as 37.3kWh, 20Wh or 1MWh
    #[arg(long, group = "draw", allow_hyphen_values = true, value_parser = values::energy)]
    pub energy: Option<Energy>,

    /// What the job draws, as 1036W or 1.2kW
    #[arg(long, group = "draw", allow_hyphen_values = true, value_parser = values::power)]
    pub power: Option<Power>,

    /// What the job draws over time: a CSV file with the header offset_seconds,power_watts
    #[arg(long, value_name = "FILE", group = "draw")]
    pub profile: Option<PathBuf>,

    /// A job of the paper (Dodge et al. 2022), such as bert_lm: its duration and energy, where no other flag
    /// gives them
    #[arg(long, value_name = "NAME", value_parser = values::paper_job)]
    pub job: Option<PaperJob>,

    /// How much later the job may start: as 24h, or as 100% of its duration
    #[arg(long, default_value = "24h", allow_hyphen_values = true, value_parser = values::window)]
    pub window: Window,

    /// Power usage effectiveness: the energy of the data centre for each unit that the job uses
    #[arg(long, value_name = "RATIO", default_value = "1.0", allow_hyphen_values = true, value_parser = values::pue)]
    pub pue: Ratio,

    /// Which question the intensities answer; it is passed on, and nothing is converted
    #[arg(long, value_enum, default_value_t = SignalArg::Marginal)]
    pub signal: SignalArg,

    /// How to write the plan
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}
