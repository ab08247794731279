//! Electricity Maps v3 and v4: the average intensity of a zone, over the life cycle.
//!
//! Documentation: <https://portal.electricitymaps.com/developer-hub/api/reference>. Paths: `/carbon-intensity/latest`, `history`,
//! `past-range` and `forecast`. The terms of the service do not allow its data to be passed on.

use gpu_carbon_core::{Quality, SLOT, Signal, Span};
use serde::Deserialize;

use crate::error::FeedError;
use crate::json;
use crate::response::{ResponseBuilder, ServiceResponse};

pub(crate) const NAME: &str = "Electricity Maps";

/// The credit to show beside the data.
pub const ATTRIBUTION: &str = "Electricity Maps (electricitymaps.com)";

/// The only unit that is accepted, where the answer names one.
const UNIT: &str = "gCO2eq/kWh";

const HOUR: Span = Span::from_seconds(3600);

#[derive(Deserialize)]
struct Answer {
    zone: String,
    #[serde(rename = "temporalGranularity")]
    granularity: Option<String>,
    #[serde(alias = "units")]
    unit: Option<String>,
    // The name of the array differs by path and by version; `latest` has no array.
    data: Option<Vec<Value>>,
    history: Option<Vec<Value>>,
    forecast: Option<Vec<Value>>,
    #[serde(flatten)]
    latest: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Value {
    zone: Option<String>,
    datetime: Option<String>,
    carbon_intensity: Option<f64>,
    is_estimated: Option<bool>,
}

/// Parses an answer of any of the paths; where `zone` is given, the values must be of that zone.
///
/// Values marked as estimated have the quality estimated, those under `forecast` are forecasts, and the others are measured.
/// A `null` is a gap.
///
/// # Errors
///
/// The first error in the answer, such as another zone or unit.
pub fn parse(text: &str, zone: Option<&str>) -> Result<ServiceResponse, FeedError> {
    let answer: Answer = json::read(text, NAME)?;
    let shape_error = |reason: &str| FeedError::Shape { service: NAME, reason: reason.to_owned() };
    if let Some(found) = answer.unit.filter(|unit| !unit.eq_ignore_ascii_case(UNIT)) {
        return Err(FeedError::Unit { found: json::excerpt(&found), expected: UNIT });
    }
    let (is_forecast, listed) = match (answer.data, answer.history, answer.forecast) {
        (Some(values), None, None) | (None, Some(values), None) => (false, values),
        (None, None, Some(values)) => (true, values),
        (None, None, None) if answer.latest.datetime.is_some() => (false, vec![answer.latest]),
        (None, None, None) => {
            let reason = "there is no `datetime`, and no `data`, `history` or `forecast`";
            return Err(shape_error(reason));
        }
        _ => return Err(shape_error("there are two of `data`, `history` and `forecast`")),
    };
    let step = match answer.granularity.as_deref() {
        None => None,
        Some("hourly") => Some(HOUR),
        Some("15_minutes") => Some(Span::from_seconds(900)),
        Some("5_minutes") => Some(SLOT),
        Some("daily") => Some(Span::from_days(1)),
        Some(other) => {
            let reason = format!(
                "temporalGranularity is `{}`, and must be 5_minutes, 15_minutes, hourly or daily",
                json::excerpt(other)
            );
            return Err(shape_error(&reason));
        }
    };
    let expected = zone.unwrap_or(&answer.zone);
    let mut values = ResponseBuilder::default();
    for value in &listed {
        let zones = [Some(&answer.zone), value.zone.as_ref()];
        if let Some(found) = zones.into_iter().flatten().find(|&found| found != expected) {
            let [found, expected] = [found, expected].map(json::excerpt);
            return Err(FeedError::Zone { found, expected });
        }
        let time = value.datetime.as_deref().unwrap_or_default();
        let at = json::time(time, values.position())?;
        let quality = match (is_forecast, value.is_estimated) {
            (true, _) => Quality::Forecast,
            (false, Some(true)) => Quality::Estimated,
            (false, Some(false) | None) => Quality::Measured,
        };
        values.push(at, value.carbon_intensity, 1.0, quality)?;
    }
    values.finish(Some(answer.zone), Signal::Average, step, HOUR)
}
