//! WattTime v3: the marginal intensity of a grid region every five minutes, and its forecast.
//!
//! Documentation: <https://docs.watttime.org>. Paths: `/login`, `/v3/region-from-loc`, `/v3/forecast` and `/v3/historical`. The
//! terms of the service do not allow its data to be passed on.

use std::collections::BTreeMap;

use gpu_carbon_core::{Quality, SLOT, Signal, Span, Timestamp};
use serde::Deserialize;

use crate::error::FeedError;
use crate::json::Number;
use crate::response::{BadPoints, RawPoint, ResponseBuilder, ServiceResponse};
use crate::unit::POUND_PER_MEGAWATT_HOUR;
use crate::{json, rfc3339};

pub(crate) const NAME: &str = "WattTime";

/// The credit to show beside the data.
pub const ATTRIBUTION: &str = "WattTime (watttime.org)";

/// The only unit that is accepted.
const UNIT: &str = "lbs_co2_per_mwh";

#[derive(Deserialize)]
struct Answer {
    data: Vec<Value>,
    meta: Meta,
}

#[derive(Deserialize)]
struct Value {
    point_time: String,
    value: Option<Number>,
    imputed_data_used: Option<bool>,
}

#[derive(Deserialize)]
struct Meta {
    region: String,
    signal_type: String,
    units: String,
    data_point_period_seconds: Option<u64>,
    /// The time at which a forecast was made; only forecasts have it.
    generated_at: Option<String>,
    #[serde(default)]
    warnings: Vec<Warning>,
}

#[derive(Deserialize)]
struct Warning {
    #[serde(rename = "type")]
    kind: Option<String>,
    message: Option<String>,
}

impl Value {
    /// The point at `position`, with its quality.
    fn point(
        &self,
        position: usize,
        quality: impl Fn(Timestamp) -> Quality,
    ) -> Result<RawPoint, FeedError> {
        let at = json::time(&self.point_time, position)?;
        let value = self.value.map(|value| value.get(NAME, position)).transpose()?;
        Ok(RawPoint { at, value, quality: quality(at) })
    }
}

/// Parses an answer of `/v3/forecast` or `/v3/historical`; where `region` is given, the values must be of that region.
///
/// Historical values are measured, or estimated where WattTime imputed data. The first point of a forecast is the present: it is
/// estimated, and the others are forecasts.
///
/// # Errors
///
/// The first error in the answer. A missing value is an error, since WattTime leaves none out; so is a unit other than
/// `lbs_co2_per_mwh`, such as that of the percentiles of `/v3/signal-index`.
pub fn parse(text: &str, region: Option<&str>) -> Result<ServiceResponse, FeedError> {
    parse_points(text, region, BadPoints::Refuse)
}

/// The same as [`parse`], with another treatment of bad points.
///
/// # Errors
///
/// The same as [`parse`].
pub fn parse_points(
    text: &str,
    region: Option<&str>,
    bad_points: BadPoints,
) -> Result<ServiceResponse, FeedError> {
    let (Answer { data, meta }, replaced) = json::read_points(text, NAME, bad_points)?;
    let signal = signal(&meta)?;
    if let Some(expected) = region.filter(|&region| region != meta.region) {
        let (found, expected) = (json::excerpt(&meta.region), expected.to_owned());
        return Err(FeedError::Zone { found, expected });
    }
    let step = match meta.data_point_period_seconds {
        Some(seconds @ 1..=86_400) => Some(Span::from_seconds(seconds)),
        None => None,
        Some(seconds) => {
            let reason =
                format!("meta.data_point_period_seconds is {seconds}, and must be 1 to 86400");
            return Err(FeedError::Shape { service: NAME, reason });
        }
    };
    let present = meta.generated_at.map(|made| json::time(&made, 1)).transpose()?;
    let mut values = ResponseBuilder::new(bad_points, replaced);
    for value in &data {
        let quality = |at| match present {
            Some(present) if at > present => Quality::Forecast,
            Some(_) => Quality::Estimated,
            None if value.imputed_data_used == Some(true) => Quality::Estimated,
            None => Quality::Measured,
        };
        values.add(value.point(values.position(), quality), POUND_PER_MEGAWATT_HOUR)?;
    }
    let warnings = meta.warnings.into_iter();
    let warnings = warnings.filter_map(|it| it.message.or(it.kind));
    values.note(warnings.map(|text| json::excerpt(&text)));
    values.finish_without_gaps(Some(meta.region), signal, step, SLOT)
}

