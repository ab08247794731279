//! Electricity Maps v3 and v4: the average intensity of a zone, over the life cycle or, where an answer says so, direct.
//!
//! Documentation: <https://portal.electricitymaps.com/developer-hub/api/reference>. Paths: `/carbon-intensity/latest`, `history`,
//! `past-range` and `forecast`. The terms of the service do not allow its data to be passed on.

use gpu_carbon_core::{Quality, SLOT, Scope, Signal, Span};
use serde::Deserialize;

use crate::error::FeedError;
use crate::json::{self, Number};
use crate::response::{BadPoints, RawPoint, ResponseBuilder, ServiceResponse};

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
    /// A text beside the data: that the token is one of the sandbox, or whose property the data are.
    #[serde(rename = "_disclaimer")]
    disclaimer: Option<String>,
    #[serde(flatten)]
    latest: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Value {
    zone: Option<String>,
    datetime: Option<String>,
    carbon_intensity: Option<Number>,
    is_estimated: Option<bool>,
    emission_factor_type: Option<String>,
    estimation_method: Option<String>,
}

/// Part of the disclaimer and of the estimation methods of answers to a sandbox token, whose numbers are invented.
const SANDBOX: &str = "sandbox";

fn is_of_the_sandbox(text: Option<&String>) -> bool {
    text.is_some_and(|text| text.to_ascii_lowercase().contains(SANDBOX))
}

/// Parses an answer of any of the paths; where `zone` is given, the values must be of that zone.
///
/// Values marked as estimated have the quality estimated, those under `forecast` are forecasts, and the others are measured.
/// A `null` is a gap.
///
/// # Errors
///
/// The first error in the answer, such as another zone or unit, or the invented numbers of a sandbox token.
pub fn parse(text: &str, zone: Option<&str>) -> Result<ServiceResponse, FeedError> {
    parse_points(text, zone, BadPoints::Refuse)
}

/// The same as [`parse`], with another treatment of bad points.
///
/// # Errors
///
/// The same as [`parse`].
pub fn parse_points(
    text: &str,
    zone: Option<&str>,
    bad_points: BadPoints,
) -> Result<ServiceResponse, FeedError> {
    let (answer, replaced): (Answer, usize) = json::read_points(text, NAME, bad_points)?;
    if is_of_the_sandbox(answer.disclaimer.as_ref()) {
        return Err(FeedError::Sandbox(NAME));
    }
    let shape_error = |reason: &str| FeedError::Shape { service: NAME, reason: reason.to_owned() };
    if let Some(found) = answer.unit.filter(|unit| !unit.eq_ignore_ascii_case(UNIT)) {
        return Err(FeedError::Unit { found: json::excerpt(&found), expected: UNIT });
    }
    let stated_once = answer.latest.emission_factor_type.clone();
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
    let stated = listed.iter().filter_map(|value| value.emission_factor_type.as_ref());
    let scope = scope(stated_once.iter().chain(stated))?;
    let mut values = ResponseBuilder::new(bad_points, replaced);
    for value in &listed {
        if is_of_the_sandbox(value.estimation_method.as_ref()) {
            return Err(FeedError::Sandbox(NAME));
        }
        let zones = [Some(&answer.zone), value.zone.as_ref()];
        if let Some(found) = zones.into_iter().flatten().find(|&found| found != expected) {
            let [found, expected] = [found, expected].map(json::excerpt);
            return Err(FeedError::Zone { found, expected });
        }
        values.add(value.point(values.position(), is_forecast), 1.0)?;
    }
    values.note(answer.disclaimer.map(|text| json::excerpt(&text)));
    let response = values.finish(Some(answer.zone), Signal::Average, step, HOUR)?;
    Ok(ServiceResponse { scope: Some(scope), ..response })
}

/// The scope of the factor types that an answer states, of which there may be one.
fn scope<'a>(stated: impl Iterator<Item = &'a String>) -> Result<Scope, FeedError> {
    let mut found = None;
    for text in stated {
        let scope = match text.as_str() {
            "lifecycle" => Scope::Co2eLifecycle,
            "direct" => Scope::Co2Direct,
            other => {
                let found = json::excerpt(other);
                return Err(FeedError::Scope { found, expected: "lifecycle or direct" });
            }
        };
        if found.is_some_and(|before| before != scope) {
            let found = "lifecycle and direct".to_owned();
            return Err(FeedError::Scope {
                found,
                expected: "one of lifecycle and direct throughout",
            });
        }
        found = Some(scope);
    }
    Ok(found.unwrap_or(Scope::Co2eLifecycle))
}

impl Value {
    /// The point at `position`, with its quality.
    fn point(&self, position: usize, is_forecast: bool) -> Result<RawPoint, FeedError> {
        let at = json::time(self.datetime.as_deref().unwrap_or_default(), position)?;
        let value = self.carbon_intensity.map(|value| value.get(NAME, position)).transpose()?;
        let quality = match (is_forecast, self.is_estimated) {
            (true, _) => Quality::Forecast,
            (false, Some(true)) => Quality::Estimated,
            (false, Some(false) | None) => Quality::Measured,
        };
        Ok(RawPoint { at, value, quality })
    }
}
