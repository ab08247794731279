//! Jobs: their duration, and their power over time.

use alloc::vec::Vec;

use crate::time::Span;
use crate::units::{Energy, JOULES_PER_KILOWATT_HOUR, Power, Ratio, UnitError};

/// A job with a known duration and power. Its power is piecewise constant over the job's own time, which does not
/// advance while the job is paused.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    duration: Span,
    /// The power from each offset on; the first offset is zero, and they ascend.
    profile: Vec<(Span, Power)>,
}

/// A stretch of constant power within a job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stretch {
    /// The length of the stretch.
    pub(crate) length: Span,
    pub(crate) power: Power,
}

/// An error in the description of a job.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum JobError {
    /// The duration is zero.
    #[error("a job must take some time, got 0 s")]
    NoTime,
    /// The profile does not begin at offset zero.
    #[error("a power profile must begin at offset 0, got {} s", .0.as_seconds())]
    LateProfile(Span),
    /// Two offsets are the same, or out of order.
    #[error("the offsets of a power profile must ascend, got {} s twice or out of order", .0.as_seconds())]
    Unordered(Span),
    /// The job ends before the last offset.
    #[error("a power profile must end with the job, got an offset of {} s in a job of {} s", .offset.as_seconds(), .duration.as_seconds())]
    LongProfile {
        /// The offset that is too late.
        offset: Span,
        /// The job's duration.
        duration: Span,
    },
    /// The energy is not valid.
    #[error(transparent)]
    Unit(#[from] UnitError),
}

impl Job {
    /// A job of constant power.
    ///
    /// # Errors
    ///
    /// When its duration is zero.
    pub fn of_power(duration: Span, power: Power) -> Result<Job, JobError> {
        Job::of_profile(duration, alloc::vec![(Span::ZERO, power)])
    }

    /// A job that uses an amount of energy at constant power.
    ///
    /// # Errors
    ///
    /// When its duration is zero.
    pub fn of_energy(duration: Span, energy: Energy) -> Result<Job, JobError> {
        let power = energy.over(duration).ok_or(JobError::NoTime)?;
        Job::of_power(duration, power)
    }

    /// A job whose power changes at offsets from its start. The last power holds to the end.
    ///
    /// # Errors
    ///
    /// When its duration is zero, or the offsets do not ascend from zero to less than the duration.
    pub fn of_profile(duration: Span, profile: Vec<(Span, Power)>) -> Result<Job, JobError> {
        if duration == Span::ZERO {
            return Err(JobError::NoTime);
        }
        match profile.first() {
            Some(&(Span::ZERO, _)) => {}
            first => {
                return Err(JobError::LateProfile(first.map_or(duration, |&(offset, _)| offset)));
            }
        }
        if let Some((_, late)) =
            profile.iter().zip(profile.iter().skip(1)).find(|(a, b)| a.0 >= b.0)
        {
            return Err(JobError::Unordered(late.0));
        }
        match profile.last() {
            Some(&(offset, _)) if offset >= duration => {
                Err(JobError::LongProfile { offset, duration })
            }
            _ => Ok(Job { duration, profile }),
        }
    }

    /// The same job with a multiple of its power.
    #[must_use]
    pub fn times(mut self, factor: Ratio) -> Job {
        self.profile.iter_mut().for_each(|(_, power)| *power = *power * factor);
        self
    }

    /// The duration, without pauses.
    #[must_use]
    pub fn duration(&self) -> Span {
        self.duration
    }

    /// The power, if it is the same throughout.
    #[must_use]
    pub fn constant_power(&self) -> Option<Power> {
        let &(_, first) = self.profile.first()?;
        self.profile.iter().all(|&(_, power)| power == first).then_some(first)
    }

    /// The stretches of constant power, in order.
    pub(crate) fn stretches(&self) -> impl Iterator<Item = Stretch> + '_ {
        self.stretches_between(Span::ZERO, self.duration)
    }

    /// The power at an offset from the start; from the end on, the last one.
    #[must_use]
    pub fn power_at(&self, offset: Span) -> Power {
        let next = self.profile.partition_point(|&(from, _)| from <= offset);
        let held = next.checked_sub(1).and_then(|held| self.profile.get(held));
        held.map_or(Power::ZERO, |&(_, power)| power)
    }

    /// The stretches of constant power between two offsets from the start, in order.
    pub(crate) fn stretches_between(
        &self,
        from: Span,
        to: Span,
    ) -> impl Iterator<Item = Stretch> + '_ {
        let first = self.profile.partition_point(|&(offset, _)| offset <= from).saturating_sub(1);
        let stretches = self.profile.iter().skip(first);
        let ends = self.profile.iter().skip(first + 1).map(|&(offset, _)| offset);
        let ends = ends.chain([self.duration]);
        stretches.zip(ends).take_while(move |&(&(offset, _), _)| offset < to).map(
            move |(&(offset, power), end)| Stretch {
                length: end.min(to).saturating_sub(offset.max(from)),
                power,
            },
        )
    }

    /// The energy of the whole job.
    #[must_use]
    pub fn energy(&self) -> Energy {
        self.stretches().map(|it| it.power * it.length).sum()
    }
}

