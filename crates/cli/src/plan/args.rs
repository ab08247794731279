//! What `plan` can be asked.

use std::path::PathBuf;

use clap::ArgGroup;
use gpu_carbon_core::job::PaperJob;
use gpu_carbon_core::schedule::{Milestone, PauseCosts};
use gpu_carbon_core::{Energy, Power, Pue, Span, Timestamp};

use crate::flag_enums::{Format, SignalArg};
use crate::time_zone::Zone;
use crate::value_parsers::{self, Window};

/// A job, when it may start, and where.
#[derive(Debug, Clone, clap::Args)]
#[command(
    group = ArgGroup::new("draw"),
    after_help = "Examples:\n  \
        gpu-carbon plan --intensity sgip-pge-2020 --start 2020-06-01T00:00:00Z --job bert_lm\n  \
        gpu-carbon plan --intensity regions/ --start 2020-06-01T00:00:00Z --duration 12h --power 1.2kW --window 100% --format json\n  \
        gpu-carbon plan --intensity sgip-pge-2020 --start 2020-06-01T00:00:00Z --job bert_lm --pause-energy 0.1kWh --pause-time 5min --min-run 30min"
)]
pub struct Args {
    /// Intensity of a region: a CSV file with the header timestamp_utc,gco2_per_kwh, a folder of such
    /// files, or sgip-pge-2020, the shipped series; the file's name, less .csv, names the region
    #[arg(long, value_name = "FILE", required_unless_present = "average", num_args = 1..)]
    pub intensity: Vec<PathBuf>,

    /// Average intensity of a region, beside a marginal one given by --intensity: files and folders as there.
    /// The two are ranked apart, and the answer says where they disagree
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub average: Vec<PathBuf>,

    /// The region that moving is measured from [default: the first]
    #[arg(long, value_name = "REGION")]
    pub home: Option<String>,

    /// The earliest start, as 2020-06-01T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = value_parsers::moment)]
    pub start: Timestamp,

    /// How long the job runs, as 36h, 12min or 1h30m
    #[arg(long, value_name = "TIME", required_unless_present_any = ["job", "profile"], allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub duration: Option<Span>,

    /// What the job uses, at constant power, as 37.3kWh, 20Wh or 1MWh
    #[arg(long, group = "draw", allow_hyphen_values = true, value_parser = value_parsers::energy)]
    pub energy: Option<Energy>,

    /// What the job draws, as 1036W or 1.2kW
    #[arg(long, group = "draw", allow_hyphen_values = true, value_parser = value_parsers::power)]
    pub power: Option<Power>,

    /// What the job draws over time: a CSV file with the header offset_seconds,power_watts, or what Prometheus
    /// answered to query_range for gpu_carbon_gpu_power_watts, whose series are summed
    #[arg(long, value_name = "FILE", group = "draw")]
    pub profile: Option<PathBuf>,

    /// A job of the paper (Dodge et al. 2022), such as bert_lm: its duration and energy, where no other flag
    /// gives them
    #[arg(long, value_name = "NAME", value_parser = value_parsers::paper_job)]
    pub job: Option<PaperJob>,

    /// How much later the job may start: as 24h, or as 100% of its duration
    #[arg(long, default_value = "24h", allow_hyphen_values = true, value_parser = value_parsers::window)]
    pub window: Window,

    /// What saving and restoring at each pause uses, beyond the job's own power, as 0.1kWh
    #[arg(long, value_name = "ENERGY", allow_hyphen_values = true, value_parser = value_parsers::energy)]
    pub pause_energy: Option<Energy>,

    /// Running time that each pause adds, to save and to restore, as 5min
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub pause_time: Option<Span>,

    /// What the job draws while it is paused, as 80W
    #[arg(long, value_name = "POWER", allow_hyphen_values = true, value_parser = value_parsers::power)]
    pub paused_power: Option<Power>,

    /// The least that it runs between two pauses, as 30min
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub min_run: Option<Span>,

    /// The most pauses there may be
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true, value_parser = value_parsers::count)]
    pub max_pauses: Option<usize>,

    /// Work that must be done by a moment, as 12h@2020-06-02T00:00:00Z; may be repeated
    #[arg(long, value_name = "WORK@TIME", value_parser = value_parsers::milestone)]
    pub milestone: Vec<Milestone>,

    /// Power usage effectiveness: the energy of the data centre for each unit that the job uses
    #[arg(long, value_name = "RATIO", default_value = "1.0", allow_hyphen_values = true, value_parser = value_parsers::pue)]
    pub pue: Pue,

    /// Which question the intensities of --intensity answer; it is passed on, and nothing is converted
    #[arg(long, value_enum, default_value_t = SignalArg::Marginal)]
    pub signal: SignalArg,

    /// The zone of the hours in the text, as Europe/Berlin; JSON and CSV are in UTC
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = Zone::named)]
    pub time_zone: Zone,

    /// How to write the plan
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

impl Args {
    /// What pauses cost, and what limits them.
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
