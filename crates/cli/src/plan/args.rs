//! The arguments of `plan`.

use std::path::PathBuf;

use clap::ArgGroup;
use gpu_carbon_core::boundary::HostShare;
use gpu_carbon_core::job::PaperJob;
use gpu_carbon_core::{Energy, Power, Ratio, Span};
use gpu_carbon_feeds::hardware::Gpus;
use gpu_carbon_feeds::regions::{CloudRegion, Provider};

use super::costs::CostArgs;
use super::pue::PueArg;
use super::start_line::Scheduler;
use super::window::WindowArg;
use crate::flag_enums::{Format, SignalArg};
use crate::gaps::{self, GapsArg};
use crate::time_arg::{MilestoneArg, TimeArg};
use crate::time_zone::Zone;
use crate::value_parsers;

/// A job, the time in which it may start, and the regions.
#[derive(Debug, Clone, clap::Args)]
#[command(
    group = ArgGroup::new("draw"),
    group = ArgGroup::new("place").args(["intensity", "average", "from", "region", "provider"]).required(true).multiple(true),
    after_help = "Examples:\n  \
        gpu-carbon plan --region aws:us-west-1 --gpus 8xH100 --duration 24h\n  \
        gpu-carbon plan --provider gcp --gpus 8xH100 --duration 24h --finish-by 2026-12-03T09:00 --time-zone Europe/Berlin\n  \
        gpu-carbon plan --intensity sgip-pge-2020 --start 2020-06-01T00:00:00Z --job bert_lm\n  \
        gpu-carbon plan --intensity regions/ --start 2020-06-01T00:00:00Z --duration 12h --power 1.2kW --window 100% --format json\n  \
        gpu-carbon plan --intensity sgip-pge-2020 --start 2020-06-01T00:00:00Z --job bert_lm --pause-energy 0.1kWh --pause-time 5min --min-run 30min\n\n\
        Accounts of services, for --region and --provider, from the environment:\n  \
        WATTTIME_USER and WATTTIME_PASSWORD, SGIP_USER and SGIP_PASSWORD, EIA_API_KEY, PJM_API_KEY, OPENELECTRICITY_API_KEY,\n  \
        ELECTRICITY_MAPS_TOKEN; or the same names with _FILE, each naming a file that holds the credential, such as EIA_API_KEY_FILE"
)]
pub struct Args {
    /// Cloud region, such as aws:us-east-1; may be repeated. The plan uses the live forecast of a service if one is available,
    /// else a recorded year, else the yearly level
    #[arg(long, value_name = "PROVIDER:REGION", num_args = 1.., conflicts_with_all = ["intensity", "average"], value_parser = value_parsers::cloud_region)]
    pub region: Vec<CloudRegion>,

    /// Cloud provider, all regions of which are ranked: aws, azure or gcp; may be repeated
    #[arg(long, value_name = "NAME", num_args = 1.., conflicts_with_all = ["intensity", "average"], value_parser = value_parsers::provider)]
    pub provider: Vec<Provider>,

    /// Asks no service: the plan uses recorded years and yearly levels alone
    #[arg(long, conflicts_with_all = ["intensity", "average"])]
    pub offline: bool,

    /// Address on this machine that stands for every service, for tests
    #[arg(long, value_name = "URL", hide = true, value_parser = value_parsers::loopback_url)]
    pub base_url: Option<String>,

    /// Intensity of each region in g/kWh: a CSV file with the header timestamp_utc,gco2_per_kwh, a folder of such files, or a
    /// bundled series such as sgip-pge-2020 or entsoe-de-2020; a file's name without .csv names its region
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub intensity: Vec<PathBuf>,

    /// Average intensity of each region, in addition to the marginal one of --intensity and in the same form; the two are
    /// ranked separately, and a warning names each disagreement
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub average: Vec<PathBuf>,

    /// Address of an exporter whose forecast the plan uses, such as http://gpu-host:9877; may be repeated. Its grid zone names
    /// the region
    #[arg(long, value_name = "URL", num_args = 1.., conflicts_with_all = ["region", "provider"])]
    pub from: Vec<String>,

    /// Region with which moving, waiting and pausing are compared, and where the data of --move are [default: the first]
    #[arg(long, value_name = "REGION")]
    pub home: Option<String>,

