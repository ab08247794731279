//! Flexible Start (the paper's): the job runs without a pause, from the start with the least emissions.

use core::iter;

use crate::exposure::ExposureSteps;
use crate::exposure::{CoverageError, Exposures};
use crate::job::Job;
use crate::schedule::milestones::Milestone;
use crate::schedule::plan::Schedule;
use crate::time::{Interval, SLOT, Span, Timestamp};
use crate::units::{Mass, Power};

/// A plan without a pause.
#[derive(Debug, Clone, PartialEq)]
pub struct UnbrokenPlan {
    /// The one run of the job.
    pub schedule: Schedule,
    /// The emissions of the job.
    pub emissions: Mass,
}

/// Finds the best of the starts `earliest`, `earliest` + 5 min, ... up to and including `earliest` + `window`; of
/// equals, the earliest. For a job of constant power, equals are compared exactly.
///
/// # Errors
///
/// When the series does not cover all the time in which the job could run.
pub fn flexible_start(
    job: &Job,
    earliest: Timestamp,
    window: Span,
    exposures: &Exposures<'_>,
) -> Result<UnbrokenPlan, CoverageError> {
    let duration = job.duration();
    exposures.over(Interval::new(earliest, earliest + window + duration))?;
    let steps = window.as_micros() / SLOT.as_micros();
    let starts = (0..=steps).map(|step| earliest + Span::from_micros(step * SLOT.as_micros()));
    let best =
        if job.constant_power().is_some_and(|power| power > Power::ZERO) {
            // From one start to the next, the first step leaves the sum and one more at the end enters it.
            let first = exposures.over(Interval::new(earliest, earliest + duration))?;
            let leaves = ExposureSteps::of(exposures, earliest, SLOT);
            let comes = ExposureSteps::of(exposures, earliest + duration, SLOT);
            let mut now = first;
            let later = leaves.zip(comes).map(|(leaves, comes)| {
                now = now.with(comes).after(leaves);
                Ok(now)
            });
            cheapest(starts.zip(iter::once(Ok(first)).chain(later)))?
        } else {
            cheapest(starts.map(|start| {
                (start, Schedule::unbroken(start, duration).emissions(job, exposures))
            }))?
        };
    let schedule = Schedule::unbroken(best.unwrap_or(earliest), duration);
    let emissions = schedule.emissions(job, exposures)?;
    Ok(UnbrokenPlan { schedule, emissions })
}

/// Finds the best of the starts from which the job meets its milestones without a pause. If there is none, not even
/// the earliest, the earliest is used.
///
/// # Errors
///
/// When the series does not cover all the time in which the job could run, milestones or not.
pub(crate) fn flexible_start_by(
    milestones: &[Milestone],
    job: &Job,
    earliest: Timestamp,
    window: Span,
    exposures: &Exposures<'_>,
) -> Result<UnbrokenPlan, CoverageError> {
    exposures.over(Interval::new(earliest, earliest + window + job.duration()))?;
    let waits =
        milestones.iter().map(|milestone| (milestone.by - milestone.work).duration_since(earliest));
    flexible_start(job, earliest, waits.fold(window, Span::min), exposures)
}

fn cheapest<Cost: PartialOrd>(
    starts: impl Iterator<Item = (Timestamp, Result<Cost, CoverageError>)>,
) -> Result<Option<Timestamp>, CoverageError> {
    let mut best = None;
    for (start, cost) in starts {
        let cost = cost?;
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, start));
        }
    }
    Ok(best.map(|(_, start)| start))
}
