//! The values of one answer of a service, in order of time, each with its quality.

use gpu_carbon_core::{
    Intensity, Quality, Scope, Series, SeriesError, Signal, Span, StepChange, Timestamp,
};

use crate::error::FeedError;
use crate::rfc3339;

/// The treatment of a point that cannot be used, such as a negative intensity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BadPoints {
    /// One bad point makes the whole answer an error.
    #[default]
    Refuse,
    /// A bad point is left out and counted. An answer with bad points alone is an error all the same.
    Skip,
}

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
    /// The scope that the answer states; `None` where it is always that of the service.
    pub scope: Option<Scope>,
    /// The length of time for which most values hold.
    pub step: Span,
    /// The changes of the step in order of time, with the step of the first value; empty where it never changes.
    pub step_changes: Vec<StepChange>,
    /// The values in order of time, at most one for each time; never empty.
    pub points: Vec<Point>,
    /// The number of times that the answer lists without a value: gaps.
    pub nulls: usize,
    /// The number of bad points that were left out.
    pub skipped: usize,
    /// The warnings of the service, such as that a path will be removed, each in one line.
    pub notices: Vec<String>,
    /// The part of the generation whose fuel is not known and which is left out of the intensity, 0 to 1.
    pub unknown_share: f64,
}

impl ServiceResponse {
    /// The length of time for which the value at a time holds.
    #[must_use]
    pub fn step_at(&self, time: Timestamp) -> Span {
        let begun = self.step_changes.partition_point(|it| it.from <= time).saturating_sub(1);
        self.step_changes.get(begun).map_or(self.step, |change| change.step)
    }

    /// The values without their quality.
    ///
    /// # Errors
    ///
    /// When there is no value, or two values have the same time; the parsers rule out both.
    pub fn series(&self) -> Result<Series, SeriesError> {
        Series::with_changes(pairs(&self.points), self.step, self.step_changes.clone())
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

/// A value of an answer, as it is listed.
#[derive(Debug, Clone, Copy, PartialEq)]
struct ListedValue {
    at: Timestamp,
    value: Option<f64>,
    quality: Quality,
}

/// A builder of a [`ServiceResponse`], which takes the values in the order of the answer and rejects those that cannot be a series.
#[derive(Debug, Default)]
pub(crate) struct ResponseBuilder {
    points: Vec<Point>,
    /// The number of times listed so far, with and without a value.
    listed: usize,
    last: Option<ListedValue>,
    /// The number of times without a value so far.
    nulls: usize,
    first_null: Option<NullValue>,
    bad_points: BadPoints,
    /// The number of bad points so far, but for those that became `null`.
    skipped: usize,
    /// The number of bad points that became `null` before.
    replaced: usize,
    first_bad: Option<FeedError>,
    notices: Vec<String>,
    unknown_share: f64,
    /// The changes of the step, where the answer gives one for each value.
    step_changes: Vec<StepChange>,
}

/// A point of an answer before its intensity is checked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawPoint {
    pub(crate) at: Timestamp,
    pub(crate) value: Option<f64>,
    pub(crate) quality: Quality,
}

impl ResponseBuilder {
    /// A builder that treats bad points in a way. `replaced` of them were `NaN`, and are now `null`.
    pub(crate) fn new(bad_points: BadPoints, replaced: usize) -> ResponseBuilder {
        ResponseBuilder { bad_points, replaced, ..ResponseBuilder::default() }
    }

    /// Notes the time for which the values from a time on hold.
    pub(crate) fn hold(&mut self, from: Timestamp, step: Span) {
        if self.step_changes.last().is_none_or(|last| last.step != step) {
            self.step_changes.push(StepChange { from, step });
        }
    }

    /// Counts bad points that were left out before.
    pub(crate) fn add_skipped(&mut self, points: usize) {
        self.skipped += points;
    }

    /// Adds the next point, in units of `scale` g/kWh, or leaves it out where it is bad and bad points are skipped.
    pub(crate) fn add(
        &mut self,
        point: Result<RawPoint, FeedError>,
        scale: f64,
    ) -> Result<(), FeedError> {
        let listed = self.listed;
        let added = point.and_then(|it| self.push(it.at, it.value, scale, it.quality));
        self.listed = listed + 1;
        match added {
            Err(error) if self.bad_points == BadPoints::Skip => {
                self.skipped += 1;
                self.first_bad.get_or_insert(error);
                Ok(())
            }
            added => added,
        }
    }

    /// Adds the next value, in units of `scale` g/kWh; `None` is a gap. A value that is listed twice in a row is taken once.
    pub(crate) fn push(
        &mut self,
        at: Timestamp,
        value: Option<f64>,
        scale: f64,
        quality: Quality,
    ) -> Result<(), FeedError> {
        self.listed += 1;
        let position = self.listed;
        let listed = ListedValue { at, value, quality };
        match self.last {
            Some(last) if listed == last => return Ok(()),
            Some(last) if at == last.at => {
                return Err(FeedError::Duplicate { position, at: rfc3339::format(at) });
            }
            Some(last) if at < last.at => {
                return Err(FeedError::Backwards { position, at: rfc3339::format(at) });
            }
            _ => self.last = Some(listed),
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

    /// Notes the warnings of the service, each once.
    pub(crate) fn note(&mut self, notices: impl IntoIterator<Item = String>) {
        for notice in notices {
            if !self.notices.contains(&notice) {
                self.notices.push(notice);
            }
        }
    }

    /// Sets the part of the generation whose fuel is not known, 0 to 1.
    pub(crate) fn set_unknown_share(&mut self, share: f64) {
        self.unknown_share = share;
    }

    /// The position of the next value, counted from 1.
    pub(crate) fn position(&self) -> usize {
        self.listed + 1
    }

    /// The response of all values added. Where the answer gives no `step`, the steps are those of [`Series::new`], or
    /// `usual_step` where there is only one value.
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
            let first_null = || self.first_null.map_or(FeedError::NoValues, NullValue::into_error);
            return Err(self.first_bad.unwrap_or_else(first_null));
        }
        let mut step_changes = self.step_changes;
        let step = match (step, step_changes.is_empty()) {
            (Some(step), _) => step,
            (None, true) if self.points.len() == 1 => usual_step,
            (None, _) => match Series::new(pairs(&self.points)) {
                Ok(series) => {
                    if step_changes.is_empty() {
                        step_changes = series.step_changes().to_vec();
                    }
                    series.step()
                }
                Err(_) => usual_step,
            },
        };
        let (points, notices, unknown_share) = (self.points, self.notices, self.unknown_share);
        let (nulls, skipped) =
            (self.nulls.saturating_sub(self.replaced), self.skipped + self.replaced);
        Ok(ServiceResponse {
            zone,
            signal,
            scope: None,
            step,
            step_changes,
            points,
            nulls,
            skipped,
            notices,
            unknown_share,
        })
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
            Some(null) if self.bad_points == BadPoints::Refuse => Err(null.into_error()),
            _ => {
                let response = self.finish(zone, signal, step, usual_step)?;
                Ok(ServiceResponse {
                    skipped: response.skipped + response.nulls,
                    nulls: 0,
                    ..response
                })
            }
        }
    }
}
