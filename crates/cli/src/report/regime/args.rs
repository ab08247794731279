//! The arguments of `report` that choose a regime, and that say what the ledger does not have.

use std::path::PathBuf;

use clap::ValueEnum;

/// A regime, and facts that its sheet asks for beyond the ledger.
#[derive(Debug, Clone, clap::Args)]
pub struct RegimeArgs {
    /// Sheet of a regime, instead of a report: each names what the regime asks for and the ledger does not have
    #[arg(long, value_enum, conflicts_with_all = ["by", "backup", "labels"])]
    pub regime: Option<Regime>,

    /// Name of the site at which the host stands, for --regime esrs
    #[arg(long, value_name = "NAME", requires = "regime")]
    pub site: Option<String>,

    /// YAML file of contracts for electricity, and of residual mixes, for the market-based total of --regime ghg-scope2
    #[arg(long, value_name = "FILE", requires = "regime")]
    pub contracts: Option<PathBuf>,

    /// Floating-point operations of the training, such as 5e22, for --regime ai-act
    #[arg(long, value_name = "COUNT", requires = "regime", allow_hyphen_values = true, value_parser = positive)]
    pub training_flops: Option<f64>,

    /// Method by which --training-flops was found, such as "6 x parameters x tokens"
    #[arg(long, value_name = "TEXT", requires = "training_flops")]
    pub training_flops_method: Option<String>,

    /// Floating-point operations of the benchmark of inference, such as 3e15, for --regime ai-act
    #[arg(long, value_name = "COUNT", requires = "inference_task", allow_hyphen_values = true, value_parser = positive)]
    pub inference_flops: Option<f64>,

    /// Task and hardware of that benchmark, such as "generating 100000 tokens on 64 Nvidia A100s"
    #[arg(long, value_name = "TEXT", requires = "inference_flops")]
    pub inference_task: Option<String>,
}

/// A regime that asks for energy or emissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Regime {
    /// GHG Protocol, Scope 2: energy by hour and zone, with its factor
    GhgScope2,
    /// European Sustainability Reporting Standards, E1: MWh by month and site
    Esrs,
    /// Model Documentation Form of the EU's code of practice for general-purpose AI
    AiAct,
    /// ITU-T L.1801: stages of the life cycle
    L1801,
    /// The paragraph for the checklists of NeurIPS and ACL
    Checklist,
}

impl Regime {
    /// Returns the value of the flag.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Regime::GhgScope2 => "ghg-scope2",
            Regime::Esrs => "esrs",
            Regime::AiAct => "ai-act",
            Regime::L1801 => "l1801",
            Regime::Checklist => "checklist",
        }
    }
}

fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "expected a number above 0, such as 5e22".to_owned())
}
