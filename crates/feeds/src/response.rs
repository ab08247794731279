//! What one answer of a service holds: values in order of time, each with how well it is known.

use gpu_carbon_core::{Intensity, Quality, Series, SeriesError, Signal, Span, Timestamp};

use crate::error::FeedError;
use crate::rfc3339;

/// One value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The moment from which it holds.
    pub at: Timestamp,
    /// The value.
    pub intensity: Intensity,
    /// How well it is known.
    pub quality: Quality,
}

/// The values of one answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceResponse {
    /// The zone, as the service names it; `None` where its answers do not say.
    pub zone: Option<String>,
    /// Which question the values answer.
    pub signal: Signal,
    /// How long a value holds.
    pub step: Span,
    /// In order of time, at most one for each moment; never empty.
    pub points: Vec<Point>,
    /// How many moments the answer names without a value, as `null`: gaps.
    pub nulls: usize,
}

impl ServiceResponse {
    /// The values without their quality.
    ///
    /// # Errors
    ///
    /// When there is no point, or two share a moment, which the parsers rule out.
    pub fn series(&self) -> Result<Series, SeriesError> {
        let points = self.points.iter().map(|point| (point.at, point.intensity)).collect();
        Series::with_step(points, self.step)
    }
}

/// Takes values in the order of an answer, and refuses whatever makes no series.
#[derive(Debug, Default)]
pub(crate) struct ResponseBuilder {
    points: Vec<Point>,
    /// Moments named so far, those without a value too, and the last of them.
    named: usize,
    last: Option<Timestamp>,
    /// Moments without a value, and the first of them by its position.
    nulls: usize,
    first_null: Option<(usize, Timestamp)>,
}

impl ResponseBuilder {
    /// Takes the next value, in g/kWh times `scale`; `None` is a gap.
    pub(crate) fn push(
        &mut self,
        at: Timestamp,
        value: Option<f64>,
        scale: f64,
        quality: Quality,
    ) -> Result<(), FeedError> {
        self.named += 1;
        let position = self.named;
        match self.last {
            Some(last) if at == last => {
                return Err(FeedError::Duplicate { position, at: rfc3339::format(at) });
            }
            Some(last) if at < last => {
                return Err(FeedError::Backwards { position, at: rfc3339::format(at) });
            }
            _ => self.last = Some(at),
        }
        let Some(value) = value else {
            self.nulls += 1;
            self.first_null.get_or_insert((position, at));
            return Ok(());
        };
        let intensity = Intensity::from_grid_grams(value * scale).ok_or_else(|| {
            let (at, found) = (rfc3339::format(at), value.to_string());
            if value < 0.0 {
                FeedError::Negative { position, at, found }
            } else if value.is_finite() {
                FeedError::TooHigh { position, at, found }
            } else {
                FeedError::NotANumber(format!("value {position} is {found}"))
            }
        })?;
        self.points.push(Point { at, intensity, quality });
        Ok(())
    }

    /// The position of the next value, counted from 1.
    pub(crate) fn position(&self) -> usize {
        self.named + 1
    }

    /// All that was taken, or why it is nothing. Without a `step` of its own, a value holds for the most
    /// common distance between two, and for `usual` where there is only one.
    pub(crate) fn finish(
        self,
        zone: Option<String>,
        signal: Signal,
        step: Option<Span>,
        usual: Span,
    ) -> Result<ServiceResponse, FeedError> {
        if self.points.is_empty() {
            return Err(match self.first_null {
                Some((position, at)) => FeedError::Null { position, at: rfc3339::format(at) },
                None => FeedError::Empty,
            });
        }
        let step = step.or_else(|| {
            let points = self.points.iter().map(|point| (point.at, point.intensity)).collect();
            Series::new(points).ok().filter(|_| self.points.len() > 1).map(|series| series.step())
        });
        let step = step.unwrap_or(usual);
        Ok(ServiceResponse { zone, signal, step, points: self.points, nulls: self.nulls })
    }

    /// As [`ResponseBuilder::finish`], for a service that never leaves a value out.
    pub(crate) fn finish_without_gaps(
        self,
        zone: Option<String>,
        signal: Signal,
        step: Option<Span>,
        usual: Span,
    ) -> Result<ServiceResponse, FeedError> {
        match self.first_null {
            Some((position, at)) => Err(FeedError::Null { position, at: rfc3339::format(at) }),
            None => self.finish(zone, signal, step, usual),
        }
    }
}
