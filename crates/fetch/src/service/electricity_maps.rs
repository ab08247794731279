//! Electricity Maps: a token in a header; present, forecast and past are three addresses.

use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_feeds::{ServiceResponse, electricity_maps};

use super::{Query, escaped, second};
use crate::credentials::Credential;
use crate::error::FetchError;
use crate::http::{Authentication, Client};

/// The free address for the past, `history`, has the last day.
const FREE: Span = Span::from_days(1);

/// As far ahead as jobs are planned. The service has 6, 24, 48 and 72 hours, and 24 for who does not say.
const HORIZON_HOURS: u32 = 48;

/// Which of its interfaces is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The older one.
    V3,
    /// The current one.
    V4,
}

/// One zone of Electricity Maps.
#[derive(Debug, Clone)]
pub struct ElectricityMaps {
    client: Client,
    version: Version,
    zone: String,
    token: Credential,
    /// Whether this token is not good for more than the last day.
    only_the_last_day: bool,
    /// Whether it is not good for more than the usual forecast.
    only_the_usual_forecast: bool,
}

impl ElectricityMaps {
    /// Where it is.
    pub const BASE_URL: &'static str = "https://api.electricitymaps.com";

    /// A zone, such as `US-CAL-CISO`.
    #[must_use]
    pub fn new(client: Client, version: Version, zone: &str, token: Credential) -> ElectricityMaps {
        ElectricityMaps {
            client,
            version,
            zone: zone.to_owned(),
            token,
            only_the_last_day: false,
            only_the_usual_forecast: false,
        }
    }

    pub(super) fn zone(&self) -> &str {
        &self.zone
    }

    pub(super) fn fetch(
        &mut self,
        query: Query,
        now: Timestamp,
    ) -> Result<ServiceResponse, FetchError> {
        let recent = |start| now.duration_since(start) <= FREE;
        let path = match query {
            Query::Now => "latest?".to_owned(),
            Query::Forecast if self.only_the_usual_forecast => "forecast?".to_owned(),
            Query::Forecast => format!("forecast?horizonHours={HORIZON_HOURS}&"),
            Query::History(asked) if self.only_the_last_day || recent(asked.start()) => {
                "history?".to_owned()
            }
            Query::History(asked) => {
                format!("past-range?start={}&end={}&", second(asked.start()), second(asked.end()))
            }
        };
        let version = match self.version {
            Version::V3 => "v3",
            Version::V4 => "v4",
        };
        let address = format!("/{version}/carbon-intensity/{path}zone={}", escaped(&self.zone));
        let login = Authentication::Header("auth-token", self.token.read()?);
        let read = |text: &str| electricity_maps::parse(text, Some(&self.zone));
        let answer = self.client.get(&address, &login, now, read);
        // Not allowed, or not known: less is asked for from then on.
        match &answer {
            Err(FetchError::Forbidden(_)) if path.starts_with("past-range") => {
                self.only_the_last_day = true;
            }
            Err(FetchError::Forbidden(_) | FetchError::ClientError { .. })
                if path.starts_with("forecast") =>
            {
                self.only_the_usual_forecast = true;
            }
            _ => {}
        }
        answer
    }
}
