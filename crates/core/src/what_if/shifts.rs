//! What moving, waiting and pausing would save, each alone and all three together.

use crate::units::Mass;
use crate::what_if::{Answer, Plan, Plans};

/// What each way of shifting a job comes to. Only regions of the home region's signal compete.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shifts<'a> {
    /// At once, in the region where that emits least.
    pub moving: Shift<'a>,
    /// At home, at the best start.
    pub waiting: Shift<'a>,
    /// At home, with pauses.
    pub pausing: Shift<'a>,
    /// The best plan of the best region.
    pub all: Shift<'a>,
}

/// What one way of shifting a job comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift<'a> {
    /// Where the job then runs.
    pub region: &'a str,
    /// What it then emits, overhead included.
    pub emissions: Mass,
    /// What that saves over running at home at once; `None` where that emits nothing.
    pub saving_ratio: Option<f64>,
}

impl<'a> Shifts<'a> {
    /// What moving, waiting and pausing would save over running at home at once.
    #[must_use]
    pub fn of(answer: &Answer<'a>) -> Shifts<'a> {
        let home = answer.home();
        // Who gains nothing by it does not move.
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
