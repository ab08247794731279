//! `gpu-carbon plan`: the start, the pauses and the region with which a job emits least.

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
use crate::output::{self, CANNOT_WRITE};
use crate::progress::Progress;
use crate::region;
use crate::usage_error::UsageError;
use request::Question;

pub use args::Args;

/// Plans a job, and returns the plan in the format that was asked for.
///
/// # Errors
///
/// A [`UsageError`] when an argument or a file cannot be used; another error for anything else.
pub fn run(args: &Args) -> Result<String> {
    let question = Question::new(args)?;
    let mut regions = region::open(&args.intensity, args.signal.into())?;
    regions.extend(region::open(&args.average, Signal::Average)?);
    region::check_names(&regions)?;
    let mut plans = Vec::with_capacity(regions.len());
    let mut progress = Progress::of(regions.len(), "planned");
    for region in &regions {
        plans.push(Plans::of(&question.request, region.into()).map_err(usage_error)?);
        progress.step();
    }
    drop(progress);
    let answer = Answer::of(&question.request, plans).map_err(usage_error)?;
    match args.format {
        Format::Text => Ok(output::text::write(&text::lines(&question, &answer))),
        Format::Json => PlanDocument::of(&answer).to_json().context(CANNOT_WRITE),
        Format::Csv => Ok(csv::write(&answer)),
    }
}

fn usage_error(error: WhatIfError) -> UsageError {
    match error {
        WhatIfError::Region { region, needed, why: ExactError::Uncovered(why) } => {
            UsageError::Uncovered { region, needed, why }
        }
        WhatIfError::UnknownHome(home) => UsageError::CommandLine(format!(
            "--home {home}: no region has this name: give one of the regions of --intensity or --average"
        )),
        other => UsageError::CommandLine(other.to_string()),
    }
}
