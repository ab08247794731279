//! Electricity Maps: authentication by a token in a header; the present, the forecast and the past have three paths.

use gpu_carbon_core::{Scope, Span, Timestamp};
use gpu_carbon_feeds::{FeedError, ServiceResponse, electricity_maps};

use super::query::Query;
use crate::authentication::Authentication;
use crate::credentials::Credential;
use crate::error::FetchError;
use crate::http::Client;
use crate::url::{encode, second};

/// The period of the path `history`, which free accounts may use: the last day.
const FREE_HISTORY: Span = Span::from_days(1);

/// The horizon of forecasts, as far ahead as jobs are planned. The service offers 6, 24, 48 and 72 hours; its default is 24.
const HORIZON_HOURS: u32 = 48;

/// The version of the service's interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// The older version.
    V3,
    /// The current version.
    V4,
}

/// A client of one zone of Electricity Maps.
#[derive(Debug, Clone)]
pub struct ElectricityMaps {
    client: Client,
    version: Version,
    zone: String,
    token: Credential,
    /// Set once the service has denied the token more than the last day.
    only_the_last_day: bool,
    /// Set once the service has denied the token the longer horizon.
    only_the_default_forecast: bool,
}

impl ElectricityMaps {
    /// The address of the service.
    pub const BASE_URL: &'static str = "https://api.electricitymaps.com";

    /// A client of a zone such as `US-CAL-CISO`.
    #[must_use]
    pub fn new(client: Client, version: Version, zone: &str, token: Credential) -> ElectricityMaps {
        ElectricityMaps {
            client,
            version,
            zone: zone.to_owned(),
            token,
            only_the_last_day: false,
            only_the_default_forecast: false,
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
        let is_recent = |start| now.duration_since(start) <= FREE_HISTORY;
        let resource = match query {
            Query::Now => "latest?".to_owned(),
            Query::Forecast if self.only_the_default_forecast => "forecast?".to_owned(),
            Query::Forecast => format!("forecast?horizonHours={HORIZON_HOURS}&"),
            Query::History(interval) if self.only_the_last_day || is_recent(interval.start()) => {
                "history?".to_owned()
            }
            Query::History(interval) => {
                format!(
                    "past-range?start={}&end={}&",
                    second(interval.start()),
                    second(interval.end())
                )
            }
        };
        let version = match self.version {
            Version::V3 => "v3",
            Version::V4 => "v4",
        };
        let zone = encode(&self.zone);
        let path = format!(
            "/{version}/carbon-intensity/{resource}zone={zone}&emissionFactorType=lifecycle"
        );
        let authentication = Authentication::Header("auth-token", self.token.read()?);
        let bad_points = self.client.bad_points();
        let parse = |text: &str| {
            let answer = electricity_maps::parse_points(text, Some(&self.zone), bad_points)?;
            match answer.scope {
                Some(Scope::Co2Direct) => Err(FeedError::Scope {
                    found: "direct".to_owned(),
                    expected: "lifecycle, as asked for",
                }),
                _ => Ok(answer),
            }
        };
        let answer = self.client.get(&path, &authentication, now, parse);
        // The account does not allow this, or the service does not know it: later queries ask for less.
        match &answer {
            Err(FetchError::Forbidden(_)) if resource.starts_with("past-range") => {
                self.only_the_last_day = true;
            }
            Err(FetchError::Forbidden(_) | FetchError::ClientError { .. })
                if resource.starts_with("forecast") =>
            {
                self.only_the_default_forecast = true;
            }
            _ => {}
        }
        answer
    }
}
