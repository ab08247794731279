//! The services, and what each can be asked.

pub(crate) mod electricity_maps;
pub(crate) mod energy_charts;
pub(crate) mod great_britain;
pub(crate) mod watttime;

use chrono::{DateTime, SecondsFormat};
use gpu_carbon_core::{Interval, SLOT, Span, Timestamp};
use gpu_carbon_feeds::{self as feeds, ServiceResponse};

use crate::error::FetchError;
use electricity_maps::ElectricityMaps;
use energy_charts::EnergyCharts;
use great_britain::GreatBritain;
use watttime::WattTime;

/// What a service is asked. An answer may hold more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query {
    /// What holds now; with the forecast, where it comes in one answer.
    Now,
    /// What will hold, where it does not come with what holds now.
    Forecast,
    /// What held, over no more than [`Service::longest_history`].
    History(Interval),
}

/// A service, one zone of it, and where it is.
#[derive(Debug, Clone)]
pub enum Service {
    /// WattTime v3.
    WattTime(WattTime),
    /// Electricity Maps, v3 or v4.
    ElectricityMaps(ElectricityMaps),
    /// carbonintensity.org.uk.
    GreatBritain(GreatBritain),
    /// Energy-Charts.
    EnergyCharts(EnergyCharts),
}

impl Service {
    /// Asks, once: at most one request for data, and where a token is needed and old, one for that.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub fn fetch(&mut self, query: Query, now: Timestamp) -> Result<ServiceResponse, FetchError> {
        match self {
            Service::WattTime(service) => service.fetch(query, now),
            Service::ElectricityMaps(service) => service.fetch(query, now),
            Service::GreatBritain(service) => service.fetch(query, now),
            Service::EnergyCharts(service) => service.fetch(query, now),
        }
    }

    /// Which service it is.
    #[must_use]
    pub const fn kind(&self) -> feeds::Service {
        match self {
            Service::WattTime(_) => feeds::Service::WattTime,
            Service::ElectricityMaps(_) => feeds::Service::ElectricityMaps,
            Service::GreatBritain(_) => feeds::Service::GreatBritain,
            Service::EnergyCharts(_) => feeds::Service::EnergyCharts,
        }
    }

    /// The zone that is asked for, as a file's name may contain it.
    #[must_use]
    pub fn zone(&self) -> String {
        match self {
            Service::WattTime(service) => service.place_name(),
            Service::ElectricityMaps(service) => service.zone().to_owned(),
            Service::GreatBritain(service) => service.place().to_string(),
            Service::EnergyCharts(service) => service.country().to_owned(),
        }
    }

    /// The zone that the service found by coordinates, once it was asked.
    #[must_use]
    pub fn resolved_zone(&self) -> Option<&str> {
        match self {
            Service::WattTime(service) => service.resolved_zone(),
            Service::ElectricityMaps(_) | Service::GreatBritain(_) | Service::EnergyCharts(_) => {
                None
            }
        }
    }

    /// How long one of its values holds, as far as its documentation says; its answers say for sure.
    #[must_use]
    pub const fn usual_step(&self) -> Span {
        match self {
            Service::WattTime(_) => SLOT,
            Service::ElectricityMaps(_) => Span::from_seconds(3600),
            Service::GreatBritain(_) => Span::from_seconds(1800),
            Service::EnergyCharts(_) => Span::from_seconds(900),
        }
    }

    /// Whether the forecast is a query of its own.
    #[must_use]
    pub const fn has_separate_forecast(&self) -> bool {
        matches!(self, Service::ElectricityMaps(_))
    }

    /// How far back the answer to [`Query::Now`] reaches.
    #[must_use]
    pub const fn lookback(&self) -> Span {
        match self {
            Service::WattTime(_) | Service::ElectricityMaps(_) => Span::ZERO,
            Service::GreatBritain(_) => great_britain::REACH,
            Service::EnergyCharts(_) => energy_charts::REACH,
        }
    }

    /// The longest period that one request for history may ask for.
    #[must_use]
    pub const fn longest_history(&self) -> Span {
        match self {
            Service::WattTime(_) => Span::from_days(32),
            Service::ElectricityMaps(_) => Span::from_days(10),
            Service::GreatBritain(_) => Span::from_days(14),
            Service::EnergyCharts(_) => Span::from_days(31),
        }
    }
}

/// A moment for an address: to the minute, as `2020-06-01T00:00Z`.
fn minute(at: Timestamp) -> String {
    let text = DateTime::from_timestamp_micros(at.as_unix_micros()).unwrap_or_default();
    text.format("%Y-%m-%dT%H:%MZ").to_string()
}

/// A moment for an address: to the second, as `2020-06-01T00:00:00Z`.
fn second(at: Timestamp) -> String {
    let text = DateTime::from_timestamp_micros(at.as_unix_micros()).unwrap_or_default();
    text.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A text for an address: letters, digits and `-._~` as they are, the rest in hexadecimal.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_moments_are_fit_for_an_address() {
        assert_eq!(escaped("US-CAL_1.2~"), "US-CAL_1.2~");
        assert_eq!(escaped("a b/&é"), "a%20b%2F%26%C3%A9");
        let at = Timestamp::from_unix_seconds(1_590_969_659);
        assert_eq!(
            (minute(at), second(at)),
            ("2020-06-01T00:00Z".to_owned(), "2020-06-01T00:00:59Z".to_owned())
        );
    }
}
