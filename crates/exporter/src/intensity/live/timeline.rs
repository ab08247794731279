//! All that one service has said of its zone, value by value.

use std::collections::BTreeMap;

use gpu_carbon_core::{Intensity, Interval, Quality, Span, Timestamp};
use gpu_carbon_feeds::ServiceResponse;

/// One value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Known {
    pub(super) intensity: Intensity,
    pub(super) quality: Quality,
    /// When the service said so.
    pub(super) said: Timestamp,
}

/// Values by the moment from which they hold. Each holds until the next one, but no longer than one step.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Timeline {
    step: Span,
    values: BTreeMap<Timestamp, Known>,
}

impl Known {
    /// Whether it tells how the moment was, and not what was thought of it before: a forecast that is made
    /// when its moment has begun is the best that the service has to say.
    fn is_live(&self, at: Timestamp) -> bool {
        self.quality <= Quality::Estimated || self.said >= at
    }
}

impl Timeline {
    pub(super) fn new(step: Span) -> Timeline {
        Timeline { step: step.max(Span::from_seconds(1)), values: BTreeMap::new() }
    }

    /// Takes what the service said now. A better value is never replaced by a worse one; of two that are as
    /// good, the newer holds.
    pub(super) fn take(&mut self, published: &ServiceResponse, now: Timestamp) {
        // A single value does not say how long it holds.
        if published.points.len() > 1 || self.values.is_empty() {
            self.step = published.step.max(Span::from_seconds(1));
        }
        for point in &published.points {
            let said = Known { intensity: point.intensity, quality: point.quality, said: now };
            self.put(point.at, said);
        }
    }

    pub(super) fn put(&mut self, at: Timestamp, said: Known) {
        let known = self.values.entry(at).or_insert(said);
        if said.quality <= known.quality {
            *known = said;
        }
    }

    /// Forgets what is too old, or too far ahead, to be of use.
    pub(super) fn keep(&mut self, window: Interval) {
        self.values.retain(|&at, _| at >= window.start() && at < window.end());
    }

    pub(super) fn step(&self) -> Span {
        self.step
    }

    pub(super) fn values(&self) -> impl DoubleEndedIterator<Item = (Timestamp, Known)> + '_ {
        self.values.iter().map(|(&at, &known)| (at, known))
    }

    /// The value that holds at a moment, live or foretold, and whether it is live.
    pub(super) fn at(&self, moment: Timestamp) -> Option<(Known, bool)> {
        let (&at, &known) = self.values.range(..=moment).next_back()?;
        (moment < at + self.step).then(|| (known, known.is_live(at)))
    }

    /// The value that holds at a moment, where it is live.
    pub(super) fn live(&self, moment: Timestamp) -> Option<Known> {
        self.at(moment).filter(|&(_, live)| live).map(|(known, _)| known)
    }

    /// The steps of a period that have no live value, in order; the period begins with a step.
    pub(super) fn missing(&self, period: Interval) -> impl Iterator<Item = Timestamp> + '_ {
        let mut values = self.values.range(period.start() - self.step..period.end()).peekable();
        let (mut slot, mut last) = (period.start(), None);
        std::iter::from_fn(move || {
            while slot < period.end() {
                let this = slot;
                slot = slot + self.step;
                while let Some((&at, known)) = values.next_if(|(at, _)| **at <= this) {
                    last = known.is_live(at).then_some(at);
                }
                if last.is_none_or(|at| at + self.step <= this) {
                    return Some(this);
                }
            }
            None
        })
    }

    /// The moments of a period whose values are estimates, in order.
    pub(super) fn estimates(&self, period: Interval) -> impl Iterator<Item = Timestamp> + '_ {
        let values = self.values.range(period.start()..period.end());
        values.filter(|(_, known)| known.quality == Quality::Estimated).map(|(&at, _)| at)
    }

    /// The mean of what held at this time of the day on the seven days before.
    pub(super) fn days_before(&self, moment: Timestamp) -> Option<Intensity> {
        let (&first, _) = self.values.first_key_value()?;
        if moment - Span::from_days(1) < first {
            return None;
        }
        let days = (1..=7).filter_map(|day| self.live(moment - Span::from_days(day)));
        let grams: Vec<f64> =
            days.map(|known| known.intensity.as_grams_per_kilowatt_hour()).collect();
        #[allow(clippy::cast_precision_loss)] // seven at most
        let mean = grams.iter().sum::<f64>() / grams.len() as f64;
        Intensity::from_grams_per_kilowatt_hour(mean).ok() // none of no days: the mean is no number
    }
}
