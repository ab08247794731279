//! The outcome of one start, and the means over many.

use crate::exposure::Exposure;
use crate::sum::Sum;
use crate::time::SLOT;
use crate::units::{Mass, Power};

/// The exposures of a job from one start: as it is, at the best start, and with pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The slot of the earliest start; see [`Year::time_of`](crate::evaluate::Year::time_of).
    pub start: usize,
    /// The exposure of the job if it starts at once.
    pub baseline: Exposure,
    /// The exposure at the best start, the earliest of equals.
    pub flexible_start: Exposure,
    /// The number of slots that the job waits for that start.
    pub delay: usize,
    /// The exposure over the cheapest slots of the window, of equals the earliest.
    pub pause_and_resume: Exposure,
    /// The number of pauses in those slots. The wait before the first run is no pause.
    pub pauses: usize,
}

/// The emissions of one job from one start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Emissions {
    /// The emissions of a start at once.
    pub baseline: Mass,
    /// The emissions of the best start.
    pub flexible_start: Mass,
    /// The emissions of a run in the cheapest slots.
    pub pause_and_resume: Mass,
}

impl Outcome {
    /// The emissions of a job of this power: its energy over its duration, rounded to whole steps.
    #[must_use]
    pub fn emissions(&self, power: Power) -> Emissions {
        Emissions {
            baseline: self.baseline.emissions_of(power),
            flexible_start: self.flexible_start.emissions_of(power),
            pause_and_resume: self.pause_and_resume.emissions_of(power),
        }
    }

    /// The share of the baseline that the best start saves; `None` if the baseline is zero.
    #[must_use]
    pub fn flexible_start_saving_ratio(&self) -> Option<f64> {
        (self.baseline - self.flexible_start).share_of(self.baseline)
    }

    /// The share of the baseline that pausing saves; `None` if the baseline is zero.
    #[must_use]
    pub fn pause_and_resume_saving_ratio(&self) -> Option<f64> {
        (self.baseline - self.pause_and_resume).share_of(self.baseline)
    }
}

/// The mean savings over some starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Savings {
    /// The number of starts in the means of the ratios: those whose baseline is not zero.
    pub starts: usize,
    /// The mean share of the baseline that the best start saves; `None` if no start counted.
    pub flexible_start_saving_ratio: Option<f64>,
    /// The mean share of the baseline that pausing saves; `None` if no start counted.
    pub pause_and_resume_saving_ratio: Option<f64>,
    /// The mean number of pauses of Pause and Resume over all starts, per hour of job and window together; `None` if
    /// there is no start.
    pub pauses_per_hour: Option<f64>,
}

impl Savings {
    /// The means over some starts of a job whose duration and window take a number of steps together.
    #[must_use]
    pub fn of<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>, steps: usize) -> Savings {
        let mut totals = SavingsTotals::default();
        outcomes.into_iter().for_each(|outcome| totals.add(outcome));
        totals.savings(steps)
    }

    /// The mean over regions, each of which counts alike; one without a value is left out. Its `starts` are those of
    /// the region with the fewest.
    #[must_use]
    pub fn mean(regions: &[Savings]) -> Savings {
        let over = |value: fn(&Savings) -> Option<f64>| {
            let (mut sum, mut count) = (Sum::default(), 0);
            for value in regions.iter().filter_map(value) {
                sum.add(value);
                count += 1;
            }
            mean(sum, count)
        };
        Savings {
            starts: regions.iter().map(|region| region.starts).min().unwrap_or(0),
            flexible_start_saving_ratio: over(|region| region.flexible_start_saving_ratio),
            pause_and_resume_saving_ratio: over(|region| region.pause_and_resume_saving_ratio),
            pauses_per_hour: over(|region| region.pauses_per_hour),
        }
    }
}

/// The sums over starts from which the means are computed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SavingsTotals {
    counted: usize,
    flexible_start: Sum,
    pause_and_resume: Sum,
    starts: usize,
    pauses: usize,
}

impl SavingsTotals {
    pub(super) fn add(&mut self, outcome: &Outcome) {
        self.starts += 1;
        self.pauses += outcome.pauses;
        let ratios =
            outcome.flexible_start_saving_ratio().zip(outcome.pause_and_resume_saving_ratio());
        if let Some((flexible_start, pause_and_resume)) = ratios {
            self.counted += 1;
            self.flexible_start.add(flexible_start);
            self.pause_and_resume.add(pause_and_resume);
        }
    }

    /// The means, for a job whose duration and window take a number of steps together.
    pub(super) fn savings(&self, steps: usize) -> Savings {
        let hours = steps as f64 * SLOT.as_seconds() / 3600.0;
        let pauses =
            (self.starts > 0 && steps > 0).then(|| self.pauses as f64 / self.starts as f64 / hours);
        Savings {
            starts: self.counted,
            flexible_start_saving_ratio: mean(self.flexible_start, self.counted),
            pause_and_resume_saving_ratio: mean(self.pause_and_resume, self.counted),
            pauses_per_hour: pauses,
        }
    }
}

fn mean(sum: Sum, count: usize) -> Option<f64> {
    (count > 0).then(|| sum.value() / count as f64)
}
