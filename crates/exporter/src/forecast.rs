//! The forecast: the intensity some hours ahead, and the best start of configured jobs.

use std::sync::Arc;

use gpu_carbon_core::exposure::{CoverageError, Exposures};
use gpu_carbon_core::job::Job;
use gpu_carbon_core::schedule::{Schedule, UnbrokenPlan, flexible_start, saving_ratio};
use gpu_carbon_core::{Energy, Intensity, Interval, Series, Span, Timestamp};

use crate::intensity::Origin;

/// The distances from now at which the forecast intensity is published, with the labels that name them.
const HORIZONS: [Horizon; 5] = [
    Horizon { label: "1h", ahead: Span::from_seconds(3600) },
    Horizon { label: "3h", ahead: Span::from_seconds(3 * 3600) },
    Horizon { label: "6h", ahead: Span::from_seconds(6 * 3600) },
    Horizon { label: "12h", ahead: Span::from_seconds(12 * 3600) },
    Horizon { label: "24h", ahead: Span::from_seconds(24 * 3600) },
];

struct Horizon {
    label: &'static str,
    ahead: Span,
}

/// A length of time with the text by which the operator configured it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledSpan {
    /// The configured text, such as `12h`.
    pub label: Arc<str>,
    /// The length.
    pub span: Span,
}

/// A job whose best start is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForecastJob {
    /// The job's length.
    pub duration: LabelledSpan,
    /// The longest delay of its start.
    pub window: LabelledSpan,
}

/// The best start of a job.
#[derive(Debug, Clone, PartialEq)]
pub struct BestStart {
    /// The job.
    pub job: ForecastJob,
    /// The start with the least emissions; the earliest if several are equal.
    pub start: Timestamp,
    /// The share of emissions that it saves compared with a start now, from 0 to 1; `None` if a start now
    /// emits nothing.
    pub saving_ratio: Option<f64>,
}

/// The forecast intensity at one horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HorizonIntensity {
    /// The horizon's label, such as `12h`.
    pub horizon: &'static str,
    /// The intensity that far ahead.
    pub intensity: Intensity,
}

/// The forecast values that are published.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Forecast {
    /// The intensity at each horizon that the forecast covers.
    pub horizons: Vec<HorizonIntensity>,
    /// The best start of each job that the forecast covers.
    pub best_starts: Arc<[BestStart]>,
    /// All values of the forecast; `None` where there is none.
    pub ahead: Option<Arc<Series>>,
    /// The origins of the values, each from its time until the next one's.
    pub origins: Arc<[Origin]>,
}

/// The most values that are searched for a start: 14 days of minutes and more.
const MOST_VALUES: usize = 25_000;

/// The best start of a job that is not configured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FoundStart {
    /// The start with the least emissions; the earliest if several are equal.
    pub start: Timestamp,
    /// The mean intensity of the job that starts then.
    pub mean: Intensity,
    /// The mean intensity of the job that starts now.
    pub mean_now: Intensity,
    /// The share of emissions that it saves compared with a start now, from 0 to 1; `None` if a start now emits nothing.
    pub saving_ratio: Option<f64>,
    /// The longest delay that was searched: the window, or as much of it as the forecast covers.
    pub searched: Span,
}

/// The reason why no start is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoStartError {
    /// The forecast ends before a job that starts now.
    #[error("the forecast ends before a job that starts now")]
    Ends(Timestamp),
    /// The forecast has a gap in the time in which the job may run.
    #[error("the forecast has a gap")]
    Gap(Interval),
    /// The forecast has more values than are searched.
    #[error("the forecast has more than {0} values")]
    TooMany(usize),
    /// The job takes no time.
    #[error("the job takes no time")]
    NoTime,
}

impl From<CoverageError> for NoStartError {
    fn from(error: CoverageError) -> NoStartError {
        match error {
            CoverageError::Outside { covered } => NoStartError::Ends(covered.end()),
            CoverageError::Gap { gap } => NoStartError::Gap(gap),
        }
    }
}

/// The intensity at each horizon that the forecast covers.
#[must_use]
pub fn horizons(ahead: &Series, now: Timestamp) -> Vec<HorizonIntensity> {
    let intensity_at = |horizon: Horizon| {
        let intensity = ahead.at(now + horizon.ahead).intensity?;
        Some(HorizonIntensity { horizon: horizon.label, intensity })
    };
    HORIZONS.into_iter().filter_map(intensity_at).collect()
}

