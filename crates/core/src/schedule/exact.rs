//! The best plan if pauses have costs: exact, by dynamic programming.

use crate::exposure::{CoverageError, Exposures};
use crate::job::Job;
use crate::schedule::costs::PauseCosts;
use crate::schedule::dynamic_program::DynamicProgram;
use crate::schedule::pause::{pause_and_resume, pause_and_resume_given_baseline};
use crate::schedule::plan::Schedule;
use crate::schedule::slot_emissions::EmissionsModel;
use crate::schedule::start::{UnbrokenPlan, flexible_start, flexible_start_by};
use crate::time::{Interval, Span, Timestamp};
use crate::units::Mass;

/// A plan that includes the costs of its pauses.
#[derive(Debug, Clone, PartialEq)]
pub struct ExactPlan {
    /// The times at which the job works. Before each run but the first it restores itself, for the time that a pause
    /// costs.
    pub schedule: Schedule,
    /// The emissions, pauses included.
    pub emissions: Mass,
    /// The number of pauses.
    pub pauses: usize,
    /// The part of the emissions that the pauses cause.
    pub pause_emissions: Mass,
    /// The emissions that [`pause_and_resume`] claims, for which pauses are free.
    pub free_plan_claimed: Mass,
    /// The actual emissions of the plan of [`pause_and_resume`], the costs of its pauses included. Pauses that are too
    /// short to restore in are not made: the job keeps running, and ends earlier.
    pub free_plan_actual: Mass,
    /// Reports whether the plan pauses, and so emits less than the best start without a pause that meets the
    /// milestones.
    pub pausing_pays: bool,
}

/// A reason why there is no plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExactError {
    /// The series does not cover the time in which the job could run.
    #[error(transparent)]
    Uncovered(#[from] CoverageError),
    /// A milestone that even a job misses which starts at once and never pauses.
    #[error("a milestone asks for {} s of work by {} s after the earliest start, and at most {} s can be done by then: ask for less, or start earlier", .work.as_seconds(), .after.as_seconds(), .most.as_seconds())]
    Milestone {
        /// The work that the milestone asks for.
        work: Span,
        /// The time from the earliest start to the milestone.
        after: Span,
        /// The work that can be done by then.
        most: Span,
    },
    /// The search would take too long.
    #[error(
        "an exact plan with pauses over {} days would take too long ({steps} steps of arithmetic, at most {limit}): shorten the job or its window, or allow no pauses",
        .slots.div_ceil(SLOTS_OF_A_DAY)
    )]
    TooLong {
        /// The slots from the earliest start to the latest end.
        slots: usize,
        /// Slots times slices of work, times the possible pauses if those are limited; and some for each slot.
        steps: u64,
        /// The most steps.
        limit: u64,
    },
}

/// The slots of five minutes in a day.
const SLOTS_OF_A_DAY: usize = 288;

/// The most steps of arithmetic that [`exact`] takes: about ten seconds.
const MAX_STEPS: u64 = 4_000_000_000;

/// Finds the plan with the least emissions, of all that work in five-minute slots from the earliest start on, up to and
/// including one that ends at `earliest` + `window` + the job's duration.
///
/// The job is cut into slices of five minutes of work; the last one may be shorter. The k-th slice runs in the k-th chosen
/// slot, from its beginning, so a power profile that is not flat is converted exactly. Of equal plans the one without a
/// pause is chosen.
///
/// If the job is no whole number of slices, the plan with free pauses trims another slice than the last, which no slot of
/// this grid can do. So that plan is tried as well, with the costs of its pauses, and the better one wins.
///
/// ```
/// use gpu_carbon_core::exposure::Exposures;
/// use gpu_carbon_core::job::Job;
/// use gpu_carbon_core::schedule::{PauseCosts, exact};
/// use gpu_carbon_core::{Energy, Intensity, Power, Series, Span, Timestamp};
///
/// let slot = |slot: u64| Timestamp::EPOCH + Span::from_seconds(300 * slot);
/// let points = (0..).zip([100.0, 900.0, 100.0, 100.0, 500.0]).map(|(at, grams)| {
///     Ok((slot(at), Intensity::from_grams_per_kilowatt_hour(grams)?))
/// });
/// let series = Series::new(points.collect::<Result<_, gpu_carbon_core::UnitError>>()?)?;
/// let job = Job::of_power(Span::from_seconds(900), Power::from_watts(1000.0)?)?;
/// let window = Span::from_seconds(600);
/// let exposures = Exposures::of(&series);
/// let plan = |kilowatt_hours: f64| -> Result<_, Box<dyn std::error::Error>> {
///     let energy = Energy::from_kilowatt_hours(kilowatt_hours)?;
///     let costs = PauseCosts { energy, ..PauseCosts::default() };
///     Ok(exact(&job, Timestamp::EPOCH, window, &costs, &exposures)?)
/// };
///
/// let low_cost = plan(0.1)?;
/// assert!(low_cost.pausing_pays && low_cost.pauses == 1);
/// assert!((low_cost.emissions.as_grams() - (25.0 + 10.0)).abs() < 1e-9);
///
/// // Without a pause the third slice emits 33 g more: less than the 40 g of such a pause.
/// let high_cost = plan(0.4)?;
/// assert!(!high_cost.pausing_pays && high_cost.pauses == 0);
/// assert!(high_cost.free_plan_actual > high_cost.emissions);
/// assert!(high_cost.free_plan_claimed < high_cost.emissions);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the series does not cover that time, when no plan can reach a milestone, or when the search for a plan with pauses
/// would take more than four thousand million steps.
pub fn exact(
    job: &Job,
    earliest: Timestamp,
    window: Span,
    costs: &PauseCosts,
    exposures: &Exposures<'_>,
) -> Result<ExactPlan, ExactError> {
    program(job, earliest, window, costs, exposures)?; // what cannot be answered takes no time
    let unbroken = flexible_start_by(&costs.milestones, job, earliest, window, exposures)?;
    exact_given_baseline(&unbroken, job, earliest, window, costs, exposures)
}

