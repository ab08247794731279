//! The best plan where pauses cost something: exact, by dynamic programming.

use crate::exposure::{CoverageError, Exposures};
use crate::job::Job;
use crate::schedule::costs::PauseCosts;
use crate::schedule::dynamic_program::DynamicProgram;
use crate::schedule::pause::{pause_and_resume, pause_and_resume_given_baseline};
use crate::schedule::plan::Schedule;
use crate::schedule::slot_emissions::EmissionsModel;
use crate::schedule::start::{UnbrokenPlan, flexible_start_by};
use crate::time::{Interval, Span, Timestamp};
use crate::units::Mass;

/// A plan whose pauses are paid for.
#[derive(Debug, Clone, PartialEq)]
pub struct ExactPlan {
    /// When the job works. Before each run but the first it restores itself, for the time that a pause costs.
    pub schedule: Schedule,
    /// What it emits, pauses included.
    pub emissions: Mass,
    /// How often it pauses.
    pub pauses: usize,
    /// What the pauses emit of that.
    pub pause_emissions: Mass,
    /// What [`pause_and_resume`] claims to emit, for which pauses are free.
    pub free_plan_claimed: Mass,
    /// What the plan of [`pause_and_resume`] emits in truth, its pauses paid for. Pauses too short to restore
    /// in are not made: it runs on, and ends earlier.
    pub free_plan_actual: Mass,
    /// Whether it pauses, and so emits less than the best start without a pause that meets the milestones.
    pub pausing_pays: bool,
}

/// Why there is no plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExactError {
    /// The series does not cover the time that the job could run in.
    #[error(transparent)]
    Uncovered(#[from] CoverageError),
    /// Even a job that starts at once and never pauses misses a milestone.
    #[error("a milestone asks for {} s of work by {} s after the earliest start, and at most {} s can be done by then: ask for less, or start earlier", .work.as_seconds(), .after.as_seconds(), .most.as_seconds())]
    Milestone {
        /// What it asks for.
        work: Span,
        /// How long after the earliest start.
        after: Span,
        /// What can be done by then.
        most: Span,
    },
    /// The search would take too long.
    #[error(
        "a plan over {slots} slots of 5 minutes takes {steps} steps of arithmetic, more than {limit}: give it a shorter window"
    )]
    TooLong {
        /// The slots from the earliest start to the latest end.
        slots: usize,
        /// Slots, times slices of work, times the pauses that may be made where those are limited; and some
        /// for each slot.
        steps: u64,
        /// The most there may be.
        limit: u64,
    },
}

/// The steps that [`exact`] takes at most: some ten seconds of arithmetic.
const MAX_STEPS: u64 = 4_000_000_000;

/// The plan that emits least, of all that work in five-minute slots from the earliest start on, up to and
/// including one that ends at `earliest` + `window` + the job's duration.
///
/// The job is cut into slices of five minutes of work, the last one shorter where the duration asks for it.
/// The k-th slice runs in the k-th slot that is chosen, from its beginning, so a power profile that is not
/// flat is priced exactly. Of equal plans the one without a pause is taken.
///
/// Of a job that is no whole number of slices, the free plan trims another slice than the last, which no
/// slot of this grid can; so that plan, too, is tried with its pauses paid for, and the better one wins.
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
/// let cheap = plan(0.1)?;
/// assert!(cheap.pausing_pays && cheap.pauses == 1);
/// assert!((cheap.emissions.as_grams() - (25.0 + 10.0)).abs() < 1e-9);
///
/// // Without a pause the third slice emits 33 g more: less than the 40 g of a pause like this.
/// let dear = plan(0.4)?;
/// assert!(!dear.pausing_pays && dear.pauses == 0);
/// assert!(dear.free_plan_actual > dear.emissions && dear.free_plan_claimed < dear.emissions);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the series does not cover that time, when no plan can reach a milestone, or when the search would
/// take more than four thousand million steps.
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

/// The same, where what [`flexible_start_by`] finds for its milestones is known.
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
    let model = EmissionsModel::new(job, earliest, program.slots(), costs, exposures);
    let schedule = program.solve(&model, costs)?;

    let candidate = |schedule: Schedule| -> Result<Candidate, CoverageError> {
        let pause_emissions = costs.emissions(&schedule, job, exposures)?;
        let emissions = schedule.emissions(job, exposures)? + pause_emissions;
        Ok(Candidate { schedule, emissions, pause_emissions })
    };
    // The free plan knows no milestones.
    let free = if costs.milestones.is_empty() {
        pause_and_resume_given_baseline(unbroken, job, earliest, window, exposures)?
    } else {
        pause_and_resume(job, earliest, window, exposures)?
    };
    let followed = candidate(costs.follow(&free.schedule, duration))?;
    let free_plan_actual = followed.emissions;
    let mut best = candidate(schedule)?;
    // What is equal but for a rounding is decided for the plan that is simpler: without a pause, at once.
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

/// What the [`exact`] plan emits, without the plan: in the memory of a few rows of the job's slices, however
/// long the window is. A least run, a time lost to each pause and a limit on pauses take some rows more.
///
/// Where the duration and the window are whole slots it is what that plan emits, but for a rounding. Else
/// that plan may emit less, because a free plan is tried that is not on the grid.
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
    let model = EmissionsModel::new(job, earliest, program.slots(), costs, exposures);
    Ok(Mass::saturating(program.least(&model, costs)?))
}

/// The program of a question that can be answered.
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
    if steps > limit {
        return Err(ExactError::TooLong { slots, steps, limit });
    }
    Ok(program)
}
