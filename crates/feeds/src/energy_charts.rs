//! Energy-Charts: the average intensity of a European country every quarter of an hour, and its forecast.
//!
//! Documentation: <https://api.energy-charts.info>. Path: `/co2eq?country=de`. The service needs no key; Fraunhofer ISE publishes
//! the data under CC BY 4.0.

use gpu_carbon_core::{Quality, Signal, Span, Timestamp};
use serde::Deserialize;

use crate::error::FeedError;
use crate::json::{self, Number};
use crate::response::{BadPoints, RawPoint, ResponseBuilder, ServiceResponse};

pub(crate) const NAME: &str = "Energy-Charts";

/// The credit that the licence asks for.
pub const ATTRIBUTION: &str = "Energy-Charts (energy-charts.info), Fraunhofer ISE, CC BY 4.0";

/// The notice of an answer that is marked as deprecated.
const DEPRECATED: &str = "the service marks this path as deprecated: it will be removed";

const QUARTER_OF_AN_HOUR: Span = Span::from_seconds(900);

/// Parallel lists, with `null` where a value is unknown.
#[derive(Deserialize)]
struct Answer {
    unix_seconds: Vec<i64>,
    co2eq: Vec<Option<Number>>,
    #[serde(default)]
    co2eq_forecast: Option<Vec<Option<Number>>>,
    /// True where the path will be removed.
    deprecated: Option<bool>,
}

/// Parses an answer of `/co2eq`. The answer does not name its country.
///
/// A value under `co2eq` is measured. Where it is `null`, the value under `co2eq_forecast` is taken, with the quality forecast;
/// where both are `null`, there is a gap.
///
/// # Errors
///
/// The first error in the answer, such as lists of different lengths.
pub fn parse(text: &str) -> Result<ServiceResponse, FeedError> {
    parse_points(text, BadPoints::Refuse)
}

/// The same as [`parse`], with another treatment of bad points.
///
/// # Errors
///
/// The same as [`parse`].
pub fn parse_points(text: &str, bad_points: BadPoints) -> Result<ServiceResponse, FeedError> {
    let (answer, replaced) = json::read_points(text, NAME, bad_points)?;
    let Answer { unix_seconds, co2eq, co2eq_forecast, deprecated } = answer;
    let forecasts = co2eq_forecast.unwrap_or_else(|| vec![None; unix_seconds.len()]);
    if co2eq.len() != unix_seconds.len() || forecasts.len() != unix_seconds.len() {
        let reason = format!(
            "unix_seconds has {} entries, co2eq {}, co2eq_forecast {}",
            unix_seconds.len(),
            co2eq.len(),
            forecasts.len()
        );
        return Err(FeedError::Shape { service: NAME, reason });
    }
    let mut values = ResponseBuilder::new(bad_points, replaced);
    for ((seconds, measured), forecast) in unix_seconds.into_iter().zip(co2eq).zip(forecasts) {
        values.add(point(values.position(), seconds, measured, forecast), 1.0)?;
    }
    let deprecated = deprecated.filter(|&it| it).map(|_| DEPRECATED.to_owned());
    values.note(deprecated);
    values.finish(None, Signal::Average, None, QUARTER_OF_AN_HOUR)
}

/// The point at `position`, with its quality.
fn point(
    position: usize,
    seconds: i64,
    measured: Option<Number>,
    forecast: Option<Number>,
) -> Result<RawPoint, FeedError> {
    // A time beyond the year 9999 would be in milliseconds.
    if !(0..=253_402_300_799).contains(&seconds) {
        return Err(FeedError::Time {
            position,
            found: format!("{seconds} s after 1970-01-01T00:00:00Z"),
            expected: "a time in seconds before the year 10000",
        });
    }
    let (value, quality) = match measured {
        Some(measured) => (Some(measured), Quality::Measured),
        None => (forecast, Quality::Forecast),
    };
    let value = value.map(|value| value.get(NAME, position)).transpose()?;
    Ok(RawPoint { at: Timestamp::from_unix_seconds(seconds), value, quality })
}
