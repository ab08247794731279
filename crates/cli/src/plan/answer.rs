//! The answer: what the core plans in each region.

use gpu_carbon_core::exposure::{Exposures, Uncovered};
use gpu_carbon_core::schedule::{
    Schedule, flexible_start, pause_and_resume, saving_ratio, with_overhead,
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
    /// None for a job whose power is not constant: the cheapest intervals are not its best ones.
    pub(super) pause_and_resume: Option<Paused>,
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
}

impl<'a> Answer<'a> {
    pub(super) fn to(request: &'a Request, regions: &'a [Region]) -> Result<Answer<'a>, Refusal> {
        let plans = |region: &'a Region| {
            Plans::new(request, region).map_err(|why| Refusal::Uncovered {
                region: region.name.clone(),
                needed: request.horizon(),
                why,
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
    fn new(request: &Request, region: &'a Region) -> Result<Plans<'a>, Uncovered> {
        let Request { job, start, window, pue, .. } = request;
        let exposures = Exposures::of(&region.series);
        exposures.over(request.horizon())?;
        let with_overhead =
            |schedule, emissions| Plan { schedule, emissions: with_overhead(emissions, *pue) };

        let now = Schedule::unbroken(*start, job.duration());
        let emissions = now.emissions(job, &exposures)?;
        let (best_start, best_emissions) = flexible_start(job, *start, *window, &exposures)?;
        let pause_and_resume = match job.constant_power() {
            Some(_) => Some(pause_and_resume(job, *start, *window, &exposures)?),
            None => None,
        };
        Ok(Plans {
            region,
            baseline: with_overhead(now, emissions),
            flexible_start: with_overhead(best_start, best_emissions),
            pause_and_resume: pause_and_resume.map(|paused| Paused {
                pauses_per_hour: per_hour(paused.schedule.pauses(), request),
                threshold: paused.threshold,
                plan: with_overhead(paused.schedule, paused.emissions),
            }),
            exposures,
        })
    }

    /// The plan that emits least.
    pub(super) fn best(&self) -> &Plan {
        match &self.pause_and_resume {
            Some(paused) if paused.plan.emissions < self.flexible_start.emissions => &paused.plan,
            _ => &self.flexible_start,
        }
    }

    /// What a plan saves over the baseline; none where the baseline emits nothing.
    pub(super) fn saving(&self, plan: &Plan) -> Option<f64> {
        saving_ratio(self.baseline.emissions, plan.emissions)
    }
}

/// Over all the time in which the job may run.
#[allow(clippy::cast_precision_loss)] // few enough
fn per_hour(pauses: usize, request: &Request) -> f64 {
    pauses as f64 / (request.horizon().length().as_seconds() / 3600.0)
}
