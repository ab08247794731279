//! The forecast: the intensity some hours ahead, and the best start of configured jobs.

use std::sync::Arc;

use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::job::Job;
use gpu_carbon_core::schedule::{Schedule, UnbrokenPlan, flexible_start, saving_ratio};
use gpu_carbon_core::{Energy, Intensity, Interval, Series, Span, Timestamp};

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
        // The best start does not depend on the amount of energy.
        let energy = Energy::from_kilowatt_hours(1.0).ok()?;
        let work = Job::of_energy(job.duration.span, energy).ok()?;
        let baseline =
            Schedule::unbroken(now, work.duration()).emissions(&work, &exposures).ok()?;
        let UnbrokenPlan { schedule, emissions: least } =
            flexible_start(&work, now, job.window.span, &exposures).ok()?;
        let start = schedule.extent()?.start();
        let saving_ratio = saving_ratio(baseline, least);
        Some(BestStart { job: job.clone(), start, saving_ratio })
    };
    jobs.iter().filter_map(best).collect()
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
