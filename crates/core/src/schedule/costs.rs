//! The costs of pauses, and the limits of a plan with pauses.

use alloc::vec::Vec;

use crate::exposure::{CoverageError, Exposures};
use crate::job::Job;
use crate::schedule::milestones::Milestone;
use crate::schedule::plan::Schedule;
use crate::schedule::slots::slots_to_hold;
use crate::time::{Interval, SLOT, Span, Timestamp};
use crate::units::{Energy, Intensity, Mass, Power};

/// The costs of each pause, and the limits of pauses. By default pauses are free and unlimited.
///
/// A pause lasts from the end of work to its resumption. In its last [`time`](PauseCosts::time) the job restores
/// itself, at the power with which its work resumes; before that it is off, at the
/// [`paused_power`](PauseCosts::paused_power). So no pause is shorter than the time that it loses, and the job must be
/// restarted that much before its work resumes. The wait before the first run is no pause and costs nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PauseCosts {
    /// The energy to save and to restore, beyond the job's own power. It is converted at the mean intensity of the
    /// five minutes from the resumption on.
    pub energy: Energy,
    /// The running time that each pause adds, to save and to restore.
    pub time: Span,
    /// The power while paused.
    pub paused_power: Power,
    /// The least work of each run, rounded up to whole five-minute slices. A job without a pause always satisfies it,
    /// however short it is.
    pub least_run: Span,
    /// The most pauses.
    pub most_pauses: Option<usize>,
    /// The work that must be done by some times.
    pub milestones: Vec<Milestone>,
}

impl PauseCosts {
    /// The emissions of the pauses of a schedule, beyond the work: saving, restoring and the time between. A pause
    /// that is too short to restore in counts as long as that.
    ///
    /// # Errors
    ///
    /// When the series does not cover the schedule.
    pub fn emissions(
        &self,
        schedule: &Schedule,
        job: &Job,
        exposures: &Exposures<'_>,
    ) -> Result<Mass, CoverageError> {
        let Some(extent) = schedule.extent() else { return Ok(Mass::ZERO) };
        let mut emissions = Mass::ZERO;
        let mut work = Span::ZERO;
        let runs = schedule.intervals();
        for (run, next) in runs.iter().zip(runs.iter().skip(1)) {
            work = work + run.length();
            let goes_on = next.start();
            let restores = goes_on - self.time;
            let off = exposures.over(Interval::new(run.end(), restores))?;
            let restoring = exposures.over(Interval::new(restores, goes_on))?;
            emissions += off.emissions_of(self.paused_power);
            emissions += restoring.emissions_of(job.power_at(work));
            emissions += self.energy * mean_from(goes_on, extent.end(), exposures)?;
        }
        Ok(emissions)
    }

    /// The schedule as a job could follow it: where a pause is too short to restore in, the job keeps running, and so
    /// it ends earlier.
    pub(super) fn follow(&self, schedule: &Schedule, duration: Span) -> Schedule {
        let mut left = duration;
        let mut runs: Vec<Interval> = Vec::new();
        for &run in schedule.intervals() {
            let end = runs.last().map(|last| last.end());
            let start = end.filter(|&end| run.start().duration_since(end) < self.time);
            let start = start.unwrap_or(run.start());
            let taken = run.end().duration_since(start).min(left);
            left = left.saturating_sub(taken);
            runs.push(Interval::new(start, start + taken));
        }
        Schedule::joining(runs)
    }

    /// Reports whether a schedule keeps the limits.
    pub(super) fn allow(&self, schedule: &Schedule, duration: Span) -> bool {
        let runs = schedule.intervals();
        let least = self.least_run.min(duration);
        let slices = |run: &Interval| slots_to_hold(run.length());
        let pauses = runs.iter().zip(runs.iter().skip(1));
        self.most_pauses.is_none_or(|most| schedule.pauses() <= most)
            && (schedule.pauses() == 0
                || runs.iter().all(|run| slices(run) >= slots_to_hold(least)))
            && pauses.fold(true, |long, (run, next)| {
                long && next.start().duration_since(run.end()) >= self.time
            })
            && self.milestones.iter().all(|milestone| {
                let done =
                    runs.iter().map(|run| milestone.by.min(run.end()).duration_since(run.start()));
                done.fold(Span::ZERO, |sum, part| sum + part) >= milestone.work
            })
    }
}

/// The mean intensity of the five minutes from a time on, or of the part of them until `end`.
pub(super) fn mean_from(
    time: Timestamp,
    end: Timestamp,
    exposures: &Exposures<'_>,
) -> Result<Intensity, CoverageError> {
    let slot = Interval::new(time, end.min(time + SLOT));
    Ok(exposures.over(slot)?.mean_over(slot.length()).unwrap_or(Intensity::ZERO))
}
