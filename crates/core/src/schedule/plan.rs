//! The schedule of a job, and its emissions.

use alloc::vec::Vec;

use crate::exposure::{CoverageError, Exposure, Exposures};
use crate::job::{Job, Stretch};
use crate::pue::Pue;
use crate::series::Series;
use crate::time::{Interval, Span, Timestamp};
use crate::units::{Intensity, Mass, Power};

/// The times at which a job runs: intervals in order, none touching the next. Between two of them the job is paused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(Vec<Interval>);

impl Schedule {
    /// A schedule without a pause.
    #[must_use]
    pub fn unbroken(start: Timestamp, duration: Span) -> Schedule {
        Schedule(alloc::vec![Interval::new(start, start + duration)])
    }

    /// A schedule of intervals in order; those that touch are joined, empty ones left out.
    #[must_use]
    pub fn joining(intervals: impl IntoIterator<Item = Interval>) -> Schedule {
        let mut joined: Vec<Interval> = Vec::new();
        for interval in intervals {
            match joined.last_mut() {
                _ if interval.length() == Span::ZERO => {}
                Some(last) if last.end() == interval.start() => {
                    *last = Interval::new(last.start(), interval.end());
                }
                _ => joined.push(interval),
            }
        }
        Schedule(joined)
    }

    /// The intervals in which the job runs.
    #[must_use]
    pub fn intervals(&self) -> &[Interval] {
        &self.0
    }

    /// The interval from the start to the end, pauses included; `None` if the job never runs.
    #[must_use]
    pub fn extent(&self) -> Option<Interval> {
        Some(Interval::new(self.0.first()?.start(), self.0.last()?.end()))
    }

    /// The number of pauses. The wait before the first run is no pause.
    #[must_use]
    pub fn pauses(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// The highest intensity at which the job runs; `None` if the series has no value for it.
    #[must_use]
    pub fn dirtiest(&self, series: &Series) -> Option<Intensity> {
        let values = self.0.iter().flat_map(|run| {
            let later = series.points().get(series.begun_by(run.start())..).unwrap_or_default();
            let later = later.iter().take_while(|(start, _)| *start < run.end());
            series.at(run.start()).intensity.into_iter().chain(later.map(|&(_, value)| value))
        });
        values.reduce(|most, value| if value > most { value } else { most })
    }

    /// The emissions of a job with this schedule.
    ///
    /// # Errors
    ///
    /// When the series does not cover the schedule.
    pub fn emissions(&self, job: &Job, exposures: &Exposures<'_>) -> Result<Mass, CoverageError> {
        let mut stretches = job.stretches();
        let mut stretch = stretches.next();
        let mut emissions = Mass::ZERO;
        // The exposure at one power is summed exactly and rounded once, so that equal plans are equal to the bit,
        // however they are cut.
        let (mut power, mut exposure) = (Power::ZERO, Exposure::ZERO);
        for &interval in &self.0 {
            let mut rest = Some(interval);
            while let (Some(now), Some(current)) = (rest, stretch) {
                let (part, later) = now.split_at(now.start() + current.length);
                let part = part.unwrap_or(Interval::instant(now.start()));
                if current.power != power {
                    emissions += exposure.emissions_of(power);
                    (power, exposure) = (current.power, Exposure::ZERO);
                }
                exposure += exposures.over(part)?;
                let length = current.length.saturating_sub(part.length());
                rest = later;
                stretch = if length == Span::ZERO {
                    stretches.next()
                } else {
                    Some(Stretch { length, ..current })
                };
            }
        }
        Ok(emissions + exposure.emissions_of(power))
    }
}

/// The saving over a baseline: 1 - optimised / baseline. `None` if the baseline is zero; negative if the other emits
/// more.
#[must_use]
pub fn saving_ratio(baseline: Mass, optimised: Mass) -> Option<f64> {
    (baseline > Mass::ZERO).then(|| 1.0 - optimised.as_grams() / baseline.as_grams())
}

/// The emissions with the overhead of the data centre, which applies to all of a plan alike.
#[must_use]
pub fn with_overhead(emissions: Mass, pue: Pue) -> Mass {
    emissions * pue
}
