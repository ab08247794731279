//! The fallback chain of several services: at each time a live value, else an earlier forecast, else the mean of
//! this hour on earlier days, else a yearly figure. Of equals, the service that the operator prefers.

use std::sync::Arc;

use gpu_carbon_core::{Intensity, Quality, SLOT, Series, Signal, Span, Timestamp};

use super::settings::YearlyFigure;
use super::timeline::Timeline;
use crate::intensity::intensities::{Intensities, Origin};

/// A service's timeline with its name.
#[derive(Debug, Clone, Copy)]
pub(super) struct ServiceTimeline<'a> {
    pub(super) source: &'static str,
    pub(super) timeline: &'a Timeline,
}

/// The rules of the fallback chain.
#[derive(Debug, Clone, Copy)]
pub(super) struct FallbackRules {
    pub(super) signal: Signal,
    pub(super) yearly: Option<YearlyFigure>,
    /// The age from which pending energy is converted by values that are not live.
    pub(super) fallback_after: Span,
    /// The time before which no energy is converted by values that are not live.
    pub(super) no_fallback_before: Timestamp,
}

impl FallbackRules {
    /// `true` if the energy of a step has been pending for long enough.
    fn is_due_for_fallback(self, step: Timestamp, now: Timestamp) -> bool {
        now.duration_since(step) > self.fallback_after && now >= self.no_fallback_before
    }
}

/// The time ahead of now for which every step has a displayed value: the services may stay unreachable.
const DISPLAYED_AHEAD: Span = Span::from_days(2);

/// The steps back for which a yearly figure converts pending energy: 33 days of five minutes.
const STEPS_BACK: u64 = 33 * 288;

/// A value that the chain may choose.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Candidate {
    intensity: Intensity,
    source: &'static str,
    quality: Quality,
    rank: Rank,
}

/// The place in the chain, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Live,
    Forecast,
    EarlierDays,
    Yearly,
}

/// Combines the values of services, the preferred one first.
pub(super) fn combine(
    services: &[ServiceTimeline<'_>],
    rules: FallbackRules,
    now: Timestamp,
) -> Intensities {
    let length = services.iter().map(|service| service.timeline.step()).min().unwrap_or(SLOT);
    let first = services.iter().filter_map(|service| service.timeline.values().next());
    let last = services.iter().filter_map(|service| service.timeline.values().next_back());
    let end = last.map(|(at, _)| at + length).fold(now + DISPLAYED_AHEAD, Timestamp::max);
    // Before the first value, only a yearly figure holds.
    let back = match rules.yearly {
        Some(_) => Span::from_micros(length.as_micros().saturating_mul(STEPS_BACK)),
        None => Span::ZERO,
    };
    let start = first.map(|(at, _)| at).fold(now - back, Timestamp::min).floor_to(length);

    let mut combined = Combined { length, ..Combined::default() };
    let mut step = start;
    while step < end {
        // A past step that is not due for a fallback needs no value but a live one.
        let with_fallback = step + length > now || rules.is_due_for_fallback(step, now);
        let yearly = rules.yearly.filter(|_| with_fallback);
        if let Some(candidate) = best_candidate(services, yearly, step, with_fallback) {
            combined.push(step, candidate, rules, now);
        }
        step = step + length;
    }
    Intensities {
        signal: rules.signal,
        scope: None,
        converting: combined.series(&combined.converting),
        displayed: combined.series(&combined.displayed),
        forecast: combined.series(&combined.forecast),
        origins: combined.origins.as_slice().into(),
        is_timed: true,
    }
}

fn best_candidate(
    services: &[ServiceTimeline<'_>],
    yearly: Option<YearlyFigure>,
    step: Timestamp,
    with_earlier_days: bool,
) -> Option<Candidate> {
    let published = services.iter().filter_map(|&ServiceTimeline { source, timeline }| {
        let held = timeline.at(step)?;
        let rank = if held.is_live { Rank::Live } else { Rank::Forecast };
        let (intensity, quality) = (held.value.intensity, held.value.quality);
        Some(Candidate { intensity, source, quality, rank })
    });
    // Of equals, `min_by_key` takes the first.
    let best = published.min_by_key(|candidate| candidate.rank);
    let fallback =
        |intensity, source, rank| Candidate { intensity, source, quality: Quality::Fallback, rank };
    let earlier_days = || {
        services.iter().filter(|_| with_earlier_days).find_map(|service| {
            let mean = service.timeline.mean_of_earlier_days(step)?;
            Some(fallback(mean, service.source, Rank::EarlierDays))
        })
    };
    best.or_else(earlier_days).or_else(|| {
        yearly.map(|YearlyFigure { source, intensity }| fallback(intensity, source, Rank::Yearly))
    })
}

/// The values that were chosen so far.
#[derive(Debug, Default)]
struct Combined {
    length: Span,
    converting: Vec<(Timestamp, Intensity)>,
    displayed: Vec<(Timestamp, Intensity)>,
    forecast: Vec<(Timestamp, Intensity)>,
    origins: Vec<Origin>,
}

impl Combined {
    fn push(
        &mut self,
        step: Timestamp,
        candidate: Candidate,
        rules: FallbackRules,
        now: Timestamp,
    ) {
        let Candidate { intensity, source, quality, rank } = candidate;
        let value = (step, intensity);
        self.displayed.push(value);
        if self.origins.last().is_none_or(|last| last.source != source || last.quality != quality) {
            self.origins.push(Origin { from: step, source, quality });
        }
        let is_live = rank == Rank::Live && step <= now;
        if is_live || rules.is_due_for_fallback(step, now) {
            self.converting.push(value);
        }
        if step + self.length > now && rank <= Rank::Forecast {
            self.forecast.push(value);
        }
    }

    fn series(&self, points: &[(Timestamp, Intensity)]) -> Option<Arc<Series>> {
        Series::with_step(points.to_vec(), self.length).ok().map(Arc::new)
    }
}
