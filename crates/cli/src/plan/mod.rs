//! `gpu-carbon plan`: the start, the pauses and the region with which a job emits least.

mod args;
mod chart;
mod cloud;
mod costs;
mod pue;
mod request;
mod start_line;
mod text;
mod window;

use anyhow::{Context, Result};
use gpu_carbon_core::Signal;
use gpu_carbon_core::schedule::ExactError;
use gpu_carbon_core::what_if::{Answer, Plans, WhatIfError};
use gpu_carbon_schema::{PlanDocument, csv};

use crate::clock;
use crate::exporter_region;
use crate::flag_enums::Format;
use crate::gaps::{GapsArg, Missing};
use crate::output::{self, CANNOT_WRITE};
use crate::progress::Progress;
use crate::region::{self, Region};
use crate::usage_error::UsageError;
use costs::{Candidate, Choice, Costs, CostsDocument};
use serde::Serialize;
use start_line::{Scheduler, StartLine};

pub use args::Args;
pub(crate) use cloud::{ZonePlan, basis};
pub use pue::PueArg;
pub(crate) use request::{Question, Times, window_to};
pub(crate) use text::saving;

/// Plans a job, and returns the plan in the format that was asked for.
///
/// # Errors
///
/// A [`UsageError`] when an argument or a file cannot be used; another error for anything else.
pub fn run(args: &Args) -> Result<String> {
    let mut question = Question::new(args, clock::now())?;
    if !args.region.is_empty() || !args.provider.is_empty() {
        return cloud::run(args, &question);
    }
    let mut regions = region::open(&args.intensity, args.signal.map(Signal::from))?;
    regions.extend(region::open(&args.average, Some(Signal::Average))?);
    for url in &args.from {
        regions.push(exporter_region::open(url)?);
    }
    region::check_names(&regions)?;
    region::fill_gaps(&mut regions, args.gaps)?;
    question.fit_window(regions.iter().map(|region| &region.series));
    let mut plans = Vec::with_capacity(regions.len());
    let mut progress = Progress::of(regions.len(), "planned");
    for region in &regions {
        plans.push(
            Plans::of(&question.request, region.into())
                .map_err(|why| usage_error(why, region, args.gaps))?,
        );
        progress.step();
    }
    drop(progress);
    let answer = Answer::of(&question.request, plans).map_err(UsageError::from)?;
    if let Some(scheduler) = args.output {
        return Ok(start_line(args, &question, &answer, scheduler));
    }
    let costs = costs_of(args, &answer)?;
    match args.format {
        Format::Text => {
            let mut lines = text::lines(&question, &answer, &regions);
            if let Some(costs) = &costs {
                lines.push(String::new());
                lines.extend(costs::lines(costs));
            }
            Ok(output::text::write(&lines))
        }
        Format::Json => match &costs {
            Some(costs) => output::json::write(&WithCosts {
                plan: PlanDocument::of(&answer),
                costs: CostsDocument::of(costs),
            }),
            None => PlanDocument::of(&answer).to_json().context(CANNOT_WRITE),
        },
        Format::Csv => Ok(match &costs {
            Some(costs) => csv::write_with(&answer, &Choice::COLUMNS, |plans| {
                let choice = costs.of_region(plans.region.name, plans.region.signal);
                choice.map(Choice::fields).unwrap_or_default()
            }),
            None => csv::write(&answer),
        }),
    }
}

/// The JSON of a plan, with money and moving beside it.
#[derive(Serialize)]
struct WithCosts<'a> {
    #[serde(flatten)]
    plan: PlanDocument<'a>,
    costs: CostsDocument,
}

/// Adds money and moving to the plans; `None` where the arguments ask for neither.
fn costs_of(args: &Args, answer: &Answer<'_>) -> Result<Option<Costs>, UsageError> {
    let candidates = answer
        .regions()
        .iter()
        .flat_map(|plans| Candidate::all_of(plans, plans.region.name.to_owned(), answer.request));
    let home = answer.home().region.name;
    Costs::of(&args.costs, answer.request, home, candidates.collect())
}

/// Returns the line that starts the job at the best start of the best region.
fn start_line(
    args: &Args,
    question: &Question,
    answer: &Answer<'_>,
    scheduler: Scheduler,
) -> String {
    let best = answer.best();
    let plan = &best.flexible_start;
    let saving = text::saving(best.saving(plan));
    let line = StartLine {
        start: plan.schedule.extent().map_or(question.request.start, |extent| extent.start()),
        zone: question.zone,
        command: &args.command,
        reason: format!("best start in {}, {saving}", best.region.name),
    };
    output::text::write(&line.lines(scheduler))
}

/// The error about a region without a plan, with what its series lacks.
pub(crate) fn usage_error(error: WhatIfError, region: &Region, rule: GapsArg) -> UsageError {
    match error {
        WhatIfError::Region { region: name, needed, why: ExactError::Uncovered(why) } => {
            let missing = Missing::within(&region.series, needed, rule);
            UsageError::Uncovered { region: name, needed, missing, why }
        }
        other => UsageError::from(other),
    }
}
