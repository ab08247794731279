//! The emissions of a workload if it had started at another time, or paused.

use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::job::Job;
use gpu_carbon_core::schedule::{flexible_start, pause_and_resume};
use gpu_carbon_core::{Energy, Interval, SLOT, Series, Span, Timestamp};

/// A series of intensity, and its origin in words.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) name: String,
    pub(super) series: Series,
}

/// The alternatives of a workload, for a job of the same length that uses its energy evenly.
#[derive(Debug)]
pub(super) struct Alternatives {
    /// The origin of the intensity, in words.
    pub(super) source: String,
    /// The longest delay for which the intensity is known: that which was asked for, or a shorter one.
    pub(super) window: Span,
    /// The alternatives; `None` where the intensity is not known for the time in which it ran, or for no delay.
    pub(super) best: Option<Best>,
}

/// The best start and the best pauses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Best {
    /// The best start.
    pub(super) start: Timestamp,
    /// The delay of that start.
    pub(super) delay: Span,
    /// The emissions from that start, for each gram of those at the time in which it ran.
    pub(super) start_ratio: f64,
    /// The emissions with free pauses, in the same way.
    pub(super) pause_ratio: f64,
}

impl Alternatives {
    pub(super) fn of(time: Interval, joules: f64, window: Span, source: Source) -> Alternatives {
        let Source { name, series } = source;
        let window = known_window(&series, time, window);
        let best = best(&series, time, joules, window);
        Alternatives { source: name, window, best }
    }
}

/// The part of a window, in whole slots, for which a series has no gap after the start of an interval.
fn known_window(series: &Series, time: Interval, window: Span) -> Span {
    let mut gaps = series.gaps().filter(|gap| gap.end() > time.start());
    let known = gaps.next().map_or(series.extent().end(), |gap| gap.start());
    let longest = known.duration_since(time.end()).min(window);
    Span::from_micros(longest.as_micros() / SLOT.as_micros() * SLOT.as_micros())
}

fn best(series: &Series, time: Interval, joules: f64, window: Span) -> Option<Best> {
    let job = Job::of_energy(time.length(), Energy::from_joules(joules).ok()?).ok()?;
    let exposures = Exposures::of(series);
    let power = job.constant_power()?;
    let ran = exposures.over(time).ok()?.emissions_of(power).as_grams();
    if window < SLOT || ran <= 0.0 {
        return None;
    }
    let start = flexible_start(&job, time.start(), window, &exposures).ok()?;
    let paused = pause_and_resume(&job, time.start(), window, &exposures).ok()?;
    let begin = start.schedule.extent()?.start();
    Some(Best {
        start: begin,
        delay: begin.duration_since(time.start()),
        start_ratio: start.emissions.as_grams() / ran,
        pause_ratio: paused.emissions.as_grams() / ran,
    })
}