/// The signal of the values, after a check of their unit.
fn signal(meta: &Meta) -> Result<Signal, FeedError> {
    if meta.units != UNIT {
        return Err(FeedError::Unit { found: json::excerpt(&meta.units), expected: UNIT });
    }
    match meta.signal_type.as_str() {
        "co2_moer" => Ok(Signal::Marginal),
        "co2_aoer" => Ok(Signal::Average),
        other => {
            let expected = "`co2_moer` (marginal) or `co2_aoer` (average)";
            Err(FeedError::Signal { found: json::excerpt(other), expected })
        }
    }
}

/// Parses an answer of `/v3/forecast/historical`: the forecasts in g/kWh by the time at which they were made, one value for each
/// five minutes that follow the present ones.
pub(crate) fn forecasts(text: &str) -> Result<BTreeMap<Timestamp, Vec<f64>>, FeedError> {
    #[derive(Deserialize)]
    struct History {
        data: Vec<Forecast>,
        meta: Meta,
    }
    #[derive(Deserialize)]
    struct Forecast {
        generated_at: String,
        forecast: Vec<Value>,
    }
    let History { data, meta } = json::read(text, NAME)?;
    signal(&meta)?;
    let mut made = BTreeMap::new();
    for Forecast { generated_at, forecast } in data {
        let present = json::time(&generated_at, 1)?;
        let mut values = ResponseBuilder::default();
        for value in &forecast {
            let point = value.point(values.position(), |_| Quality::Forecast)?;
            if point.at > present {
                values.add(Ok(point), POUND_PER_MEGAWATT_HOUR)?;
            }
        }
        let step = SLOT;
        let ServiceResponse { points, .. } =
            values.finish_without_gaps(None, Signal::Marginal, Some(step), step)?;
        let mut due = present.floor_to(step) + step;
        for point in &points {
            if point.at != due {
                let (found, due) = (rfc3339::format(point.at), rfc3339::format(due));
                let reason = format!("{found} follows in a forecast where {due} is due");
                return Err(FeedError::Shape { service: NAME, reason });
            }
            due = due + step;
        }
        let grams = points.iter().map(|point| point.intensity.as_grams_per_kilowatt_hour());
        made.insert(present, grams.collect());
    }
    if made.is_empty() { Err(FeedError::NoValues) } else { Ok(made) }
}

/// Parses the token in an answer of `/login`. No error quotes the answer, which may hold the token.
///
/// # Errors
///
/// When there is no token.
pub fn token(text: &str) -> Result<String, FeedError> {
    #[derive(Deserialize)]
    struct Login {
        token: String,
    }
    let reason = "there is no `token`".to_owned();
    match json::read::<Login>(text, NAME) {
        Ok(Login { token }) if !token.is_empty() => Ok(token),
        Err(error @ (FeedError::EmptyText | FeedError::Truncated { .. })) => Err(error),
        Err(FeedError::WebPage(_)) => Err(FeedError::WebPage("<".to_owned())),
        _ => Err(FeedError::Shape { service: NAME, reason }),
    }
}

/// Parses the region in an answer of `/v3/region-from-loc`, as one line.
///
/// # Errors
///
/// When there is no region.
pub fn region(text: &str) -> Result<String, FeedError> {
    #[derive(Deserialize)]
    struct Place {
        region: String,
    }
    Ok(json::excerpt(&json::read::<Place>(text, NAME)?.region))
}
