//! The settings of a steered job: its policy, its promise, and the costs and limits of its pauses.

use crate::job::Job;
use crate::schedule::PauseCosts;
use crate::time::{Span, Timestamp};
use crate::units::{Energy, Intensity, Power};

/// The settings of a steered job.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The rule by which the job runs or waits.
    pub policy: Policy,
    /// The time by which the job must finish; [`Policy::Plan`] and [`Policy::Replan`] need one.
    pub promise: Option<Promise>,
    /// The power of the job while it runs. Zero stands for unknown, and is allowed only if pauses cost no energy.
    pub power: Power,
    /// The costs and limits of pauses.
    pub pauses: PauseLimits,
    /// The rule while the intensity is unknown.
    pub unknown: Unknown,
    /// The longest time by which a step comes later than asked for, and by which a command takes effect later.
    pub lateness: Span,
}

/// A rule by which a job runs or waits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Policy {
    /// The job runs while the intensity is low. It needs no forecast and no promise.
    Threshold {
        /// The highest intensity at which the job starts, or goes on running.
        below: Intensity,
        /// The highest intensity at which a paused job resumes; at most `below`.
        resume_below: Intensity,
    },
    /// The job follows the [exact](crate::schedule::exact) plan for a forecast, which is made once.
    Plan,
    /// The job is [planned again](crate::online::Replan) at each step, with the past and a forecast where there is one.
    Replan,
}

/// A time by which a job must finish.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Promise {
    /// The running time of the job.
    pub duration: Span,
    /// The share by which the job may take longer, 0 or more.
    pub margin: f64,
    /// The latest end.
    pub finish_by: Timestamp,
}

/// The costs of each pause, and the limits of pauses. By default pauses are free and unlimited.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PauseLimits {
    /// The energy to save and to restore the job, beyond its own power.
    pub energy: Energy,
    /// The running time that each pause adds: after a resume the job restores itself for so long, and does no work.
    pub time: Span,
    /// The power while paused.
    pub paused_power: Power,
    /// The least work between two pauses, or before the first.
    pub min_run: Span,
    /// The least time from the beginning of a pause to the resume, unless the job would be late.
    pub min_pause: Span,
    /// The most pauses.
    pub max_pauses: Option<usize>,
}

/// A rule while the intensity is unknown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unknown {
    /// The job runs: it never starves for want of data.
    #[default]
    Run,
    /// The job stays as it is: one that waits goes on waiting, one that runs goes on running.
    Hold,
    /// A job that has not started is given up. One that has started runs.
    Fail,
}

/// A contradiction in the settings.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// A job would resume at an intensity at which it pauses.
    #[error("a job must resume at an intensity of at most {} g/kWh, at which it pauses, got {} g/kWh", .below.as_grams_per_kilowatt_hour(), .resume_below.as_grams_per_kilowatt_hour())]
    Thresholds {
        /// The highest intensity at which the job goes on running.
        below: Intensity,
        /// The highest intensity at which it resumes.
        resume_below: Intensity,
    },
    /// A policy that plans, without the time by which the job must finish.
    #[error("a plan needs the duration of the job and the time by which it must finish: give both")]
    NoPromise,
    /// A job without work.
    #[error("a job must take some time, got 0 s")]
    NoTime,
    /// A margin that is no share.
    #[error("the margin must be a share from 0 on, such as 0.1, got {0}")]
    Margin(f64),
    /// Pauses that cost energy, and a job whose energy is unknown.
    #[error(
        "pauses that cost energy cannot be weighed against a job of unknown power: give its power"
    )]
    NoPower,
    /// A job that needs no more power than while it is paused.
    #[error("a paused job must draw less than a running one, which draws {} W, got {} W", .power.as_watts(), .paused.as_watts())]
    PausedPower {
        /// The power while paused.
        paused: Power,
        /// The power while running.
        power: Power,
    },
}

impl Settings {
    /// The usual time by which a step, or a command, may be late.
    pub const LATENESS: Span = Span::from_seconds(2);

    /// Checks that the settings do not contradict each other.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let PauseLimits { energy, paused_power, .. } = self.pauses;
        if let Policy::Threshold { below, resume_below } = self.policy
            && resume_below > below
        {
            return Err(SettingsError::Thresholds { below, resume_below });
        }
        match self.promise {
            None if !matches!(self.policy, Policy::Threshold { .. }) => {
                return Err(SettingsError::NoPromise);
            }
            Some(Promise { duration: Span::ZERO, .. }) => return Err(SettingsError::NoTime),
            Some(Promise { margin, .. }) if !(margin.is_finite() && margin >= 0.0) => {
                return Err(SettingsError::Margin(margin));
            }
            _ => {}
        }
        if self.power == Power::ZERO {
            let free = energy == Energy::ZERO && paused_power == Power::ZERO;
            return if free { Ok(()) } else { Err(SettingsError::NoPower) };
        }
        if paused_power >= self.power {
            let (paused, power) = (paused_power, self.power);
            return Err(SettingsError::PausedPower { paused, power });
        }
        Ok(())
    }

    /// The power of the job; one watt if it is unknown, so that intensities are weighed all the same.
    pub(super) fn weight(&self) -> Power {
        if self.power > Power::ZERO { self.power } else { Power::from_milliwatts(1000) }
    }

    /// A job of constant power with this running time; `None` if that is zero.
    pub(super) fn job(&self, duration: Span) -> Option<Job> {
        Job::of_power(duration, self.weight()).ok()
    }

    /// The costs and limits of pauses as a plan has them, after some pauses.
    pub(super) fn costs(&self, pauses: usize) -> PauseCosts {
        let PauseLimits { energy, time, paused_power, min_run, max_pauses, .. } = self.pauses;
        PauseCosts {
            energy,
            time,
            paused_power,
            least_run: min_run,
            most_pauses: max_pauses.map(|most| most.saturating_sub(pauses)),
            milestones: alloc::vec::Vec::new(),
        }
    }
}

impl Promise {
    /// The running time with its margin.
    pub(super) fn work(&self) -> Span {
        let margin = Span::from_seconds_f64(self.duration.as_seconds() * self.margin);
        self.duration + margin.unwrap_or(Span::ALL)
    }
}
