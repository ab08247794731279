//! The savings of moving, waiting and pausing, each alone and all three together.

use crate::units::Mass;
use crate::what_if::{Answer, Plan, Plans};

/// The plans of each way of shifting a job. Only regions of the home region's signal compete.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shifts<'a> {
    /// The start at once in the region with the least emissions.
    pub moving: Shift<'a>,
    /// The best start at home.
    pub waiting: Shift<'a>,
    /// The plan with pauses at home.
    pub pausing: Shift<'a>,
    /// The best plan of the best region.
    pub all: Shift<'a>,
}

/// The plan of one way of shifting a job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift<'a> {
    /// The region in which the job runs.
    pub region: &'a str,
    /// The emissions, overhead included.
    pub emissions: Mass,
    /// The saving over running at home at once; `None` if that emits nothing.
    pub saving_ratio: Option<f64>,
}

impl<'a> Shifts<'a> {
    /// The shifts of an answer.
    #[must_use]
    pub fn of(answer: &Answer<'a>) -> Shifts<'a> {
        let home = answer.home();
        // A region that emits as much as home is no reason to move.
        let now = |plans: &Plans<'_>| plans.baseline.emissions.as_grams();
        let moving = answer
            .of_signal(home.region.signal)
            .fold(home, |least, plans| if now(plans) < now(least) { plans } else { least });
        Shifts {
            moving: Shift::of(answer, moving, &moving.baseline),
            waiting: Shift::of(answer, home, &home.flexible_start),
            pausing: Shift::of(answer, home, &home.pause_and_resume.plan),
            all: Shift::of(answer, answer.best(), answer.best().best()),
        }
    }
}

impl<'a> Shift<'a> {
    fn of(answer: &Answer<'a>, plans: &Plans<'a>, plan: &Plan) -> Shift<'a> {
        Shift {
            region: plans.region.name,
            emissions: plan.emissions,
            saving_ratio: answer.saving_over_home(plan),
        }
    }
}
