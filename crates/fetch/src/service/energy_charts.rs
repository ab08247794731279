//! Energy-Charts: no authentication; past, present and forecast values are in one answer.

use gpu_carbon_core::{Interval, Span, Timestamp};
use gpu_carbon_feeds::{ServiceResponse, energy_charts};

use super::query::Query;
use crate::authentication::Authentication;
use crate::error::FetchError;
use crate::http::Client;
use crate::url::{encode, minute};

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
        let interval = query.period_or(Interval::new(now - LOOKBACK, now + HORIZON));
        let path = format!(
            "/co2eq?country={}&start={}&end={}",
            encode(&self.country),
            minute(interval.start()),
            minute(interval.end())
        );
        let bad_points = self.client.bad_points();
        let parse = |text: &str| energy_charts::parse_points(text, bad_points);
        self.client.get(&path, &Authentication::None, now, parse)
    }
}
