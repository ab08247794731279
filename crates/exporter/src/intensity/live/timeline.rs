//! The values that one service has published for its zone.

use std::collections::BTreeMap;

use gpu_carbon_core::{Intensity, Interval, Quality, Span, Timestamp};
use gpu_carbon_feeds::ServiceResponse;

/// One value of a service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Value {
    pub(super) intensity: Intensity,
    pub(super) quality: Quality,
    /// The longest time for which the value holds.
    pub(super) step: Span,
    /// The time at which the service published the value.
    pub(super) published: Timestamp,
}

/// A value that holds at some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Held {
    pub(super) value: Value,
    /// `false` for a forecast that was published before its time.
    pub(super) is_live: bool,
}

/// Values by the time from which they hold. Each holds until the next one, but no longer than its step.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Timeline {
    /// The step of the newest values.
    step: Span,
    values: BTreeMap<Timestamp, Value>,
}

/// The least step of a value.
const LEAST_STEP: Span = Span::from_seconds(1);

/// The step of the newest value of a response.
fn newest_step(response: &ServiceResponse) -> Span {
    let newest = response.points.last().map(|point| response.step_at(point.at));
    newest.unwrap_or(response.step).max(LEAST_STEP)
}

impl Value {
    /// `true` if the value describes its time, and not an expectation before it. A forecast that is published once
    /// its time has begun is the best value that the service has, and counts as live.
    fn is_live(&self, at: Timestamp) -> bool {
        self.quality <= Quality::Estimated || self.published >= at
    }
}

impl Timeline {
    /// An empty timeline with a step of at least a second.
    pub(super) fn new(step: Span) -> Timeline {
        Timeline { step: step.max(LEAST_STEP), values: BTreeMap::new() }
    }

    /// Merges a response of the service. A value is never replaced by one of lower quality; of two with the same
    /// quality, the newer one stays.
    pub(super) fn merge(&mut self, response: &ServiceResponse, now: Timestamp) {
        // The step of a single value is unknown.
        if response.points.len() > 1 || self.values.is_empty() {
            self.step = newest_step(response);
        }
        for point in &response.points {
            let (intensity, quality) = (point.intensity, point.quality);
            // The step of a single value is unknown.
            let step = match response.points.len() {
                1 => self.step,
                _ => response.step_at(point.at).max(LEAST_STEP),
            };
            self.insert(point.at, Value { intensity, quality, step, published: now });
        }
    }

    /// Adds a value, unless there is one of higher quality.
    pub(super) fn insert(&mut self, at: Timestamp, value: Value) {
        let stored = self.values.entry(at).or_insert(value);
        if value.quality <= stored.quality {
            *stored = value;
        }
    }

    /// Drops the values outside of a window.
    pub(super) fn retain(&mut self, window: Interval) {
        self.values.retain(|&at, _| at >= window.start() && at < window.end());
    }

    pub(super) fn step(&self) -> Span {
        self.step
    }

    /// All values in order of time.
    pub(super) fn values(&self) -> impl DoubleEndedIterator<Item = (Timestamp, Value)> + '_ {
        self.values.iter().map(|(&at, &value)| (at, value))
    }

    /// The value that holds at a time.
    pub(super) fn at(&self, time: Timestamp) -> Option<Held> {
        let (&at, &value) = self.values.range(..=time).next_back()?;
        (time < at + value.step).then(|| Held { value, is_live: value.is_live(at) })
    }

    /// The value that holds at a time, if it is live.
    pub(super) fn live_value(&self, time: Timestamp) -> Option<Value> {
        self.at(time).filter(|held| held.is_live).map(|held| held.value)
    }

    /// The steps of a period without a live value, in order. The period begins with a step.
    pub(super) fn missing_steps(&self, period: Interval) -> impl Iterator<Item = Timestamp> + '_ {
        let longest = self.values.values().map(|value| value.step).fold(self.step, Span::max);
        let mut values = self.values.range(period.start() - longest..period.end()).peekable();
        let (mut next_step, mut held_until) = (period.start(), None);
        std::iter::from_fn(move || {
            while next_step < period.end() {
                let step = next_step;
                next_step = step + self.step;
                while let Some((&at, value)) = values.next_if(|(at, _)| **at <= step) {
                    held_until = value.is_live(at).then(|| at + value.step);
                }
                if held_until.is_none_or(|until| until <= step) {
                    return Some(step);
                }
            }
            None
        })
    }

    /// The times in a period whose values are estimates, in order.
    pub(super) fn estimates(&self, period: Interval) -> impl Iterator<Item = Timestamp> + '_ {
        let values = self.values.range(period.start()..period.end());
        values.filter(|(_, value)| value.quality == Quality::Estimated).map(|(&at, _)| at)
    }

    /// The mean of the live values at this time of the day on the seven days before.
    pub(super) fn mean_of_earlier_days(&self, time: Timestamp) -> Option<Intensity> {
        let (&first, _) = self.values.first_key_value()?;
        if time - Span::from_days(1) < first {
            return None;
        }
        let days = (1..=7).filter_map(|day| self.live_value(time - Span::from_days(day)));
        let grams: Vec<f64> =
            days.map(|value| value.intensity.as_grams_per_kilowatt_hour()).collect();
        #[expect(clippy::cast_precision_loss, reason = "there are seven at most")]
        let mean = grams.iter().sum::<f64>() / grams.len() as f64;
        Intensity::from_grams_per_kilowatt_hour(mean).ok() // the mean of no days is NaN, and no intensity
    }
}
