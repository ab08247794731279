//! The carbon intensity from now on.

use gpu_carbon_core::{Intensity, Interval, Span, Timestamp};
use gpu_carbon_feeds::rfc3339;
use serde::Serialize;

use super::error::ApiError;
use super::factors::Factors;
use crate::snapshot::Snapshot;

/// The reach of the document. A forecast reaches 72 hours at most; a file may hold a year.
const REACH: Span = Span::from_days(4);

/// The forecast.
#[derive(Debug, Serialize)]
pub(super) struct ForecastDocument<'a> {
    #[serde(flatten)]
    factors: Factors<'a>,
    step_seconds: f64,
    /// The origins of the values, each from its start until the next one's.
    origins: Vec<ValueOrigin>,
    intensities: Vec<Value>,
}

#[derive(Debug, Serialize)]
struct ValueOrigin {
    start: String,
    source: &'static str,
    quality: &'static str,
}

#[derive(Debug, Serialize)]
struct Value {
    start: String,
    grams_per_kilowatt_hour: f64,
}

/// The values from the one that holds at the time of a snapshot on.
///
/// # Errors
///
/// Where there is no forecast.
pub(super) fn document(snapshot: &Snapshot) -> Result<ForecastDocument<'_>, ApiError> {
    let (forecast, time) = (&snapshot.grid.forecast, snapshot.at);
    let ahead = forecast.ahead.as_deref().ok_or_else(without_forecast)?;
    let window = Interval::new(time, time + REACH);
    let value = |&(start, intensity): &(Timestamp, Intensity)| Value {
        start: rfc3339::format(start),
        grams_per_kilowatt_hour: intensity.as_grams_per_kilowatt_hour(),
    };
    let within = ahead
        .points()
        .iter()
        .filter(|(start, _)| *start < window.end() && *start + ahead.step() > window.start());
    let intensities: Vec<Value> = within.map(value).collect();
    if intensities.is_empty() {
        return Err(without_forecast());
    }
    let begun = forecast.origins.partition_point(|origin| origin.from <= window.start());
    let origins = forecast.origins.iter().skip(begun.saturating_sub(1));
    let origins =
        origins.take_while(|origin| origin.from < window.end()).map(|origin| ValueOrigin {
            start: rfc3339::format(origin.from.max(window.start())),
            source: origin.source,
            quality: origin.quality.name(),
        });
    Ok(ForecastDocument {
        factors: Factors::of(snapshot),
        step_seconds: ahead.step().as_seconds(),
        origins: origins.collect(),
        intensities,
    })
}

/// The error where the source has no forecast.
pub(super) fn without_forecast() -> ApiError {
    ApiError::unknown("the source of intensity has no forecast")
}
