//! The policy that follows one exact plan.

use super::reason::Reason;
use super::settings::{Promise, Settings};
use super::wish::{Action, Situation, Wish};
use crate::exposure::Exposures;
use crate::schedule::{Schedule, exact};
use crate::series::Series;
use crate::time::{Interval, SLOT, Span, Timestamp};

/// Makes the plan of the work that is left, from now on. A job that has begun is paused at first only if the plan,
/// with the cost of that pause, emits less than a run at once. `None` if the forecast does not cover the work.
pub(super) fn make(
    settings: &Settings,
    promise: &Promise,
    known: &Series,
    job: &Situation,
) -> Option<Schedule> {
    let left = job.left?;
    let end = promise.finish_by.min(covered_until(known, job.now)?);
    let at_once = Schedule::unbroken(job.now, left);
    if job.now + left > end {
        return (job.now + left <= covered_until(known, job.now)?).then_some(at_once);
    }
    let window = end.duration_since(job.now + left);
    let (work, costs) = (settings.job(left)?, settings.costs(job.pauses));
    let exposures = Exposures::of(known);
    let plan = exact(&work, job.now, window, &costs, &exposures).ok()?;
    let start = plan.schedule.extent()?.start();
    if !job.begun || start == job.now {
        return Some(plan.schedule);
    }
    // The plan takes the wait before its first run for free, and to a job that has begun it is a pause.
    let restores = (start - costs.time).max(job.now);
    let paused = exposures.over(Interval::new(job.now, restores)).ok()?;
    let restoring = exposures.over(Interval::new(restores, start)).ok()?;
    let resume = exposures.over(Interval::new(start, (start + SLOT).min(end))).ok()?;
    let mean = resume.mean_over((start + SLOT).min(end).duration_since(start)).unwrap_or_default();
    let pause = paused.emissions_of(costs.paused_power)
        + restoring.emissions_of(settings.weight())
        + costs.energy * mean;
    let unbroken = at_once.emissions(&work, &exposures).ok()?;
    let is_allowed = costs.most_pauses.is_none_or(|most| plan.pauses < most);
    Some(if is_allowed && plan.emissions + pause < unbroken { plan.schedule } else { at_once })
}

/// The wish at a time of the plan. A job that has not ended with the plan runs on.
pub(super) fn wish(plan: &Schedule, settings: &Settings, job: &Situation) -> Wish {
    let limits = settings.pauses;
    let mut before: Option<Timestamp> = None;
    for run in plan.intervals() {
        // A job restores itself in the last part of a pause.
        let lead = if before.is_some() || job.begun { limits.time } else { Span::ZERO };
        let resumes = run.start() - lead;
        if job.now < resumes {
            let stopped = before.map_or(Span::ALL, |before| resumes.duration_since(before));
            if job.running && stopped < limits.min_pause {
                return Wish::run(Reason::Planned);
            }
            let again = Some(resumes.duration_since(job.now));
            return Wish { again, ..Wish::wait(Reason::PlannedLater) };
        }
        if job.now < run.end() {
            let again = Some(run.end().duration_since(job.now));
            return Wish { action: Action::Run, reason: Reason::Planned, again };
        }
        before = Some(run.end());
    }
    Wish::run(Reason::Planned)
}

/// The end of the time from `now` on that a series covers; `None` if it does not cover `now`.
fn covered_until(known: &Series, now: Timestamp) -> Option<Timestamp> {
    known.at(now).intensity?;
    let gap = known.gaps().find(|gap| gap.end() > now).map(Interval::start);
    Some(gap.unwrap_or(known.extent().end()))
}