/// The best start of each job that the forecast covers, as the planner finds it.
#[must_use]
pub fn best_starts(ahead: &Series, now: Timestamp, jobs: &[ForecastJob]) -> Arc<[BestStart]> {
    let longest = jobs.iter().map(|job| job.duration.span + job.window.span).max();
    let window = Interval::new(now, now + longest.unwrap_or(Span::ZERO));
    let Some(ahead) = part_within(ahead, window) else { return Arc::default() };
    let exposures = Exposures::of(&ahead);
    let best = |job: &ForecastJob| {
        let found = best_within(&exposures, now, job.duration.span, job.window.span).ok()?;
        let FoundStart { start, saving_ratio, .. } = found;
        Some(BestStart { job: job.clone(), start, saving_ratio })
    };
    jobs.iter().filter_map(best).collect()
}

/// The best start of a job within a window, or as much of it as the forecast covers, as the planner finds it.
///
/// # Errors
///
/// If the forecast does not cover a start now, or has a gap.
pub fn find_start(
    ahead: &Series,
    now: Timestamp,
    duration: Span,
    window: Span,
) -> Result<FoundStart, NoStartError> {
    let end = ahead.extent().end();
    if end < now + duration {
        return Err(NoStartError::Ends(end));
    }
    let window = window.min(end.duration_since(now + duration));
    let part = part_within(ahead, Interval::new(now, now + duration + window));
    let part = part.ok_or(NoStartError::Ends(end))?;
    if part.points().len() > MOST_VALUES {
        return Err(NoStartError::TooMany(MOST_VALUES));
    }
    best_within(&Exposures::of(&part), now, duration, window)
}

fn best_within(
    exposures: &Exposures<'_>,
    now: Timestamp,
    duration: Span,
    window: Span,
) -> Result<FoundStart, NoStartError> {
    // The best start does not depend on the amount of energy.
    let energy = Energy::from_kilowatt_hours(1.0).unwrap_or_default();
    let work = Job::of_energy(duration, energy).map_err(|_| NoStartError::NoTime)?;
    let baseline = Schedule::unbroken(now, duration).emissions(&work, exposures)?;
    let plan = flexible_start(&work, now, window, exposures)?;
    let UnbrokenPlan { schedule, emissions: least } = plan;
    let start = schedule.extent().map_or(now, |extent| extent.start());
    let mean = |start| {
        let exposure = exposures.over(Interval::new(start, start + duration))?;
        Ok::<_, CoverageError>(exposure.mean_over(duration).unwrap_or_default())
    };
    Ok(FoundStart {
        start,
        mean: mean(start)?,
        mean_now: mean(now)?,
        saving_ratio: saving_ratio(baseline, least),
        searched: window,
    })
}

/// The part of a series that holds in a window, which limits the planner's cost to the window's length.
fn part_within(series: &Series, window: Interval) -> Option<Series> {
    let points = series.points();
    let first = points.partition_point(|&(at, _)| at <= window.start()).saturating_sub(1);
    let last = points.partition_point(|&(at, _)| at < window.end());
    let part = points.get(first..last).unwrap_or_default();
    Series::with_changes(part.to_vec(), series.step(), series.step_changes().to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(values: &[f64]) -> Series {
        let points = values.iter().zip(0..).map(|(&grams, hour)| {
            let intensity = Intensity::from_grams_per_kilowatt_hour(grams).unwrap();
            (Timestamp::from_unix_seconds(hour * 3600), intensity)
        });
        Series::with_step(points.collect(), Span::from_seconds(3600)).unwrap()
    }

    fn job(duration: u64, window: u64) -> ForecastJob {
        let hours = |count: u64| LabelledSpan {
            label: Arc::from(format!("{count}h")),
            span: Span::from_seconds(count * 3600),
        };
        ForecastJob { duration: hours(duration), window: hours(window) }
    }

    #[test]
    fn the_best_start_is_the_one_of_the_planner() {
        let ahead = hours(&[400.0, 300.0, 100.0, 100.0, 500.0, 0.0]);
        let now = Timestamp::from_unix_seconds(0);
        let jobs = [job(2, 3), job(1, 5), job(2, 5)];
        let starts = best_starts(&ahead, now, &jobs);
        let found: Vec<_> = starts
            .iter()
            .map(|best| (best.start.as_unix_seconds() / 3600.0, best.saving_ratio))
            .collect();
        let saving = 1.0 - 100.0 / 350.0;
        assert_eq!(found.len(), 2, "the forecast does not cover 7 hours");
        assert_eq!(found[1], (5.0, Some(1.0)));
        assert_eq!(found[0].0, 2.0);
        assert!((found[0].1.unwrap() - saving).abs() < 1e-12);
        assert_eq!(horizons(&ahead, now).len(), 2);
        assert_eq!(horizons(&ahead, now)[1].intensity.as_grams_per_kilowatt_hour(), 100.0);
    }

    #[test]
    fn a_start_now_without_emissions_has_no_saving_ratio() {
        let starts = best_starts(&hours(&[0.0, 0.0, 7.0]), Timestamp::EPOCH, &[job(1, 1)]);
        assert_eq!((starts[0].start, starts[0].saving_ratio), (Timestamp::EPOCH, None));
    }
}
