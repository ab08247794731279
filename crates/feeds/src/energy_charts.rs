//! Energy-Charts: the average intensity of a European country every quarter of an hour, and its forecast.
//!
//! Documentation: <https://api.energy-charts.info>. Path: `/co2eq?country=de`. The service needs no key; Fraunhofer ISE publishes
//! the data under CC BY 4.0.

use gpu_carbon_core::{Quality, Signal, Span, Timestamp};
use serde::Deserialize;

use crate::error::FeedError;
use crate::json;
use crate::response::{ResponseBuilder, ServiceResponse};

pub(crate) const NAME: &str = "Energy-Charts";

/// The credit that the licence asks for.
pub const ATTRIBUTION: &str = "Energy-Charts (energy-charts.info), Fraunhofer ISE, CC BY 4.0";

const QUARTER_OF_AN_HOUR: Span = Span::from_seconds(900);

/// Parallel lists, with `null` where a value is unknown.
#[derive(Deserialize)]
struct Answer {
    unix_seconds: Vec<i64>,
    co2eq: Vec<Option<f64>>,
    #[serde(default)]
    co2eq_forecast: Option<Vec<Option<f64>>>,
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
    let Answer { unix_seconds, co2eq, co2eq_forecast } = json::read(text, NAME)?;
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
    let mut values = ResponseBuilder::default();
    for ((seconds, measured), forecast) in unix_seconds.into_iter().zip(co2eq).zip(forecasts) {
        // A time beyond the year 9999 would be in milliseconds.
        if !(0..=253_402_300_799).contains(&seconds) {
            return Err(FeedError::Time {
                position: values.position(),
                found: format!("{seconds} s after 1970-01-01T00:00:00Z"),
            });
        }
        let (value, quality) = match measured {
            Some(measured) => (Some(measured), Quality::Measured),
            None => (forecast, Quality::Forecast),
        };
        values.push(Timestamp::from_unix_seconds(seconds), value, 1.0, quality)?;
    }
    values.finish(None, Signal::Average, None, QUARTER_OF_AN_HOUR)
}
