//! What a pause costs, and what a plan with pauses must keep to.

use alloc::vec::Vec;

use crate::exposure::{CoverageError, Exposures};
use crate::job::Job;
use crate::schedule::milestones::Milestone;
use crate::schedule::plan::Schedule;
use crate::schedule::slots::slots_to_hold;
use crate::time::{Interval, SLOT, Span, Timestamp};
use crate::units::{Energy, Intensity, Mass, Power};

/// What each pause costs, and what limits pauses. By default they are free, and nothing limits them.
///
/// A pause lasts from the moment that work stops to the moment that it goes on. In its last
/// [`time`](PauseCosts::time) the job restores itself, at the power with which its work goes on; before
/// that it is off, at the [`paused_power`](PauseCosts::paused_power). So no pause is shorter than the time
/// that it loses, and the job must be started again that much before its work goes on. The wait before the
/// first run is no pause and costs nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PauseCosts {
    /// Energy to save and to restore, beyond the job's own power. It is priced at the mean intensity of
    /// the five minutes from the moment that work goes on.
    pub energy: Energy,
    /// Running time that each pause adds, to save and to restore.
    pub time: Span,
    /// The power while paused.
    pub paused_power: Power,
    /// Every run does at least this much work, in whole five-minute slices of it, rounded up. A job without a
    /// pause always satisfies it, however short it is.
    pub least_run: Span,
    /// How many pauses there may be.
    pub most_pauses: Option<usize>,
    /// What must be done by when.
    pub milestones: Vec<Milestone>,
}

impl PauseCosts {
    /// What the pauses of a schedule emit, beyond the work: the saving, the restoring and the time between.
    /// A pause too short to restore in is priced as though it were as long as that.
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

    /// The schedule as a job could follow it: where a pause is too short to restore in it runs on, and so it
    /// ends earlier.
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

    /// Whether a schedule keeps to the limits.
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

/// The mean intensity of the five minutes from a moment, or of what is left of them until `end`.
pub(super) fn mean_from(
    moment: Timestamp,
    end: Timestamp,
    exposures: &Exposures<'_>,
) -> Result<Intensity, CoverageError> {
    let slot = Interval::new(moment, end.min(moment + SLOT));
    Ok(exposures.over(slot)?.mean_over(slot.length()).unwrap_or(Intensity::ZERO))
}
