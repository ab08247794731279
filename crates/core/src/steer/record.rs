//! The past of a steered job, and what it emitted.

use alloc::vec::Vec;

use super::settings::Settings;
use crate::exposure::{CoverageError, Exposures};
use crate::job::Job;
use crate::schedule::{ExactError, Schedule, exact};
use crate::time::{Interval, SLOT, Span};
use crate::units::Mass;

/// The past of a steered job: its phases in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record(Vec<Piece>);

/// A phase of a job, by the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The activity of the job.
    pub phase: Phase,
    /// The time.
    pub interval: Interval,
}

/// The activity of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The job has not been started.
    Waiting,
    /// The job works.
    Working,
    /// The job runs, but restores itself after a pause.
    Restoring,
    /// The job is paused, or about to stop or to run again.
    Paused,
    /// A user stopped the job.
    StoppedByUser,
}

/// The emissions of a job of constant power, by their cause.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Emitted {
    /// The emissions before the first start, of a job that holds its devices while it waits.
    pub waiting: Mass,
    /// The emissions of the work.
    pub working: Mass,
    /// The emissions while it was paused or stopped.
    pub paused: Mass,
    /// The emissions to save and restore it.
    pub restoring: Mass,
}

impl Emitted {
    /// All emissions.
    #[must_use]
    pub fn total(&self) -> Mass {
        self.waiting + self.working + self.paused + self.restoring
    }
}

impl FromIterator<Piece> for Record {
    fn from_iter<Pieces: IntoIterator<Item = Piece>>(pieces: Pieces) -> Record {
        let mut record = Record::default();
        pieces.into_iter().for_each(|piece| record.add(piece));
        record
    }
}

impl Record {
    /// Adds a phase, and joins it to the one before if that was the same.
    pub fn add(&mut self, piece: Piece) {
        match self.0.last_mut() {
            _ if piece.interval.length() == Span::ZERO => {}
            Some(last)
                if last.phase == piece.phase && last.interval.end() == piece.interval.start() =>
            {
                last.interval = Interval::new(last.interval.start(), piece.interval.end());
            }
            _ => self.0.push(piece),
        }
    }

    /// The phases.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The time that the job spent in a phase.
    #[must_use]
    pub fn time_in(&self, phase: Phase) -> Span {
        let of_phase = self.0.iter().filter(|piece| piece.phase == phase);
        of_phase.fold(Span::ZERO, |sum, piece| sum + piece.interval.length())
    }

    /// The emissions of the job, by the powers and energies of the settings. The energy of a pause is converted at the
    /// mean intensity of the five minutes from the resumption of work on.
    ///
    /// # Errors
    ///
    /// When the series does not cover the record.
    pub fn emitted(
        &self,
        settings: &Settings,
        exposures: &Exposures<'_>,
    ) -> Result<Emitted, CoverageError> {
        let limits = settings.pauses;
        let end = self.0.last().map(|piece| piece.interval.end());
        let (mut emitted, mut resumes) = (Emitted::default(), false);
        for &Piece { phase, interval } in &self.0 {
            if phase == Phase::Waiting {
                continue;
            }
            let exposure = exposures.over(interval)?;
            match phase {
                Phase::Waiting => {}
                Phase::Working => {
                    emitted.working += exposure.emissions_of(settings.power);
                    if core::mem::take(&mut resumes) {
                        let start = interval.start();
                        let until = (start + SLOT).min(end.unwrap_or(start + SLOT));
                        let slot = Interval::new(start, until);
                        let mean = exposures.over(slot)?.mean_over(slot.length());
                        emitted.restoring += limits.energy * mean.unwrap_or_default();
                    }
                }
                Phase::Restoring => emitted.restoring += exposure.emissions_of(settings.power),
                Phase::Paused => {
                    emitted.paused += exposure.emissions_of(limits.paused_power);
                    resumes = true;
                }
                Phase::StoppedByUser => {
                    emitted.paused += exposure.emissions_of(limits.paused_power);
                }
            }
        }
        Ok(emitted)
    }

    /// The emissions of the same work, had it been started at the beginning of the record and never been paused.
    ///
    /// # Errors
    ///
    /// When the series does not cover that time.
    pub fn at_once(
        &self,
        settings: &Settings,
        exposures: &Exposures<'_>,
    ) -> Result<Mass, CoverageError> {
        let Some(first) = self.0.first() else { return Ok(Mass::ZERO) };
        let start = first.interval.start();
        let run = Interval::new(start, start + self.time_in(Phase::Working));
        Ok(exposures.over(run)?.emissions_of(settings.power))
    }

    /// The least emissions of the same work from the beginning of the record to the end that was promised, with the
    /// same costs and limits of pauses; `None` without a promise or without work.
    ///
    /// # Errors
    ///
    /// When the series does not cover that time, or the search would take too long.
    pub fn best(
        &self,
        settings: &Settings,
        exposures: &Exposures<'_>,
    ) -> Result<Option<Best>, ExactError> {
        match settings.job(self.time_in(Phase::Working)) {
            Some(job) => self.best_of(&job, settings, exposures),
            None => Ok(None),
        }
    }

    /// The least emissions of a job from the beginning of the record to the end that was promised.
    pub(super) fn best_of(
        &self,
        job: &Job,
        settings: &Settings,
        exposures: &Exposures<'_>,
    ) -> Result<Option<Best>, ExactError> {
        let (Some(first), Some(promise)) = (self.0.first(), settings.promise) else {
            return Ok(None);
        };
        let start = first.interval.start();
        let window = promise.finish_by.duration_since(start + job.duration());
        let plan = exact(job, start, window, &settings.costs(0), exposures)?;
        Ok(Some(Best { emissions: plan.emissions, schedule: plan.schedule }))
    }
}

/// The best plan, as it is known afterwards.
#[derive(Debug, Clone, PartialEq)]
pub struct Best {
    /// The emissions, those of its pauses included.
    pub emissions: Mass,
    /// The times of work.
    pub schedule: Schedule,
}
