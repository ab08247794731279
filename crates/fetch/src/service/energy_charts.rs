//! Energy-Charts: no authentication; past, present and forecast values are in one answer.

use gpu_carbon_core::{Interval, Span, Timestamp};
use gpu_carbon_feeds::{ServiceResponse, energy_charts};

use super::query::Query;
use super::url::{encode, minute};
use crate::error::FetchError;
use crate::http::{Authentication, Client};

/// The lookback of a query for the present: measured values arrive an hour or two late, and a day costs little.
pub(super) const LOOKBACK: Span = Span::from_days(1);

/// The horizon of the service's forecasts.
const HORIZON: Span = Span::from_days(2);

/// A client of one country of Energy-Charts.
#[derive(Debug, Clone)]
pub struct EnergyCharts {
    client: Client,
    country: String,
}

impl EnergyCharts {
    /// The address of the service.
    pub const BASE_URL: &'static str = "https://api.energy-charts.info";

    /// A client of a country such as `de`.
    #[must_use]
    pub fn new(client: Client, country: &str) -> EnergyCharts {
        EnergyCharts { client, country: country.to_lowercase() }
    }

    pub(super) fn country(&self) -> &str {
        &self.country
    }

    pub(super) fn fetch(
        &mut self,
        query: Query,
        now: Timestamp,
    ) -> Result<ServiceResponse, FetchError> {
        let interval = match query {
            Query::Now | Query::Forecast => Interval::new(now - LOOKBACK, now + HORIZON),
            Query::History(interval) => interval,
        };
        let path = format!(
            "/co2eq?country={}&start={}&end={}",
            encode(&self.country),
            minute(interval.start()),
            minute(interval.end())
        );
        self.client.get(&path, &Authentication::None, now, energy_charts::parse)
    }
}
