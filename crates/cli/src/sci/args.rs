//! The arguments of `sci`.

use std::path::PathBuf;

use clap::ValueEnum;
use gpu_carbon_core::Span;
use gpu_carbon_core::disclosure::{Counting, Persona, Stage, UnitKind};

use super::count_args::{CountArg, Server, Tokens};
use crate::job::FunctionalUnits;
use crate::report::{Bound, bound};
use crate::time_zone::Zone;
use crate::value_parsers;

/// A source of energy and emissions, the functional units, and a format; or a document to judge.
#[derive(Debug, Clone, clap::Args)]
#[command(
    group = clap::ArgGroup::new("source").args(["ledger", "plan", "check"]).required(true),
    group = clap::ArgGroup::new("delivered").args(["count", "prometheus", "per"]),
    after_help = "Examples:\n  \
        gpu-carbon sci --ledger /var/lib/gpu-carbon/ledger.db --workload pod:serving/* --unit token --count 2.3e10 --about about.yaml\n  \
        gpu-carbon sci --ledger ledger.db --unit token --prometheus http://prometheus:9090 --server vllm --about about.yaml --format html\n  \
        gpu-carbon sci --ledger ledger.db --persona provider --lifecycle phases.yaml --unit training-token --count 1.4e12 --about about.yaml\n  \
        gpu-carbon sci --check disclosure.md"
)]
pub struct Args {
    /// The ledger of the exporter: the file that its configuration names at ledger.path
    #[arg(long, value_name = "FILE")]
    pub ledger: Option<PathBuf>,

    /// Answer of `gpu-carbon plan --format json`, for an estimate before the job has run
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,

    /// Document to judge, instead of making one: a report in Markdown, a report.yaml, JSON, or a text with worked examples. The exit
    /// status is 1 where it has a fault
    #[arg(long, value_name = "FILE")]
    pub check: Option<PathBuf>,

    /// Start of the measurement, such as 2026-11-01T00:00:00Z or 2026-11-01; a date begins in --time-zone [default: the first energy]
    #[arg(long, value_name = "TIME", value_parser = bound)]
    pub from: Option<Bound>,

    /// End of the measurement, itself excluded, written as --from is [default: the last energy]
    #[arg(long, value_name = "TIME", value_parser = bound)]
    pub to: Option<Bound>,

    /// Time zone of dates, such as Europe/Berlin
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = Zone::named)]
    pub time_zone: Zone,

    /// Workloads that are counted, as the exporter's label `workload` names them, with * for any letters: slurm:12*, pod:serving/*;
    /// may be repeated [default: all energy of the GPUs]
    #[arg(long, value_name = "PATTERN", conflicts_with = "lifecycle")]
    pub workload: Vec<String>,

    /// YAML file of the phases of a model's life, as `report --lifecycle` reads it: a provider's score counts exploration, training and
    /// tuning, a consumer's inference
    #[arg(long, value_name = "FILE")]
    pub lifecycle: Option<PathBuf>,

    /// Party for which the score counts [default: that of the unit]
    #[arg(long, value_enum)]
    pub persona: Option<PersonaArg>,

    /// Stage of the system's life that is counted, of the persona; may be repeated [default: operation or development, or those of
    /// --lifecycle]
    #[arg(long, value_enum, conflicts_with = "lifecycle")]
    pub stage: Vec<StageArg>,

    /// Functional unit of the score
    #[arg(long, value_enum)]
    pub unit: Option<UnitArg>,

    /// All units count
    #[arg(long, conflicts_with = "effective")]
    pub gross: bool,

    /// The useful units count: utilized operations, tokens without duplicates, active parameters
    #[arg(long)]
    pub effective: bool,

    /// Units delivered, in words of your own, such as "5e4 pages", in place of --unit and --count
    #[arg(long, value_name = "UNITS", value_parser = FunctionalUnits::parse, conflicts_with = "unit")]
    pub per: Option<FunctionalUnits>,

    /// Units delivered in the time of the measurement: a number, or a CSV file with the header time,count, whose rows of that time are
    /// added up
    #[arg(long, value_name = "NUMBER|FILE", allow_hyphen_values = true, value_parser = CountArg::parse)]
    pub count: Option<CountArg>,

    /// Origin of the number of --count or --per, in words [default: that of the file]
    #[arg(long, value_name = "TEXT")]
    pub count_source: Option<String>,

    /// Prometheus that knows the units delivered, such as http://prometheus:9090
    #[arg(long, value_name = "URL", requires = "known_counter")]
    pub prometheus: Option<String>,

    /// Server of the model, whose counters Prometheus has
    #[arg(long, value_enum, group = "known_counter", requires = "prometheus")]
    pub server: Option<Server>,

    /// Tokens that count, of --server; may be repeated. All kinds that the server counts are listed apart
    #[arg(long, value_enum, default_values_t = [Tokens::Generated])]
    pub tokens: Vec<Tokens>,

    /// Query of Prometheus for the units delivered, in which $range stands for the time of the measurement, such as
    /// 'sum(increase(pages_total[$range]))'
    #[arg(long, value_name = "PROMQL", group = "known_counter", requires = "prometheus")]
    pub query: Option<String>,

    /// Units for which the score is written, such as 1000 [default: 1e6 tokens, 1e15 FLOPs, 1e9 parameters, else 1]
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true, value_parser = positive)]
    pub scale: Option<f64>,

    /// Reason for the functional unit [default: that of the standard]
    #[arg(long, value_name = "TEXT")]
    pub rationale: Option<String>,

    /// Manufacture of one GPU in kg CO2e, for GPUs of which the ledger has no figure, and for --plan
    #[arg(long, value_name = "KG", allow_hyphen_values = true, value_parser = positive, requires = "embodied_source")]
    pub embodied: Option<f64>,

    /// Source of --embodied, in words
    #[arg(long, value_name = "TEXT", requires = "embodied")]
    pub embodied_source: Option<String>,

    /// Lifespan over which --embodied is spread
    #[arg(long, value_name = "TIME", default_value = "4y", hide_default_value = true, value_parser = lifespan)]
    pub lifespan: Span,

    /// Number of GPUs of the job, for --plan
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub gpu_count: u32,

    /// YAML file about the software: application, organization, accountable, guid
    #[arg(long, value_name = "FILE")]
    pub about: Option<PathBuf>,

    /// Folder of the journals of `gpu-carbon run`, which tell how each run ended [default: gpu-carbon/runs in $XDG_STATE_HOME or
    /// ~/.local/state]
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,

    /// Format of the disclosure
    #[arg(long, value_enum, default_value_t = Format::Markdown, conflicts_with = "check")]
    pub format: Format,
}

