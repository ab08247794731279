//! The savings of each policy in each region.

use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use gpu_carbon_core::SLOT;
use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::online::{Outcome, Summary, Trace};
use gpu_carbon_core::{Mass, Span, Timestamp};

use super::policy::PolicyArg;
use super::request::Request;
use super::starts;
use crate::gaps::Missing;
use crate::parallel;
use crate::progress::Progress;
use crate::region::Region;
use crate::usage_error::UsageError;

/// The savings of each policy in each region.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) request: &'a Request,
    /// A row for each region and policy, in the order of the regions.
    pub(super) rows: Vec<Row<'a>>,
}

/// The savings of one policy in one region.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) region: &'a Region,
    pub(super) policy: PolicyArg,
    pub(super) summary: Summary,
    /// The emissions of the policy beyond those of the oracle, in the mean over the starts.
    pub(super) regret: Mass,
    /// The most that the policy emitted beyond a run at once, of all starts.
    pub(super) greatest_loss: Mass,
}

impl<'a> Answer<'a> {
    /// Simulates every policy in every region.
    ///
    /// # Errors
    ///
    /// When a series has a gap, or no start has room for the job and its window.
    pub(super) fn to(request: &'a Request) -> Result<Answer<'a>> {
        let mut rows = Vec::new();
        for region in &request.regions {
            let from = first_slot(region);
            let covered = region.series.extent().end().duration_since(from).as_micros();
            let slots = usize::try_from(covered / SLOT.as_micros()).unwrap_or(0);
            let values =
                Trace::sample(&Exposures::of(&region.series), from, slots).map_err(|why| {
                    let all = region.series.extent();
                    let missing = Missing::within(&region.series, all, request.gaps);
                    UsageError::PastUncovered { region: region.name.clone(), missing, why }
                })?;
            let times = (0..).map(|slot| time_of(from, slot)).take(slots);
            let forecasts: Vec<&[f64]> = match &request.forecasts {
                Some(forecasts) => times.map(|at| forecasts.at(at)).collect(),
                None => Vec::new(),
            };
            let trace = Trace::with_forecasts(&values, &forecasts);
            let starts = starts::slots(request, region, from, slots)?;
            let total = starts.len() * request.policies.len();
            let progress = Mutex::new(Progress::of(total, "jobs simulated"));
            let job = request.slot_job();
            let choices: Vec<(PolicyArg, usize)> = request
                .policies
                .iter()
                .flat_map(|&policy| starts.iter().map(move |&start| (policy, start)))
                .collect();
            let outcomes = parallel::map(&choices, |&(policy, start)| {
                let outcome = policy.simulate(&trace, start, &job, request.max_loss);
                progress.lock().unwrap_or_else(PoisonError::into_inner).step();
                outcome
            });
            drop(progress);
            let outcomes: Result<Vec<Outcome>, _> = outcomes.into_iter().collect();
            let outcomes = outcomes.with_context(|| region.name.clone())?;
            for (&policy, outcomes) in request.policies.iter().zip(outcomes.chunks(starts.len())) {
                let summary = Summary::of(outcomes);
                let regret = request.emissions_of(summary.regret);
                let greatest_loss = request.emissions_of(summary.greatest_loss);
                rows.push(Row { region, policy, summary, regret, greatest_loss });
            }
        }
        Ok(Answer { request, rows })
    }

    /// Returns the rows of each region.
    pub(super) fn by_region(&self) -> impl Iterator<Item = &[Row<'a>]> {
        self.rows.chunk_by(|a, b| std::ptr::eq(a.region, b.region))
    }
}

/// Returns the start of the first whole slot of five minutes that the series covers.
fn first_slot(region: &Region) -> Timestamp {
    let start = region.series.extent().start();
    let floor = start.floor_to(SLOT);
    if floor < start { floor + SLOT } else { floor }
}

/// Returns the time at which a slot begins.
fn time_of(from: Timestamp, slot: u64) -> Timestamp {
    from + Span::from_micros(slot.saturating_mul(SLOT.as_micros()))
}
