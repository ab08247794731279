//! The arguments of `job`.

use std::path::PathBuf;

use clap::ValueEnum;
use gpu_carbon_core::{Power, Span};

use crate::time_zone::Zone;
use crate::value_parsers;

/// A workload, a ledger, and what the bill compares it with.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "Examples:\n  \
        gpu-carbon job slurm:123 --ledger /var/lib/gpu-carbon/ledger.db\n  \
        gpu-carbon job pod:team/train-0 --ledger ledger.db --per \"1e6 tokens\" --format json\n  \
        gpu-carbon job slurm:123 --ledger ledger.db --intensity sgip-pge-2020 --window 48h --format latex")]
pub struct Args {
    /// Workload, as the exporter's label `workload` names it: slurm:123, pod:namespace/name, unit:train.service
    #[arg(value_name = "WORKLOAD")]
    pub workload: String,

    /// The ledger of the exporter: the file that its configuration names at ledger.path
    #[arg(long, value_name = "FILE")]
    pub ledger: PathBuf,

    /// Functional units that the job delivered, such as "1e6 tokens": the Software Carbon Intensity is
    /// that of one of them [default: 1 job]
    #[arg(long, value_name = "UNITS", value_parser = FunctionalUnits::parse, default_value = "1 job", hide_default_value = true)]
    pub per: FunctionalUnits,

    /// Power up to which a GPU counts as idle, such as 90W [default: 1.25 times the least that it drew in five minutes or more in
    /// which no workload held it]
    #[arg(long, value_name = "POWER", allow_hyphen_values = true, value_parser = value_parsers::power)]
    pub idle_power: Option<Power>,

    /// Longest delay for which the bill says what another start, or pauses, would have emitted
    #[arg(long, value_name = "TIME", default_value = "24h", allow_hyphen_values = true, value_parser = value_parsers::duration)]
    pub window: Span,

    /// Intensity for that, in g/kWh: a CSV file or a bundled series, as `plan` reads them [default: that recorded in the ledger]
    #[arg(long, value_name = "FILE")]
    pub intensity: Option<PathBuf>,

    /// Time zone of the times in the text, such as Europe/Berlin; times in JSON and CSV are in UTC
    #[arg(long, value_name = "ZONE", default_value = "UTC", value_parser = Zone::named)]
    pub time_zone: Zone,

    /// Format of the bill
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// The format of a bill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    Text,
    /// JSON
    Json,
    /// CSV
    Csv,
    /// A table for a paper: LaTeX with the package booktabs
    Latex,
    /// A table in Markdown
    Markdown,
}

/// An amount of a functional unit.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionalUnits {
    /// The amount, above 0.
    pub amount: f64,
    /// The name of the unit.
    pub unit: String,
}

impl FunctionalUnits {
    /// Reads an amount and a unit.
    ///
    /// # Errors
    ///
    /// What was expected, where there is no positive number, or no unit after it.
    pub fn parse(text: &str) -> Result<FunctionalUnits, String> {
        let expected = || "expected a number above 0 and a unit, as \"1e6 tokens\"".to_owned();
        let (amount, unit) = text.trim().split_once(' ').ok_or_else(expected)?;
        let amount: f64 = amount.parse().map_err(|_| expected())?;
        let unit = unit.trim();
        let is_named = !unit.is_empty() && !unit.chars().any(char::is_control);
        if amount.is_finite() && amount > 0.0 && is_named {
            Ok(FunctionalUnits { amount, unit: unit.to_owned() })
        } else {
            Err(expected())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_functional_unit_has_an_amount_and_a_name() {
        let units = FunctionalUnits::parse("1e6 tokens").unwrap();
        assert_eq!((units.amount, &*units.unit), (1e6, "tokens"));
        let units = FunctionalUnits::parse(" 2.5 epochs of ImageNet ").unwrap();
        assert_eq!((units.amount, &*units.unit), (2.5, "epochs of ImageNet"));
        for wrong in ["", "tokens", "1e6", "0 jobs", "-1 jobs", "inf jobs", "NaN jobs", "1 \u{7}"] {
            assert!(FunctionalUnits::parse(wrong).unwrap_err().contains("1e6 tokens"), "{wrong}");
        }
    }
}