/// Parses a number above 0.
pub(super) fn positive(text: &str) -> Result<f64, String> {
    let number = text.trim().parse().ok().filter(|it: &f64| it.is_finite() && *it > 0.0);
    number.ok_or_else(|| "expected a number above 0, such as 1e6".to_owned())
}

/// Parses a lifespan, in years of 365 days or another unit of time.
fn lifespan(text: &str) -> Result<Span, String> {
    let expected = || "expected a lifespan above 0, such as 4y or 35040h".to_owned();
    match text.strip_suffix('y') {
        Some(years) => {
            let years = positive(years).map_err(|_| expected())?;
            Span::from_seconds_f64(years * 365.0 * 86_400.0).ok_or_else(expected)
        }
        None => value_parsers::duration(text).map_err(|_| expected()),
    }
}

/// The party for which the score counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PersonaArg {
    /// The party that uses a model: operation and monitoring
    Consumer,
    /// The party that makes a model: inception, design, development, deployment and retirement
    Provider,
}

impl From<PersonaArg> for Persona {
    fn from(persona: PersonaArg) -> Persona {
        match persona {
            PersonaArg::Consumer => Persona::Consumer,
            PersonaArg::Provider => Persona::Provider,
        }
    }
}

/// A stage of the system's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StageArg {
    /// Scoping and planning
    Inception,
    /// The choice of data, architecture and hardware
    Design,
    /// Data, training, tuning, evaluation
    Development,
    /// Integration, optimization, release
    Deployment,
    /// Inference, and the systems around it
    Operation,
    /// Observation of the system in use
    Monitoring,
    /// Removal of the system
    Retirement,
}

impl From<StageArg> for Stage {
    fn from(stage: StageArg) -> Stage {
        match stage {
            StageArg::Inception => Stage::Inception,
            StageArg::Design => Stage::Design,
            StageArg::Development => Stage::Development,
            StageArg::Deployment => Stage::Deployment,
            StageArg::Operation => Stage::Operation,
            StageArg::Monitoring => Stage::Monitoring,
            StageArg::Retirement => Stage::Retirement,
        }
    }
}

/// A functional unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UnitArg {
    /// A token of a language model
    Token,
    /// A request
    Request,
    /// A generated image
    Image,
    /// A second of video or audio
    Second,
    /// An answer of a classical model
    Inference,
    /// A workflow of an agent
    Workflow,
    /// A floating-point operation of training
    Flop,
    /// A token of the training data
    TrainingToken,
    /// A parameter of the model
    Parameter,
}

impl From<UnitArg> for UnitKind {
    fn from(unit: UnitArg) -> UnitKind {
        match unit {
            UnitArg::Token => UnitKind::Token,
            UnitArg::Request => UnitKind::Request,
            UnitArg::Image => UnitKind::Image,
            UnitArg::Second => UnitKind::Second,
            UnitArg::Inference => UnitKind::Inference,
            UnitArg::Workflow => UnitKind::Workflow,
            UnitArg::Flop => UnitKind::Flop,
            UnitArg::TrainingToken => UnitKind::TrainingToken,
            UnitArg::Parameter => UnitKind::Parameter,
        }
    }
}

/// The format of a disclosure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// The report template of the Green Software Foundation
    Markdown,
    /// JSON
    Json,
    /// The reporting format of the Green Software Foundation, report.yaml
    Yaml,
    /// A manifest of Impact Framework, which computes the same score
    ImpactFramework,
    /// A page that a browser prints
    Html,
}

impl Args {
    /// The part of the units that counts.
    pub(super) fn counting(&self) -> Counting {
        if self.effective { Counting::Effective } else { Counting::Gross }
    }
}
