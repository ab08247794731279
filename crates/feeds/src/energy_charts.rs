//! Energy-Charts: the average intensity of a European country every quarter of an hour, and its forecast.
//!
//! <https://api.energy-charts.info>; `/co2eq?country=de`. No key is needed; Fraunhofer ISE publishes the data
//! under CC BY 4.0.

use gpu_carbon_core::{Quality, Signal, Span, Timestamp};
use serde::Deserialize;

use crate::error::FeedError;
use crate::json;
use crate::response::{ResponseBuilder, ServiceResponse};

pub(crate) const NAME: &str = "Energy-Charts";

/// The credit that the licence asks for.
pub const ATTRIBUTION: &str = "Energy-Charts (energy-charts.info), Fraunhofer ISE, CC BY 4.0";

const QUARTER_OF_AN_HOUR: Span = Span::from_seconds(900);

/// Parallel lists, with nulls where nothing is known.
#[derive(Deserialize)]
struct Answer {
    unix_seconds: Vec<i64>,
    co2eq: Vec<Option<f64>>,
    #[serde(default)]
    co2eq_forecast: Option<Vec<Option<f64>>>,
}

/// The values of `/co2eq`. The answer does not say of which country they are.
///
/// A value under `co2eq` is measured; where it is null, the one under `co2eq_forecast` is taken and marked
/// so. Where both are null, there is a gap.
///
/// # Errors
///
/// The first thing that is wrong, such as lists of different lengths.
pub fn parse(text: &str) -> Result<ServiceResponse, FeedError> {
    let Answer { unix_seconds, co2eq, co2eq_forecast } = json::read(text, NAME)?;
    let foretold = co2eq_forecast.unwrap_or_else(|| vec![None; unix_seconds.len()]);
    if co2eq.len() != unix_seconds.len() || foretold.len() != unix_seconds.len() {
        let reason = format!(
            "unix_seconds has {} entries, co2eq {}, co2eq_forecast {}",
            unix_seconds.len(),
            co2eq.len(),
            foretold.len()
        );
        return Err(FeedError::Shape { service: NAME, reason });
    }
    let mut values = ResponseBuilder::default();
    for ((seconds, measured), foretold) in unix_seconds.into_iter().zip(co2eq).zip(foretold) {
        // Beyond the year 9999 it would be milliseconds.
        if !(0..=253_402_300_799).contains(&seconds) {
            return Err(FeedError::Time {
                position: values.position(),
                found: format!("{seconds} s after 1970-01-01T00:00:00Z"),
            });
        }
        let (value, quality) = match measured {
            Some(measured) => (Some(measured), Quality::Measured),
            None => (foretold, Quality::Forecast),
        };
        values.push(Timestamp::from_unix_seconds(seconds), value, 1.0, quality)?;
    }
    values.finish(None, Signal::Average, None, QUARTER_OF_AN_HOUR)
}
