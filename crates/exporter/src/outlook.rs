//! What is foretold: the intensity some hours ahead, and when jobs of some lengths would start best.

use std::sync::Arc;

use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::job::Job;
use gpu_carbon_core::schedule::{Schedule, flexible_start, saving_ratio};
use gpu_carbon_core::{Energy, Intensity, Interval, Series, Span, Timestamp};

/// How far ahead the intensity is published, by its label.
pub const HORIZONS: [(&str, Span); 5] = [
    ("1h", Span::from_seconds(3600)),
    ("3h", Span::from_seconds(3 * 3600)),
    ("6h", Span::from_seconds(6 * 3600)),
    ("12h", Span::from_seconds(12 * 3600)),
    ("24h", Span::from_seconds(24 * 3600)),
];

/// A job's length and how much later it may start, as the operator writes them and as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// How long the job runs.
    pub duration: (Arc<str>, Span),
    /// How much later than now it may start.
    pub window: (Arc<str>, Span),
}

/// When a job would start best.
#[derive(Debug, Clone, PartialEq)]
pub struct BestStart {
    /// Which job.
    pub wish: Wish,
    /// When it starts best.
    pub at: Timestamp,
    /// What that saves over a start now; `None` where a start now emits nothing.
    pub saving: Option<f64>,
}

/// What is foretold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outlook {
    /// The intensity ahead, by the label of its horizon; what is not foretold is left out.
    pub horizons: Vec<(&'static str, Intensity)>,
    /// The best starts; jobs that the forecast does not cover are left out.
    pub best_starts: Arc<[BestStart]>,
}

/// The intensity at each horizon that is foretold.
#[must_use]
pub fn horizons(ahead: &Series, now: Timestamp) -> Vec<(&'static str, Intensity)> {
    let foretold = |(label, span)| Some((label, ahead.at(now + span).intensity?));
    HORIZONS.into_iter().filter_map(foretold).collect()
}

/// The best start of each job that the forecast covers, by the planner.
#[must_use]
pub fn best_starts(ahead: &Series, now: Timestamp, wishes: &[Wish]) -> Arc<[BestStart]> {
    let longest = wishes.iter().map(|wish| wish.duration.1 + wish.window.1).max();
    let window = Interval::new(now, now + longest.unwrap_or(Span::ZERO));
    let Some(ahead) = cut(ahead, window) else { return Arc::default() };
    let exposures = Exposures::of(&ahead);
    let best = |wish: &Wish| {
        // How much energy does not matter for when.
        let job = Job::of_energy(wish.duration.1, Energy::from_kilowatt_hours(1.0).ok()?).ok()?;
        let baseline = Schedule::unbroken(now, job.duration()).emissions(&job, &exposures).ok()?;
        let (schedule, least) = flexible_start(&job, now, wish.window.1, &exposures).ok()?;
        let at = schedule.extent()?.start();
        Some(BestStart { wish: wish.clone(), at, saving: saving_ratio(baseline, least) })
    };
    wishes.iter().filter_map(best).collect()
}

/// The part of a series that holds in a window, so that a forecast costs as little as it is long.
fn cut(series: &Series, window: Interval) -> Option<Series> {
    let points = series.points();
    let first = points.partition_point(|&(at, _)| at <= window.start()).saturating_sub(1);
    let last = points.partition_point(|&(at, _)| at < window.end());
    let part = points.get(first..last).unwrap_or_default();
    Series::with_step(part.to_vec(), series.step()).ok()
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

    fn wish(duration: u64, window: u64) -> Wish {
        let hours = |count: u64| (Arc::from(format!("{count}h")), Span::from_seconds(count * 3600));
        Wish { duration: hours(duration), window: hours(window) }
    }

    #[test]
    fn the_best_start_is_the_planners() {
        let ahead = hours(&[400.0, 300.0, 100.0, 100.0, 500.0, 0.0]);
        let now = Timestamp::from_unix_seconds(0);
        let wishes = [wish(2, 3), wish(1, 5), wish(2, 5)];
        let best = best_starts(&ahead, now, &wishes);
        let found: Vec<_> =
            best.iter().map(|it| (it.at.as_unix_seconds() / 3600.0, it.saving)).collect();
        let saving = 1.0 - 100.0 / 350.0;
        assert_eq!(found.len(), 2, "7 hours are not foretold");
        assert_eq!(found[1], (5.0, Some(1.0)));
        assert_eq!(found[0].0, 2.0);
        assert!((found[0].1.unwrap() - saving).abs() < 1e-12);
        assert_eq!(horizons(&ahead, now).len(), 2);
        assert_eq!(horizons(&ahead, now)[1].1.as_grams_per_kilowatt_hour(), 100.0);
    }

    #[test]
    fn a_start_that_emits_nothing_saves_no_share_of_it() {
        let best = best_starts(&hours(&[0.0, 0.0, 7.0]), Timestamp::EPOCH, &[wish(1, 1)]);
        assert_eq!((best[0].at, best[0].saving), (Timestamp::EPOCH, None));
    }
}