/// One of the paper's jobs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PaperJob {
    /// The name in commands.
    pub name: &'static str,
    /// The name in the paper.
    pub title: &'static str,
    /// The GPUs that it ran on.
    pub gpus: &'static str,
    /// The duration, in minutes.
    minutes: u64,
    /// The energy of its GPUs, in kWh.
    kilowatt_hours: f64,
}

const fn paper(
    name: &'static str,
    title: &'static str,
    gpus: &'static str,
    minutes: u64,
    kilowatt_hours: f64,
) -> PaperJob {
    PaperJob { name, title, gpus, minutes, kilowatt_hours }
}

/// The eleven jobs of the paper (Dodge et al., FAccT 2022): durations and kWh as printed in its Table 2, except for the
/// 20, 20 and 25 minutes of the DenseNets, which are those of its Figures 8 to 10.
pub const PAPER_JOBS: [PaperJob; 11] = [
    paper("bert_finetune", "BERT finetune", "4 V100", 6 * 60, 3.1),
    paper("bert_lm", "BERT LM", "8 V100", 36 * 60, 37.3),
    paper("transformer_6b", "6B Transformer, 13% of a run", "256 A100", 192 * 60, 13_812.4),
    paper("densenet_121", "DenseNet 121", "1 P40", 20, 0.02),
    paper("densenet_169", "DenseNet 169", "1 P40", 20, 0.03),
    paper("densenet_201", "DenseNet 201", "1 P40", 25, 0.04),
    paper("vit_tiny", "ViT Tiny", "1 V100", 19 * 60, 1.7),
    paper("vit_small", "ViT Small", "1 V100", 19 * 60, 2.2),
    paper("vit_base", "ViT Base", "1 V100", 21 * 60, 4.7),
    paper("vit_large", "ViT Large", "4 V100", 90 * 60, 93.3),
    paper("vit_huge", "ViT Huge", "4 V100", 216 * 60, 237.6),
];

impl PaperJob {
    /// The duration.
    #[must_use]
    pub fn duration(&self) -> Span {
        Span::from_seconds(self.minutes * 60)
    }

    /// The energy of its GPUs.
    #[must_use]
    pub fn energy(&self) -> Energy {
        Energy::saturating(self.kilowatt_hours * JOULES_PER_KILOWATT_HOUR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    #[test]
    fn energy_is_the_sum_over_the_profile() {
        let watts = |watts| Power::from_watts(watts).unwrap();
        let hour = Span::from_seconds(3600);
        let profile = vec![(Span::ZERO, watts(100.0)), (Span::from_seconds(900), watts(500.0))];
        let job = Job::of_profile(hour, profile).unwrap();
        assert_eq!(job.energy().as_joules(), 90_000.0 + 500.0 * 2700.0);
        assert_eq!(job.constant_power(), None);
        let flat = Job::of_energy(hour, Energy::from_kilowatt_hours(2.0).unwrap()).unwrap();
        assert_eq!(flat.constant_power(), Some(watts(2000.0)));
    }

    #[test]
    fn an_invalid_job_is_an_error() {
        let power = Power::ZERO;
        let (zero, one, two) = (Span::ZERO, Span::from_seconds(1), Span::from_seconds(2));
        assert_eq!(Job::of_power(zero, power), Err(JobError::NoTime));
        assert_eq!(Job::of_profile(two, vec![]), Err(JobError::LateProfile(two)));
        assert_eq!(Job::of_profile(two, vec![(one, power)]), Err(JobError::LateProfile(one)));
        assert_eq!(
            Job::of_profile(two, vec![(zero, power), (one, power), (one, power)]),
            Err(JobError::Unordered(one))
        );
        assert_eq!(
            Job::of_profile(two, vec![(zero, power), (two, power)]),
            Err(JobError::LongProfile { offset: two, duration: two })
        );
    }
}
