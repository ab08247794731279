//! The answer for some cloud regions: their plans, ranked among those that may be compared.

use gpu_carbon_core::{Mass, Span, Timestamp};
use gpu_carbon_feeds::regions::CloudRegion;

use super::zone_plan::{Basis, Found, ZonePlan};
use crate::plan::costs::{BEST_START, Candidate, WITH_PAUSES};
use crate::plan::request::Question;
use crate::usage_error::UsageError;

/// A region, and the plan of its grid zone.
#[derive(Debug, Clone, Copy)]
pub(super) struct RegionPlan<'a> {
    pub(super) region: CloudRegion,
    pub(super) plan: &'a ZonePlan<'a>,
}

impl RegionPlan<'_> {
    /// The plans that may be best in emissions or in money.
    pub(super) fn candidates(&self, question: &Question) -> Vec<Candidate> {
        let (Some(basis), Some(at_once), Some(best)) =
            (self.plan.basis(), self.plan.now(), self.plan.best())
        else {
            return Vec::new();
        };
        let duration = question.request.job.duration();
        let (plan, emissions) = match &self.plan.found {
            Found::Live { plans, .. } => {
                return Candidate::all_of(plans, self.region.id(), &question.request);
            }
            Found::Season { plans, .. } => {
                let unbroken = plans.flexible_start.emissions.median;
                // A pause that takes time costs money, and how many there are differs from day to day.
                let pauses_are_quick = question.request.pause_costs.time == Span::ZERO;
                if pauses_are_quick && best < unbroken {
                    (WITH_PAUSES, best)
                } else {
                    (BEST_START, unbroken)
                }
            }
            Found::Yearly { .. } | Found::Nothing => ("at any time", best),
        };
        vec![Candidate {
            region: self.region.id(),
            signal: basis.signal,
            scope: Some(basis.scope),
            is_hourly: basis.is_hourly,
            plan,
            emissions,
            running: duration,
            at_once,
        }]
    }
}

/// The plans of some regions; at least one has data.
#[derive(Debug)]
pub(super) struct CloudAnswer<'a> {
    pub(super) question: &'a Question,
    /// The present.
    pub(super) now: Timestamp,
    /// The regions that have data, in the order in which they were given.
    pub(super) regions: Vec<RegionPlan<'a>>,
    /// The regions that have none.
    pub(super) left_out: Vec<RegionPlan<'a>>,
    /// The best region of the first ranking.
    best: RegionPlan<'a>,
}

/// The regions of one basis, the one that emits least first.
#[derive(Debug)]
pub(super) struct Ranking<'a> {
    pub(super) basis: Basis,
    pub(super) regions: Vec<RegionPlan<'a>>,
}

impl<'a> CloudAnswer<'a> {
    /// Ranks the plans of some regions.
    ///
    /// # Errors
    ///
    /// When none has data.
    pub(super) fn of(
        question: &'a Question,
        now: Timestamp,
        planned: Vec<RegionPlan<'a>>,
    ) -> Result<CloudAnswer<'a>, UsageError> {
        let (regions, left_out): (Vec<_>, Vec<_>) =
            planned.into_iter().partition(|it| it.plan.basis().is_some());
        let best = rankings(&regions).first().and_then(|first| first.regions.first().copied());
        let best = best.ok_or_else(|| {
            let names: Vec<_> = left_out.iter().map(|it| it.region.id()).collect();
            UsageError::CommandLine(format!(
                "there are no data of the signal asked for in {}: leave out --signal, or `gpu-carbon regions` lists what there is",
                names.join(", ")
            ))
        })?;
        Ok(CloudAnswer { question, now, regions, left_out, best })
    }

    /// The rankings: those by hourly data first, in the order of their first regions.
    pub(super) fn rankings(&self) -> Vec<Ranking<'a>> {
        rankings(&self.regions)
    }

    /// The best region of the first ranking.
    pub(super) fn best(&self) -> RegionPlan<'a> {
        self.best
    }
}

fn rankings<'a>(regions: &[RegionPlan<'a>]) -> Vec<Ranking<'a>> {
    let mut rankings: Vec<Ranking<'a>> = Vec::new();
    for &region in regions {
        let Some(basis) = region.plan.basis() else { continue };
        match rankings.iter_mut().find(|ranking| ranking.basis == basis) {
            Some(ranking) => ranking.regions.push(region),
            None => rankings.push(Ranking { basis, regions: vec![region] }),
        }
    }
    let grams = |it: &RegionPlan<'_>| it.plan.best().map_or(f64::INFINITY, Mass::as_grams);
    for ranking in &mut rankings {
        ranking.regions.sort_by(|a, b| grams(a).total_cmp(&grams(b)));
    }
    rankings.sort_by_key(|ranking| !ranking.basis.is_hourly);
    rankings
}
