//! `gpu-carbon sci`: the disclosure of a Software Carbon Intensity, from the exporter's ledger or a plan; and the judgement of
//! anyone's.

mod about;
mod args;
mod assessment;
mod boundary;
mod boundary_part;
mod check;
mod coefficients;
mod count;
mod count_args;
mod embodied;
mod host;
mod measured;
mod methods;
mod planned;
mod project;
mod selection;
mod unit;
mod write;

use std::path::Path;

use anyhow::Result;
use gpu_carbon_ledger::Reader;

use crate::usage_error::UsageError;
use assessment::Assessment;

pub use args::{Args, Format, PersonaArg, StageArg, UnitArg};
pub use count_args::{CountArg, Server, Tokens};

/// The answer: a disclosure, or a judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// Damaged rows of the ledger, in words, for standard error.
    pub remarks: Vec<String>,
    /// False for a document with faults.
    pub is_sound: bool,
}

/// Makes a disclosure in the format that was asked for, or judges a document.
///
/// # Errors
///
/// A [`UsageError`] when an argument or a file cannot be used, a required field is missing, or a sum does not close; another error
/// for anything else.
pub fn run(args: &Args) -> Result<Answer> {
    if let Some(path) = &args.check {
        let judgement = check::judge(path)?;
        let is_sound = judgement.is_sound();
        return Ok(Answer { text: judgement.text(), remarks: Vec::new(), is_sound });
    }
    let assessment = assess(args)?;
    let text = match args.format {
        Format::Markdown => write::markdown(&assessment),
        Format::Json => write::json(&assessment)?,
        Format::Yaml => write::yaml(&assessment, args)?,
        Format::ImpactFramework => write::impact_framework(&assessment),
        Format::Html => write::html(&assessment),
    };
    let ledger = args.ledger.as_deref().unwrap_or(Path::new("")).display();
    let remarks = assessment.damage.iter().map(|damage| format!("{ledger}: damaged: {damage}"));
    Ok(Answer { text, remarks: remarks.collect(), is_sound: true })
}

fn assess(args: &Args) -> Result<Assessment> {
    let persona = unit::persona(args)?;
    match (&args.ledger, &args.plan) {
        (Some(ledger), _) => {
            let reader = Reader::open(ledger).map_err(UsageError::Ledger)?;
            measured::assess(args, &reader, persona)
        }
        (None, Some(plan)) => planned::assess(args, plan, persona),
        // The command line is refused without any of the three.
        (None, None) => {
            Err(UsageError::CommandLine("give --ledger, --plan or --check".to_owned()).into())
        }
    }
}
