//! Energy-Charts: no key; what was, what is and what will be come in one answer.

use gpu_carbon_core::{Interval, Span, Timestamp};
use gpu_carbon_feeds::{ServiceResponse, energy_charts};

use super::{Query, escaped, minute};
use crate::error::FetchError;
use crate::http::{Authentication, Client};

/// Measured values come an hour or two late; a day back costs little.
pub(super) const REACH: Span = Span::from_days(1);

/// As far ahead as it forecasts.
const AHEAD: Span = Span::from_days(2);

/// One country of Energy-Charts.
#[derive(Debug, Clone)]
pub struct EnergyCharts {
    client: Client,
    country: String,
}

impl EnergyCharts {
    /// Where it is.
    pub const BASE_URL: &'static str = "https://api.energy-charts.info";

    /// A country, such as `de`.
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
        let asked = match query {
            Query::Now | Query::Forecast => Interval::new(now - REACH, now + AHEAD),
            Query::History(asked) => asked,
        };
        let path = format!(
            "/co2eq?country={}&start={}&end={}",
            escaped(&self.country),
            minute(asked.start()),
            minute(asked.end())
        );
        self.client.get(&path, &Authentication::None, now, energy_charts::parse)
    }
}
