//! The answer: what each policy keeps in each region.

use anyhow::{Context, Result};
use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::online::{Outcome, Summary, Trace};
use gpu_carbon_core::{Mass, SLOT, Span, Timestamp};

use super::policy::PolicyArg;
use super::{Request, starts};
use crate::progress::Progress;
use crate::region::Region;
use crate::usage_error::UsageError;

/// What each policy keeps.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) request: &'a Request,
    pub(super) rows: Vec<Row<'a>>,
}

/// One policy in one region.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) region: &'a Region,
    pub(super) policy: PolicyArg,
    pub(super) summary: Summary,
    /// What the policy emitted beyond the least possible, in the mean of a start.
    pub(super) regret: Mass,
}

impl<'a> Answer<'a> {
    pub(super) fn to(request: &'a Request) -> Result<Answer<'a>> {
        let mut rows = Vec::new();
        for region in &request.regions {
            let from = first_slot(region);
            let covered = region.series.extent().end().duration_since(from).as_micros();
            let slots = usize::try_from(covered / SLOT.as_micros()).unwrap_or(0);
            let values = Trace::sample(&Exposures::of(&region.series), from, slots)
                .map_err(|why| UsageError::Past { region: region.name.clone(), why })?;
            let moments = (0..).map(|slot| moment_of(from, slot)).take(slots);
            let forecasts: Vec<&[f64]> = match &request.forecasts {
                Some(forecasts) => moments.map(|moment| forecasts.at(moment)).collect(),
                None => Vec::new(),
            };
            let trace = Trace::with_forecasts(&values, &forecasts);
            let starts = starts::slots(request, region, from, slots)?;
            let mut progress = Progress::of(starts.len() * request.policies.len(), "jobs played");
            for &policy in &request.policies {
                let play = |&start: &usize| {
                    progress.step();
                    policy.play(&trace, start, request.work, request.wait, request.pause_cost())
                };
                let outcomes: Result<Vec<Outcome>, _> = starts.iter().map(play).collect();
                let outcomes = outcomes.with_context(|| region.name.clone())?;
                let summary = Summary::of(&outcomes);
                let regret = request.emissions_of(summary.regret);
                rows.push(Row { region, policy, summary, regret });
            }
        }
        Ok(Answer { request, rows })
    }
}

/// The first whole slot of five minutes that the series covers.
fn first_slot(region: &Region) -> Timestamp {
    let start = region.series.extent().start();
    let floor = start.floor_to(SLOT);
    if floor < start { floor + SLOT } else { floor }
}

fn moment_of(from: Timestamp, slot: u64) -> Timestamp {
    from + Span::from_micros(slot.saturating_mul(SLOT.as_micros()))
}
