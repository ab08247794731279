//! The values of one answer of a service, in order of time, each with its quality.

use gpu_carbon_core::{Intensity, Quality, Series, SeriesError, Signal, Span, Timestamp};

use crate::error::FeedError;
use crate::rfc3339;

/// One value of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The time from which the value holds.
    pub at: Timestamp,
    /// The carbon intensity.
    pub intensity: Intensity,
    /// The quality of the value: measured, estimated or forecast.
    pub quality: Quality,
}

/// The values of one answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceResponse {
    /// The zone, as the service names it; `None` where its answers do not name it.
    pub zone: Option<String>,
    /// The signal of the values: marginal or average.
    pub signal: Signal,
    /// The length of time for which a value holds.
    pub step: Span,
    /// The values in order of time, at most one for each time; never empty.
    pub points: Vec<Point>,
    /// The number of times that the answer lists with `null` in place of a value: gaps.
    pub nulls: usize,
}

impl ServiceResponse {
    /// The values without their quality.
    ///
    /// # Errors
    ///
    /// When there is no value, or two values have the same time; the parsers rule out both.
    pub fn series(&self) -> Result<Series, SeriesError> {
        Series::with_step(pairs(&self.points), self.step)
    }
}

fn pairs(points: &[Point]) -> Vec<(Timestamp, Intensity)> {
    points.iter().map(|point| (point.at, point.intensity)).collect()
}

/// A `null` in an answer.
#[derive(Debug, Clone, Copy)]
struct NullValue {
    position: usize,
    at: Timestamp,
}

impl NullValue {
    fn into_error(self) -> FeedError {
        FeedError::Null { position: self.position, at: rfc3339::format(self.at) }
    }
}

/// A builder of a [`ServiceResponse`], which takes the values in the order of the answer and rejects those that cannot be a series.
#[derive(Debug, Default)]
pub(crate) struct ResponseBuilder {
    points: Vec<Point>,
    /// The number of times listed so far, with and without a value.
    listed: usize,
    last: Option<Timestamp>,
    /// The number of times without a value so far.
    nulls: usize,
    first_null: Option<NullValue>,
}

impl ResponseBuilder {
    /// Adds the next value, in units of `scale` g/kWh; `None` is a gap.
    pub(crate) fn push(
        &mut self,
        at: Timestamp,
        value: Option<f64>,
        scale: f64,
        quality: Quality,
    ) -> Result<(), FeedError> {
        self.listed += 1;
        let position = self.listed;
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
            self.first_null.get_or_insert(NullValue { position, at });
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
        self.listed + 1
    }

    /// The response of all values added. Where the answer gives no `step`, the step is the most common distance between two
    /// values, or `usual_step` where there is only one value.
    ///
    /// # Errors
    ///
    /// When there is no value.
    pub(crate) fn finish(
        self,
        zone: Option<String>,
        signal: Signal,
        step: Option<Span>,
        usual_step: Span,
    ) -> Result<ServiceResponse, FeedError> {
        if self.points.is_empty() {
            return Err(self.first_null.map_or(FeedError::NoValues, NullValue::into_error));
        }
        let step = step.or_else(|| {
            let series = Series::new(pairs(&self.points)).ok();
            series.filter(|_| self.points.len() > 1).map(|series| series.step())
        });
        let step = step.unwrap_or(usual_step);
        Ok(ServiceResponse { zone, signal, step, points: self.points, nulls: self.nulls })
    }

    /// The same as [`ResponseBuilder::finish`], for a service that leaves out no value: a `null` is an error.
    ///
    /// # Errors
    ///
    /// When there is a `null`, or no value.
    pub(crate) fn finish_without_gaps(
        self,
        zone: Option<String>,
        signal: Signal,
        step: Option<Span>,
        usual_step: Span,
    ) -> Result<ServiceResponse, FeedError> {
        match self.first_null {
            Some(null) => Err(null.into_error()),
            None => self.finish(zone, signal, step, usual_step),
        }
    }
}
