//! Plans in cloud regions: by the live forecast of their grid zones, else by a recorded year, else by the yearly level.

mod answer;
mod csv;
mod json;
mod marginal;
mod text;
mod zone_plan;

use std::collections::BTreeSet;

use anyhow::Result;
use gpu_carbon_core::{Interval, Signal, Span};
use gpu_carbon_feeds::regions;

use self::answer::{CloudAnswer, RegionPlan};
pub(crate) use self::text::basis;
pub(crate) use self::zone_plan::ZonePlan;
use super::args::Args;
use super::costs::{self, Costs};
use super::request::Question;
use super::start_line::{Scheduler, StartLine};
use super::text::saving;
use crate::clock;
use crate::flag_enums::Format;
use crate::output;
use crate::region_data::{DataQuery, ZoneData};
use crate::usage_error::UsageError;

/// The longest time of a plan by the time of year.
const LONGEST: Span = Span::from_days(366);

/// Plans a job in the regions that the arguments name, and returns the plan in the format that was asked for.
///
/// # Errors
///
/// A [`UsageError`] when no region has data, or an argument cannot be used; another error for anything else.
pub(super) fn run(args: &Args, question: &Question) -> Result<String> {
    let needed = question.request.horizon();
    if needed.length() > LONGEST {
        return Err(UsageError::CommandLine(
            "the job and its window are longer than a year: give a shorter --duration or --window"
                .to_owned(),
        )
        .into());
    }
    let query = DataQuery {
        needed: Interval::new(needed.start(), needed.end()),
        now: clock::now(),
        signal: args.signal.map(Signal::from),
        offline: args.offline,
        base_url: args.base_url.clone(),
    };
    let asked = asked(args);
    let mut codes = BTreeSet::new();
    codes.extend(asked.iter().map(|region| region.zone));
    let zones: Vec<_> = codes.into_iter().filter_map(regions::zone).collect();
    let data = ZoneData::of(&zones, &query)?;
    let plans: Result<Vec<ZonePlan<'_>>, _> =
        data.iter().map(|data| ZonePlan::of(question, data, query.signal)).collect();
    let plans = plans.map_err(UsageError::from)?;
    let planned = asked.into_iter().filter_map(|region| {
        let plan = plans.iter().find(|plan| plan.zone.code == region.zone)?;
        Some(RegionPlan { region, plan })
    });
    let answer = CloudAnswer::of(question, query.now, planned.collect())?;
    if let Some(scheduler) = args.output {
        return start_line(args, &answer, scheduler);
    }
    let home = home(args, &answer)?;
    let candidates = answer.regions.iter().flat_map(|region| region.candidates(question));
    let costs = Costs::of(&args.costs, &question.request, &home, candidates.collect())?;
    match args.format {
        Format::Text => {
            let mut lines = text::lines(&answer);
            if let Some(costs) = &costs {
                lines.push(String::new());
                lines.extend(costs::lines(costs));
            }
            Ok(output::text::write(&lines))
        }
        Format::Json => json::write(&answer, costs.as_ref()),
        Format::Csv => Ok(csv::write(&answer, costs.as_ref())),
    }
}

/// The region in which the data of the job are: that of --home, else the first.
///
/// # Errors
///
/// When --home names no region of the answer.
fn home(args: &Args, answer: &CloudAnswer<'_>) -> Result<String, UsageError> {
    let mut all = answer.regions.iter().chain(&answer.left_out).map(|it| it.region.id());
    let Some(home) = &args.home else {
        let first = asked(args).into_iter().next();
        return Ok(first.map(|region| region.id()).unwrap_or_default());
    };
    all.find(|id| id.eq_ignore_ascii_case(home)).ok_or_else(|| {
        UsageError::CommandLine(format!(
            "--home {home}: no region has this name: give one of the regions of --region or --provider"
        ))
    })
}

/// The regions that the arguments name, each once: those of --region in their order, then those of --provider.
fn asked(args: &Args) -> Vec<regions::CloudRegion> {
    let of_provider = regions::all().filter(|region| args.provider.contains(&region.provider));
    let mut asked = Vec::new();
    for region in args.region.iter().copied().chain(of_provider) {
        if !asked.contains(&region) {
            asked.push(region);
        }
    }
    asked
}

/// Returns the line that starts the job at the best start of the best region.
fn start_line(args: &Args, answer: &CloudAnswer<'_>, scheduler: Scheduler) -> Result<String> {
    let best = answer.best();
    let Some(choice) = best.plan.best_start(answer.question) else {
        return Err(UsageError::CommandLine(format!(
            "--output: {} has no hourly data, so that no start is better than another: give a region that has, or leave out --output",
            best.region.id()
        ))
        .into());
    };
    let saving = saving(choice.saving_ratio);
    let line = StartLine {
        start: choice.start,
        zone: answer.question.zone,
        command: &args.command,
        reason: format!("best start in {}, {saving}, {}", best.region.id(), text::basis(best.plan)),
    };
    Ok(output::text::write(&line.lines(scheduler)))
}
