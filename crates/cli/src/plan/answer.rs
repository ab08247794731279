//! The answer: what the core plans in each region.

use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::schedule::{
    ExactError, Schedule, exact, flexible_start, pause_and_resume, saving_ratio, with_overhead,
};
use gpu_carbon_core::{Intensity, Mass};

use super::request::Request;
use crate::refusal::Refusal;
use crate::region::Region;

/// The plans of every region, in the order in which they were given.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) request: &'a Request,
    pub(super) regions: Vec<Plans<'a>>,
}

/// The plans of one region.
#[derive(Debug)]
pub(super) struct Plans<'a> {
    pub(super) region: &'a Region,
    pub(super) exposures: Exposures<'a>,
    pub(super) baseline: Plan,
    pub(super) flexible_start: Plan,
    pub(super) pause_and_resume: Paused,
}

/// When the job runs, and what it emits then, overhead included.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) schedule: Schedule,
    pub(super) emissions: Mass,
}

/// A plan with pauses.
#[derive(Debug)]
pub(super) struct Paused {
    pub(super) plan: Plan,
    /// The job pauses above it.
    pub(super) threshold: Intensity,
    pub(super) pauses_per_hour: f64,
    /// What its pauses cost; none where they are free.
    pub(super) costs: Option<Costs>,
}

/// What pauses that cost make of a plan, overhead included.
#[derive(Debug)]
pub(super) struct Costs {
    /// What its pauses emit, of all that it emits.
    pub(super) pauses: Mass,
    /// What the plan for free pauses claims to emit.
    pub(super) free_claim: Mass,
    /// What that plan emits in truth.
    pub(super) honest_free: Mass,
    /// Whether pausing emits less than the best start.
    pub(super) pausing_pays: bool,
}

impl<'a> Answer<'a> {
    pub(super) fn to(request: &'a Request, regions: &'a [Region]) -> Result<Answer<'a>, Refusal> {
        let plans = |region: &'a Region| {
            Plans::new(request, region).map_err(|why| match why {
                ExactError::Uncovered(why) => Refusal::Uncovered {
                    region: region.name.clone(),
                    needed: request.horizon(),
                    why,
                },
                other => Refusal::CommandLine(format!("{}: {other}", region.name)),
            })
        };
        Ok(Answer { request, regions: regions.iter().map(plans).collect::<Result<_, _>>()? })
    }

    /// The regions by what their best plans emit, the least first; of equals, the one given first.
    pub(super) fn ranking(&self) -> Vec<&Plans<'a>> {
        let mut ranking: Vec<_> = self.regions.iter().collect();
        let grams = |plans: &Plans<'_>| plans.best().emissions.as_grams();
        ranking.sort_by(|a, b| grams(a).total_cmp(&grams(b)));
        ranking
    }

    /// The region whose best plan emits least.
    pub(super) fn best(&self) -> Option<&Plans<'a>> {
        self.ranking().into_iter().next()
    }
}

impl<'a> Plans<'a> {
    fn new(request: &Request, region: &'a Region) -> Result<Plans<'a>, ExactError> {
        let Request { job, start, window, .. } = request;
        let exposures = Exposures::of(&region.series);
        exposures.over(request.horizon())?;
        let now = Schedule::unbroken(*start, job.duration());
        let emissions = now.emissions(job, &exposures)?;
        let (best_start, best_emissions) = flexible_start(job, *start, *window, &exposures)?;
        Ok(Plans {
            region,
            baseline: request.plan(now, emissions),
            flexible_start: request.plan(best_start, best_emissions),
            pause_and_resume: Paused::new(request, &exposures)?,
            exposures,
        })
    }

    /// The plan that emits least.
    pub(super) fn best(&self) -> &Plan {
        let paused = &self.pause_and_resume.plan;
        if paused.emissions < self.flexible_start.emissions { paused } else { &self.flexible_start }
    }

    /// What a plan saves over the baseline; none where the baseline emits nothing.
    pub(super) fn saving(&self, plan: &Plan) -> Option<f64> {
        saving_ratio(self.baseline.emissions, plan.emissions)
    }
}

impl Paused {
    fn new(request: &Request, exposures: &Exposures<'_>) -> Result<Paused, ExactError> {
        let Request { job, start, window, pue, .. } = request;
        if request.pauses_are_free() {
            let free = pause_and_resume(job, *start, *window, exposures)?;
            let threshold = free.threshold;
            let plan = request.plan(free.schedule, free.emissions);
            return Ok(Paused {
                pauses_per_hour: request.per_hour(&plan),
                threshold,
                plan,
                costs: None,
            });
        }
        let exact = exact(job, *start, *window, &request.pause_costs, exposures)?;
        let costs = Costs {
            pauses: with_overhead(exact.pause_emissions, *pue),
            free_claim: with_overhead(exact.free_claim, *pue),
            honest_free: with_overhead(exact.honest_free, *pue),
            pausing_pays: exact.pausing_pays,
        };
        let threshold = exact.schedule.dirtiest(exposures.series()).unwrap_or(Intensity::ZERO);
        let plan = request.plan(exact.schedule, exact.emissions);
        let pauses_per_hour = request.per_hour(&plan);
        Ok(Paused { pauses_per_hour, threshold, plan, costs: Some(costs) })
    }
}

impl Request {
    fn plan(&self, schedule: Schedule, emissions: Mass) -> Plan {
        Plan { schedule, emissions: with_overhead(emissions, self.pue) }
    }

    /// Pauses over all the time in which the job may run.
    #[allow(clippy::cast_precision_loss)] // few enough
    fn per_hour(&self, plan: &Plan) -> f64 {
        plan.schedule.pauses() as f64 / (self.horizon().length().as_seconds() / 3600.0)
    }
}