    /// Earliest start: now, which is the next full five minutes, a time with its offset from UTC, such as 2020-06-01T00:00:00Z, or
    /// a time of --time-zone, such as 2020-06-01T09:00 or 2020-06-01
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = TimeArg::parse)]
    pub start: TimeArg,

    /// Running time of the job, such as 36h, 12min or 1h30m [default: that of --job or of a measured --profile]
    #[arg(long, value_name = "TIME", required_unless_present_any = ["job", "profile"], allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub duration: Option<Span>,

    /// Energy of the job, used at constant power, such as 37.3kWh, 20Wh or 1MWh
    #[arg(long, group = "draw", allow_hyphen_values = true, value_parser = value_parsers::energy)]
    pub energy: Option<Energy>,

    /// Constant power of the job, such as 1036W or 1.2kW
    #[arg(long, group = "draw", allow_hyphen_values = true, value_parser = value_parsers::power)]
    pub power: Option<Power>,

    /// Number and model of the GPUs of the job, such as 8xH100, which give its power
    #[arg(long, value_name = "NxMODEL", group = "draw", value_parser = value_parsers::gpus)]
    pub gpus: Option<Gpus>,

    /// Share of their board power that the GPUs of --gpus draw on average, from 1% to 100%
    #[arg(long, value_name = "SHARE", default_value = "80%", value_parser = value_parsers::load)]
    pub load: Ratio,

    /// Boundary of the plan: gpus, the GPUs of the job alone; paper, their servers, of whose power the GPUs take 74 % (Dodge et al.
    /// 2022, Table 1); or a share of your own, such as 60%. The energy of the job is divided by the share, the costs of pauses are
    /// not
    #[arg(long, value_name = "SHARE", default_value = "gpus", allow_hyphen_values = true, value_parser = value_parsers::host_share)]
    pub host_share: HostShare,

    /// Power of the job over time: a CSV file with the header offset_seconds,power_watts, or the JSON answer of Prometheus to
    /// query_range for gpu_carbon_gpu_power_watts, whose series are added up
    #[arg(long, value_name = "FILE", group = "draw")]
    pub profile: Option<PathBuf>,

    /// Job of the paper (Dodge et al. 2022), such as bert_lm, which gives the duration and the energy where no other flag
    /// does
    #[arg(long, value_name = "NAME", value_parser = value_parsers::paper_job)]
    pub job: Option<PaperJob>,

    /// Longest delay of the start, such as 24h, a percentage of the job's duration, such as 100%, or end, for the end of the data
    #[arg(long, value_name = "TIME", default_value = WindowArg::DEFAULT, allow_hyphen_values = true, value_parser = WindowArg::parse)]
    pub window: WindowArg,

    /// Latest end of the job, instead of --window: a time as in --start
    #[arg(long, value_name = "TIME", conflicts_with = "window", value_parser = TimeArg::parse)]
    pub finish_by: Option<TimeArg>,

    /// Energy to save and restore the job at each pause, beyond the job's own, such as 0.1kWh [default: 0Wh]
    #[arg(long, value_name = "ENERGY", allow_hyphen_values = true, value_parser = value_parsers::energy)]
    pub pause_energy: Option<Energy>,

    /// Running time that each pause adds to save and restore the job, such as 5min [default: 0s]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub pause_time: Option<Span>,

    /// Power of the job while it is paused, such as 80W [default: 0W]
    #[arg(long, value_name = "POWER", allow_hyphen_values = true, value_parser = value_parsers::power)]
    pub paused_power: Option<Power>,

    /// Least running time between two pauses, such as 30min [default: 0s]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub min_run: Option<Span>,

    /// Greatest number of pauses, zero or more [default: no limit]
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true, value_parser = value_parsers::count)]
    pub max_pauses: Option<usize>,

    /// Running time that must be done by a deadline, such as 12h@2020-06-02T00:00:00Z or 12h@2020-06-02T09:00; may be repeated
    #[arg(long, value_name = "WORK@TIME", value_parser = MilestoneArg::parse)]
    pub milestone: Vec<MilestoneArg>,

    /// Power usage effectiveness, from 1 to 10: the energy of the data centre for each unit of energy of the job; or region, for that
    /// of the --region in the table of --pue-data
    #[arg(long, value_name = "RATIO", default_value = "1.0", allow_hyphen_values = true, value_parser = PueArg::parse)]
    pub pue: PueArg,

    /// Table of the power usage effectiveness of cloud regions by year, for --pue region: a CSV file with the columns year,
    /// cloud-provider, cloud-region and power-usage-effectiveness, as Cloud_Region_Metadata.csv of the Green Software Foundation has
    #[arg(long, value_name = "FILE")]
    pub pue_data: Option<PathBuf>,

    /// Year of that table [default: the newest of the region]
    #[arg(long, value_name = "YEAR", requires = "pue_data")]
    pub pue_year: Option<u16>,

    /// Kind of the intensities of --intensity, which labels the answer and converts no value [default: what each file says, else
    /// marginal]; the kind of data that is wanted for --region [default: the best that there are]
    #[arg(long, value_enum)]
    pub signal: Option<SignalArg>,

    /// Time zone of times without an offset, and of the hours in the text, such as Europe/Berlin; times in JSON and CSV are in UTC
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = Zone::named)]
    pub time_zone: Zone,

    /// Gaps of a series: refuse; hold:TIME, such as hold:2h, to hold the value before each gap that is no longer; or same-hour, to
    /// take the same time of the nearest day that has a value; not for --region and --provider, whose days with a gap are left out
    #[arg(
        long,
        value_name = "RULE",
        default_value = "refuse",
        value_parser = gaps::parse,
        conflicts_with_all = ["region", "provider"]
    )]
    pub gaps: GapsArg,

    /// Money and moving.
    #[command(flatten)]
    pub costs: CostArgs,

    /// Format of the plan
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,

    /// Writes the line that starts the job at its best start, instead of the plan
    #[arg(long, value_enum, value_name = "SCHEDULER", conflicts_with = "format")]
    pub output: Option<Scheduler>,

    /// Command of the job, after --, for the line of --output
    #[arg(last = true, requires = "output", value_name = "COMMAND")]
    pub command: Vec<String>,
}
