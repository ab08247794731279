//! `gpu-carbon plan`: when, and where, a job emits least.

mod args;
mod chart;
mod request;
mod text;

use anyhow::{Context, Result};
use gpu_carbon_core::Signal;
use gpu_carbon_core::schedule::ExactError;
use gpu_carbon_core::what_if::{Answer, Plans, WhatIfError};
use gpu_carbon_schema::{PlanDocument, csv};

use crate::flag_enums::Format;
use crate::progress::Progress;
use crate::region;
use crate::usage_error::UsageError;
use request::Question;

pub use args::Args;

/// Plans a job, and writes the plan.
///
/// # Errors
///
/// A [`UsageError`] when what was given cannot be used; another error for anything else.
pub fn run(args: &Args) -> Result<String> {
    let question = Question::new(args)?;
    let mut regions = region::open(&args.intensity, args.signal.into())?;
    regions.extend(region::open(&args.average, Signal::Average)?);
    region::check_names(&regions)?;
    let mut plans = Vec::with_capacity(regions.len());
    let mut progress = Progress::of(regions.len(), "planned");
    for region in &regions {
        plans.push(Plans::of(&question.request, region.into()).map_err(refused)?);
        progress.step();
    }
    drop(progress);
    let answer = Answer::of(&question.request, plans).map_err(refused)?;
    match args.format {
        Format::Text => Ok(text::write(&question, &answer)),
        Format::Json => PlanDocument::of(&answer).to_json().context("cannot write the plan"),
        Format::Csv => Ok(csv::write(&answer)),
    }
}

fn refused(error: WhatIfError) -> UsageError {
    match error {
        WhatIfError::Region { region, needed, why: ExactError::Uncovered(why) } => {
            UsageError::Uncovered { region, needed, why }
        }
        WhatIfError::UnknownHome(home) => UsageError::CommandLine(format!(
            "--home {home}: no region has that name: name one of those given"
        )),
        other => UsageError::CommandLine(other.to_string()),
    }
}
