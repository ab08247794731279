//! What holds at each moment, of several services: live, else foretold earlier, else the same hour of the
//! days before, else the yearly average. Of equals, the service that the operator prefers.

use std::sync::Arc;

use gpu_carbon_core::{Intensity, Interval, Quality, SLOT, Series, Signal, Span, Timestamp};

use super::timeline::Timeline;
use crate::intensity::{Intensities, Origin};

/// A figure of last resort, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Yearly {
    pub(super) source: &'static str,
    pub(super) intensity: Intensity,
}

/// What the chain goes by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) signal: Signal,
    pub(super) yearly: Option<Yearly>,
    /// Energy that waited so long gets its price from what is not live.
    pub(super) fallback_after: Span,
    /// But not before this moment.
    pub(super) no_guess_before: Timestamp,
}

impl Rules {
    /// Whether energy of a slot has waited long enough.
    fn is_due_for_fallback(self, slot: Timestamp, now: Timestamp) -> bool {
        now.duration_since(slot) > self.fallback_after && now >= self.no_guess_before
    }
}

/// As far ahead of now as something is shown of every moment: services that are silent may stay so.
const SHOWN_AHEAD: Span = Span::from_days(2);

/// So far back at least, for energy that waits for its price: 33 days of five minutes.
const SLOTS_BACK: u64 = 33 * 288;

/// A value with all that is known of it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    intensity: Intensity,
    origin: (&'static str, Quality),
    rank: Rank,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Live,
    Foretold,
    DaysBefore,
    Yearly,
}

/// The chain of services, the preferred first, each by its name.
pub(super) fn chain(
    services: &[(&'static str, &Timeline)],
    rules: Rules,
    now: Timestamp,
) -> Intensities {
    let step = services.iter().map(|(_, timeline)| timeline.step()).min();
    let step = step.unwrap_or(SLOT);
    let first =
        services.iter().filter_map(|(_, timeline)| timeline.values().next()).map(|(at, _)| at);
    let last = services.iter().filter_map(|(_, timeline)| timeline.values().next_back());
    let last = last.map(|(at, _)| at + step).fold(now + SHOWN_AHEAD, Timestamp::max);
    // Before the first value, only a yearly average holds.
    let back = rules
        .yearly
        .map_or(Span::ZERO, |_| Span::from_micros(step.as_micros().saturating_mul(SLOTS_BACK)));
    let window = Interval::new(first.fold(now - back, Timestamp::min).floor_to(step), last);

    let mut all = Sheets { step, ..Sheets::default() };
    let mut slot = window.start();
    while slot < window.end() {
        // What is neither shown nor old enough to be priced by anything but what is live needs no more.
        let any = slot + step > now || rules.is_due_for_fallback(slot, now);
        if let Some(found) = find(services, rules.yearly.filter(|_| any), slot, any) {
            all.put(slot, found, rules, now);
        }
        slot = slot + step;
    }
    Intensities {
        signal: rules.signal,
        prices: all.series(&all.prices),
        shown: all.series(&all.shown),
        ahead: all.series(&all.ahead),
        origins: all.origins.as_slice().into(),
        timed: true,
    }
}

fn find(
    services: &[(&'static str, &Timeline)],
    yearly: Option<Yearly>,
    slot: Timestamp,
    from_other_days: bool,
) -> Option<Found> {
    let said = services.iter().filter_map(|&(source, timeline)| {
        let (known, live) = timeline.at(slot)?;
        let rank = if live { Rank::Live } else { Rank::Foretold };
        Some(Found { intensity: known.intensity, origin: (source, known.quality), rank })
    });
    // Of equals, `min_by_key` takes the first.
    let best = said.min_by_key(|found| found.rank);
    let days_before = || {
        services.iter().find_map(|&(source, timeline)| {
            let intensity = timeline.days_before(slot)?;
            let origin = (source, Quality::Fallback);
            Some(Found { intensity, origin, rank: Rank::DaysBefore })
        })
    };
    let yearly = || {
        let Yearly { source, intensity } = yearly?;
        Some(Found { intensity, origin: (source, Quality::Fallback), rank: Rank::Yearly })
    };
    best.or_else(|| if from_other_days { days_before() } else { None }).or_else(yearly)
}

#[derive(Debug, Default)]
struct Sheets {
    step: Span,
    prices: Vec<(Timestamp, Intensity)>,
    shown: Vec<(Timestamp, Intensity)>,
    ahead: Vec<(Timestamp, Intensity)>,
    origins: Vec<Origin>,
}

impl Sheets {
    fn put(&mut self, slot: Timestamp, found: Found, rules: Rules, now: Timestamp) {
        let value = (slot, found.intensity);
        self.shown.push(value);
        let (source, quality) = found.origin;
        if self.origins.last().is_none_or(|last| (last.source, last.quality) != found.origin) {
            self.origins.push(Origin { from: slot, source, quality });
        }
        let is_live = found.rank == Rank::Live && slot <= now;
        if is_live || rules.is_due_for_fallback(slot, now) {
            self.prices.push(value);
        }
        if slot + self.step > now && found.rank <= Rank::Foretold {
            self.ahead.push(value);
        }
    }

    fn series(&self, points: &[(Timestamp, Intensity)]) -> Option<Arc<Series>> {
        Series::with_step(points.to_vec(), self.step).ok().map(Arc::new)
    }
}
