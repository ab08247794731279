//! The SGIP signal: the marginal intensity of eleven parts of California's grids and its neighbours' every five minutes, and its
//! forecast of 72 hours.
//!
//! Documentation: <https://docs.sgipsignal.com>. Paths: `/login`, `/sgipmoer` and `/sgipforecast`. WattTime operates the signal for
//! California's Self-Generation Incentive Program. An account is free. Values are in kg of CO2 for each kWh.

use gpu_carbon_core::{Quality, SLOT, Signal, Span};
use serde::Deserialize;

use crate::error::FeedError;
use crate::json::{self, LooseNumber};
use crate::response::{BadPoints, RawPoint, ResponseBuilder, ServiceResponse};

pub(crate) const NAME: &str = "SGIP signal";

/// The credit to show beside the data.
pub const ATTRIBUTION: &str =
    "SGIP GHG Signal (sgipsignal.com), California Self-Generation Incentive Program, WattTime";

/// One kg/kWh in g/kWh.
const GRAMS_PER_KILOWATT_HOUR: f64 = 1000.0;

/// The forms of an answer: one value for the present, a list for the past, and a forecast.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Forecast { generated_at: String, forecast: Vec<ForecastValue> },
    Present(Value),
    Past(Vec<Value>),
}

#[derive(Deserialize)]
struct Value {
    point_time: String,
    /// The value as a number, or as text where it is the present one.
    moer: Option<LooseNumber>,
    freq: Option<u64>,
    ba: String,
}

#[derive(Deserialize)]
struct ForecastValue {
    point_time: String,
    value: Option<LooseNumber>,
    ba: String,
}

/// Parses an answer of `/sgipmoer` or `/sgipforecast`; where `region` is given, the values must be of that region.
///
/// A list may have the newest value first, as the service writes it. Values of `/sgipmoer` are measured, those of `/sgipforecast`
/// are forecasts.
///
/// # Errors
///
/// The first error in the answer. A missing value is an error, since the service leaves none out.
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
    let (answer, replaced): (Answer, usize) = json::read_points(text, NAME, bad_points)?;
    let mut values = Builder {
        values: ResponseBuilder::new(bad_points, replaced),
        expected: region.map(str::to_owned),
        step: None,
    };
    match answer {
        Answer::Present(value) => values.push(value)?,
        Answer::Past(list) => {
            let is_newest_first = matches!(list.as_slice(), [first, second, ..] if first.point_time > second.point_time);
            if is_newest_first {
                list.into_iter().rev().try_for_each(|value| values.push(value))?;
            } else {
                list.into_iter().try_for_each(|value| values.push(value))?;
            }
        }
        Answer::Forecast { generated_at, forecast } => {
            json::time(&generated_at, 1)?;
            for ForecastValue { point_time, value, ba } in forecast {
                values.add(&point_time, value, ba, Quality::Forecast)?;
            }
        }
    }
    let Builder { values, expected, step } = values;
    values.finish_without_gaps(expected, Signal::Marginal, step, SLOT)
}

/// The values so far, with the region that all of them must have.
struct Builder {
    values: ResponseBuilder,
    expected: Option<String>,
    step: Option<Span>,
}

impl Builder {
    fn push(&mut self, value: Value) -> Result<(), FeedError> {
        match value.freq {
            Some(seconds @ 1..=86_400) => self.step = Some(Span::from_seconds(seconds)),
            None => {}
            Some(seconds) => {
                let reason = format!("freq is {seconds}, and must be 1 to 86400");
                return Err(FeedError::Shape { service: NAME, reason });
            }
        }
        self.add(&value.point_time, value.moer, value.ba, Quality::Measured)
    }

    fn add(
        &mut self,
        time: &str,
        value: Option<LooseNumber>,
        region: String,
        quality: Quality,
    ) -> Result<(), FeedError> {
        let expected = self.expected.get_or_insert_with(|| region.clone());
        if region != *expected {
            let [found, expected] = [&region, &*expected].map(|text| json::excerpt(text));
            return Err(FeedError::Zone { found, expected });
        }
        let point = point(self.values.position(), time, value, quality);
        self.values.add(point, GRAMS_PER_KILOWATT_HOUR)
    }
}

/// The point at `position`.
fn point(
    position: usize,
    time: &str,
    value: Option<LooseNumber>,
    quality: Quality,
) -> Result<RawPoint, FeedError> {
    let at = json::time(time, position)?;
    let value = value.map(|value| value.parse(position)).transpose()?;
    Ok(RawPoint { at, value, quality })
}
