//! The arguments of `plan`.

use std::path::PathBuf;

use clap::ArgGroup;
use gpu_carbon_core::job::PaperJob;
use gpu_carbon_core::schedule::{Milestone, PauseCosts};
use gpu_carbon_core::{Energy, Power, Pue, Span, Timestamp};

use crate::flag_enums::{Format, SignalArg};
use crate::time_zone::Zone;
use crate::value_parsers::{self, Window};

/// A job, the time in which it may start, and the regions.
#[derive(Debug, Clone, clap::Args)]
#[command(
    group = ArgGroup::new("draw"),
    after_help = "Examples:\n  \
        gpu-carbon plan --intensity sgip-pge-2020 --start 2020-06-01T00:00:00Z --job bert_lm\n  \
        gpu-carbon plan --intensity regions/ --start 2020-06-01T00:00:00Z --duration 12h --power 1.2kW --window 100% --format json\n  \
        gpu-carbon plan --intensity sgip-pge-2020 --start 2020-06-01T00:00:00Z --job bert_lm --pause-energy 0.1kWh --pause-time 5min --min-run 30min"
)]
pub struct Args {
    /// Intensity of each region in g/kWh: a CSV file with the header timestamp_utc,gco2_per_kwh, a folder of such files, or a
    /// bundled series such as sgip-pge-2020 or entsoe-de-2020; a file's name without .csv names its region
    #[arg(long, value_name = "FILE", required_unless_present = "average", num_args = 1..)]
    pub intensity: Vec<PathBuf>,

    /// Average intensity of each region, beside the marginal one of --intensity and written as there; the two are ranked
    /// separately, and a warning names each disagreement
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub average: Vec<PathBuf>,

    /// Region with which moving, waiting and pausing are compared [default: the first]
    #[arg(long, value_name = "REGION")]
    pub home: Option<String>,

    /// Earliest start, with its offset from UTC, as 2020-06-01T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = value_parsers::time)]
    pub start: Timestamp,

    /// Running time of the job, as 36h, 12min or 1h30m [default: that of --job or of a measured --profile]
    #[arg(long, value_name = "TIME", required_unless_present_any = ["job", "profile"], allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub duration: Option<Span>,

    /// Energy of the job, used at constant power, as 37.3kWh, 20Wh or 1MWh
    #[arg(long, group = "draw", allow_hyphen_values = true, value_parser = value_parsers::energy)]
    pub energy: Option<Energy>,

    /// Constant power of the job, as 1036W or 1.2kW
    #[arg(long, group = "draw", allow_hyphen_values = true, value_parser = value_parsers::power)]
    pub power: Option<Power>,

    /// Power of the job over time: a CSV file with the header offset_seconds,power_watts, or the JSON answer of Prometheus to
    /// query_range for gpu_carbon_gpu_power_watts, whose series are added up
    #[arg(long, value_name = "FILE", group = "draw")]
    pub profile: Option<PathBuf>,

    /// Job of the paper (Dodge et al. 2022), such as bert_lm, which gives the duration and the energy where no other flag
    /// does
    #[arg(long, value_name = "NAME", value_parser = value_parsers::paper_job)]
    pub job: Option<PaperJob>,

    /// Longest delay of the start, as 24h, or as 100% of the job's duration
    #[arg(long, default_value = "24h", allow_hyphen_values = true, value_parser = value_parsers::window)]
    pub window: Window,

    /// Energy to save and restore the job at each pause, beyond the job's own, as 0.1kWh [default: 0Wh]
    #[arg(long, value_name = "ENERGY", allow_hyphen_values = true, value_parser = value_parsers::energy)]
    pub pause_energy: Option<Energy>,

    /// Running time that each pause adds to save and restore the job, as 5min [default: 0s]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub pause_time: Option<Span>,

    /// Power of the job while it is paused, as 80W [default: 0W]
    #[arg(long, value_name = "POWER", allow_hyphen_values = true, value_parser = value_parsers::power)]
    pub paused_power: Option<Power>,

    /// Least running time between two pauses, as 30min [default: 0s]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub min_run: Option<Span>,

    /// Greatest number of pauses, zero or more [default: no limit]
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true, value_parser = value_parsers::count)]
    pub max_pauses: Option<usize>,

    /// Running time that must be done by a deadline, as 12h@2020-06-02T00:00:00Z; may be repeated
    #[arg(long, value_name = "WORK@TIME", value_parser = value_parsers::milestone)]
    pub milestone: Vec<Milestone>,

    /// Power usage effectiveness, from 1 to 10: the energy of the data centre for each unit of energy of the job
    #[arg(long, value_name = "RATIO", default_value = "1.0", allow_hyphen_values = true, value_parser = value_parsers::pue)]
    pub pue: Pue,

    /// Kind of the intensities of --intensity; it labels the answer, and no value is converted
    #[arg(long, value_enum, default_value_t = SignalArg::Marginal)]
    pub signal: SignalArg,

    /// Time zone of the hours in the text, as Europe/Berlin; times in JSON and CSV are in UTC
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = Zone::named)]
    pub time_zone: Zone,

    /// Format of the plan
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

impl Args {
    /// Returns the costs of pauses, and their limits.
    pub(super) fn pause_costs(&self) -> PauseCosts {
        PauseCosts {
            energy: self.pause_energy.unwrap_or_default(),
            time: self.pause_time.unwrap_or_default(),
            paused_power: self.paused_power.unwrap_or_default(),
            least_run: self.min_run.unwrap_or_default(),
            most_pauses: self.max_pauses,
            milestones: self.milestone.clone(),
        }
    }
}
