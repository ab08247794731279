//! The plans of one region: now, at the best start, with pauses.

use alloc::borrow::Cow;

use crate::exposure::Exposures;
use crate::schedule::{
    ExactError, Schedule, UnbrokenPlan, exact_given_baseline, flexible_start_by,
    pause_and_resume_given_baseline, saving_ratio, with_overhead,
};
use crate::units::{Intensity, Mass};
use crate::what_if::{Region, Request, WhatIfError};

/// The plans of one region.
#[derive(Debug)]
pub struct Plans<'a> {
    /// The region.
    pub region: Region<'a>,
    /// The integral of its intensity.
    pub exposures: Cow<'a, Exposures<'a>>,
    /// The plan that starts at once, without a pause.
    pub baseline: Plan,
    /// The plan at the best start, without a pause, of those that meet the milestones.
    pub flexible_start: Plan,
    /// The plan with pauses, where they pay.
    pub pause_and_resume: PausedPlan,
}

/// A schedule, and its emissions with overhead.
#[derive(Debug)]
pub struct Plan {
    /// The times at which the job runs.
    pub schedule: Schedule,
    /// The emissions.
    pub emissions: Mass,
}

/// A plan with pauses.
#[derive(Debug)]
pub struct PausedPlan {
    /// The plan.
    pub plan: Plan,
    /// The highest intensity at which the job runs.
    pub threshold: Intensity,
    /// The pauses, divided by all the hours in which the job may run.
    pub pauses_per_hour: f64,
    /// The costs of the pauses; `None` if they are free.
    pub costs: Option<PausedPlanCosts>,
}

/// The effect of the costs of pauses on a plan, overhead included.
#[derive(Debug)]
pub struct PausedPlanCosts {
    /// The part of the emissions that the pauses cause.
    pub pauses: Mass,
    /// The emissions that the plan for free pauses claims.
    pub free_plan_claimed: Mass,
    /// The actual emissions of that plan.
    pub free_plan_actual: Mass,
    /// Reports whether pausing emits less than the best start.
    pub pausing_pays: bool,
}

impl Plan {
    fn of(request: &Request, schedule: Schedule, emissions: Mass) -> Plan {
        Plan { schedule, emissions: with_overhead(emissions, request.pue) }
    }

    /// The pauses per hour of all the time in which the job may run.
    fn pauses_per_hour(&self, request: &Request) -> f64 {
        self.schedule.pauses() as f64 / (request.horizon().length().as_seconds() / 3600.0)
    }
}

impl<'a> Plans<'a> {
    /// Plans a job in a region.
    ///
    /// # Errors
    ///
    /// When the region's series does not cover all the time in which the job may run, and as
    /// [`exact`](crate::schedule::exact).
    pub fn of(request: &Request, region: Region<'a>) -> Result<Plans<'a>, WhatIfError> {
        Plans::with(request, region, Cow::Owned(Exposures::of(region.series)))
    }

    /// Plans a job in a region whose integral is known, for repeated questions.
    ///
    /// # Errors
    ///
    /// As [`Plans::of`].
    pub fn with(
        request: &Request,
        region: Region<'a>,
        exposures: Cow<'a, Exposures<'a>>,
    ) -> Result<Plans<'a>, WhatIfError> {
        Plans::find(request, region, exposures).map_err(|why| WhatIfError::Region {
            region: region.name.into(),
            needed: request.horizon(),
            why,
        })
    }

    fn find(
        request: &Request,
        region: Region<'a>,
        exposures: Cow<'a, Exposures<'a>>,
    ) -> Result<Plans<'a>, ExactError> {
        let Request { job, start, window, pause_costs, .. } = request;
        exposures.over(request.horizon())?;
        let now = Schedule::unbroken(*start, job.duration());
        let emissions = now.emissions(job, &exposures)?;
        let milestones = &pause_costs.milestones;
        let unbroken = flexible_start_by(milestones, job, *start, *window, &exposures)?;
        let pause_and_resume = PausedPlan::find(request, &unbroken, &exposures)?;
        let UnbrokenPlan { schedule: best_start, emissions: best_emissions } = unbroken;
        Ok(Plans {
            region,
            baseline: Plan::of(request, now, emissions),
            flexible_start: Plan::of(request, best_start, best_emissions),
            pause_and_resume,
            exposures,
        })
    }

    /// The plan that emits least; of equals the one without pauses.
    #[must_use]
    pub fn best(&self) -> &Plan {
        let paused = &self.pause_and_resume.plan;
        if paused.emissions < self.flexible_start.emissions { paused } else { &self.flexible_start }
    }

    /// The saving of a plan over the baseline of its region; `None` if that emits nothing.
    #[must_use]
    pub fn saving(&self, plan: &Plan) -> Option<f64> {
        saving_ratio(self.baseline.emissions, plan.emissions)
    }
}

impl PausedPlan {
    fn find(
        request: &Request,
        unbroken: &UnbrokenPlan,
        exposures: &Exposures<'_>,
    ) -> Result<PausedPlan, ExactError> {
        let Request { job, start, window, pue, pause_costs, .. } = request;
        if request.pauses_are_free() {
            let free = pause_and_resume_given_baseline(unbroken, job, *start, *window, exposures)?;
            let threshold = free.threshold;
            let plan = Plan::of(request, free.schedule, free.emissions);
            let pauses_per_hour = plan.pauses_per_hour(request);
            return Ok(PausedPlan { pauses_per_hour, threshold, plan, costs: None });
        }
        let exact = exact_given_baseline(unbroken, job, *start, *window, pause_costs, exposures)?;
        let costs = PausedPlanCosts {
            pauses: with_overhead(exact.pause_emissions, *pue),
            free_plan_claimed: with_overhead(exact.free_plan_claimed, *pue),
            free_plan_actual: with_overhead(exact.free_plan_actual, *pue),
            pausing_pays: exact.pausing_pays,
        };
        let threshold = exact.schedule.dirtiest(exposures.series()).unwrap_or(Intensity::ZERO);
        let plan = Plan::of(request, exact.schedule, exact.emissions);
        let pauses_per_hour = plan.pauses_per_hour(request);
        Ok(PausedPlan { pauses_per_hour, threshold, plan, costs: Some(costs) })
    }
}
