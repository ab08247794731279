//! The arguments of `regions`.

use gpu_carbon_core::job::PaperJob;
use gpu_carbon_core::{Energy, Pue, Ratio, Span};
use gpu_carbon_feeds::hardware::Gpus;
use gpu_carbon_feeds::regions::Provider;

use crate::flag_enums::Format;
use crate::value_parsers;

/// A job, and the providers whose regions are ranked.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  \
    gpu-carbon regions --provider aws --gpus 8xH100 --duration 24h\n  \
    gpu-carbon regions --coverage")]
pub struct Args {
    /// Provider whose regions are ranked: aws, azure or gcp; may be repeated [default: all]
    #[arg(long, value_name = "NAME", value_parser = value_parsers::provider)]
    pub provider: Vec<Provider>,

    /// Number and model of the GPUs of a job, such as 8xH100; its emissions are given for each region
    #[arg(long, value_name = "NxMODEL", requires = "duration", conflicts_with = "energy", value_parser = value_parsers::gpus)]
    pub gpus: Option<Gpus>,

    /// Share of their board power that the GPUs draw on average, from 1% to 100%
    #[arg(long, value_name = "SHARE", default_value = "80%", value_parser = value_parsers::load)]
    pub load: Ratio,

    /// Running time of the job, such as 24h or 36h30min
    #[arg(long, value_name = "TIME", requires = "gpus", allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub duration: Option<Span>,

    /// Job of the paper, such as bert_lm, instead of --gpus and --duration
    #[arg(long, value_name = "NAME", conflicts_with_all = ["gpus", "energy"], value_parser = value_parsers::paper_job)]
    pub job: Option<PaperJob>,

    /// Energy of the job, such as 37.3kWh, instead of --gpus and --duration
    #[arg(long, value_name = "ENERGY", allow_hyphen_values = true, value_parser = value_parsers::energy)]
    pub energy: Option<Energy>,

    /// Power usage effectiveness, from 1 to 10: the energy of the data centre for each unit of energy of the job
    #[arg(long, value_name = "RATIO", default_value = "1.0", allow_hyphen_values = true, value_parser = value_parsers::pue)]
    pub pue: Pue,

    /// Counts the regions by the data that there are for them, instead of listing them
    #[arg(long, conflicts_with_all = ["gpus", "energy", "job"])]
    pub coverage: bool,

    /// Format of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}