/// Finds the same plan, given the best start without a pause that [`flexible_start_by`] finds for its milestones.
pub(crate) fn exact_given_baseline(
    unbroken: &UnbrokenPlan,
    job: &Job,
    earliest: Timestamp,
    window: Span,
    costs: &PauseCosts,
    exposures: &Exposures<'_>,
) -> Result<ExactPlan, ExactError> {
    let duration = job.duration();
    let program = program(job, earliest, window, costs, exposures)?;
    let schedule = if program.needs_no_search(costs) {
        unbroken.schedule.clone()
    } else {
        let model = EmissionsModel::new(job, earliest, program.slots(), costs, exposures);
        program.solve(&model, costs)?
    };

    let candidate = |schedule: Schedule| -> Result<Candidate, CoverageError> {
        let pause_emissions = costs.emissions(&schedule, job, exposures)?;
        let emissions = schedule.emissions(job, exposures)? + pause_emissions;
        Ok(Candidate { schedule, emissions, pause_emissions })
    };
    // The plan with free pauses ignores milestones.
    let free = if costs.milestones.is_empty() {
        pause_and_resume_given_baseline(unbroken, job, earliest, window, exposures)?
    } else {
        pause_and_resume(job, earliest, window, exposures)?
    };
    let followed = candidate(costs.follow(&free.schedule, duration))?;
    let free_plan_actual = followed.emissions;
    let mut best = candidate(schedule)?;
    // Of plans that are equal but for a rounding, the simpler one is chosen: without a pause, at once.
    let at_once = Schedule::unbroken(earliest, duration);
    for other in [followed, candidate(unbroken.schedule.clone())?, candidate(at_once)?] {
        if other.beats(&best) && costs.allow(&other.schedule, duration) {
            best = other;
        }
    }
    let Candidate { schedule, emissions, pause_emissions } = best;
    let pauses = schedule.pauses();
    Ok(ExactPlan {
        pausing_pays: pauses > 0 && emissions < unbroken.emissions,
        schedule,
        emissions,
        pauses,
        pause_emissions,
        free_plan_claimed: free.emissions,
        free_plan_actual,
    })
}

/// A schedule that may be the best plan.
struct Candidate {
    schedule: Schedule,
    /// All its emissions, those of its pauses included.
    emissions: Mass,
    pause_emissions: Mass,
}

impl Candidate {
    /// Reports whether it emits less than another, or as much with fewer pauses.
    fn beats(&self, other: &Candidate) -> bool {
        let fewer = self.schedule.pauses() < other.schedule.pauses();
        self.emissions < other.emissions || (self.emissions == other.emissions && fewer)
    }
}

/// Computes the emissions of the [`exact`] plan without the plan, in the memory of a few rows of the job's slices,
/// however long the window is. A least run, a time lost to each pause and a limit on pauses take some rows more.
///
/// If the duration and the window are whole slots, the result equals that plan's emissions but for a rounding.
/// Otherwise that plan may emit less, because it also tries a plan that is not on the grid.
///
/// # Errors
///
/// As [`exact`].
pub fn minimum_emissions(
    job: &Job,
    earliest: Timestamp,
    window: Span,
    costs: &PauseCosts,
    exposures: &Exposures<'_>,
) -> Result<Mass, ExactError> {
    let program = program(job, earliest, window, costs, exposures)?;
    if program.needs_no_search(costs) {
        return Ok(flexible_start(job, earliest, window, exposures)?.emissions);
    }
    let model = EmissionsModel::new(job, earliest, program.slots(), costs, exposures);
    Ok(Mass::saturating(program.least(&model, costs)?))
}

/// The program of a valid question.
fn program<'a>(
    job: &'a Job,
    earliest: Timestamp,
    window: Span,
    costs: &PauseCosts,
    exposures: &Exposures<'_>,
) -> Result<DynamicProgram<'a>, ExactError> {
    let duration = job.duration();
    exposures.over(Interval::new(earliest, earliest + window + duration))?;
    for &milestone in &costs.milestones {
        let after = milestone.by.duration_since(earliest);
        let (work, most) = (milestone.work, after.min(duration));
        if most < work {
            return Err(ExactError::Milestone { work, after, most });
        }
    }
    let program = DynamicProgram::new(job, earliest, window, costs);
    let (slots, steps, limit) = (program.slots(), program.steps(), MAX_STEPS);
    if steps > limit && !program.needs_no_search(costs) {
        return Err(ExactError::TooLong { slots, steps, limit });
    }
    Ok(program)
}
