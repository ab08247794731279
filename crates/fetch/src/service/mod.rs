//! The services, each with the limits that its documentation sets.

pub(crate) mod electricity_maps;
pub(crate) mod energy_charts;
pub(crate) mod great_britain;
pub(crate) mod query;
mod url;
pub(crate) mod watttime;

use gpu_carbon_core::{SLOT, Span, Timestamp};
use gpu_carbon_feeds::{self as feeds, ServiceResponse};

use crate::error::FetchError;
use electricity_maps::ElectricityMaps;
use energy_charts::EnergyCharts;
use great_britain::GreatBritain;
use query::Query;
use watttime::WattTime;

/// A client of one zone of a service.
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
    /// Sends a query once: one request for values, and where a token has expired one more for the token. `now` dates the query, the
    /// tokens and a `Retry-After` header.
    ///
    /// # Errors
    ///
    /// When the connection fails, the service responds with an error, or the answer cannot be parsed.
    pub fn fetch(&mut self, query: Query, now: Timestamp) -> Result<ServiceResponse, FetchError> {
        match self {
            Service::WattTime(service) => service.fetch(query, now),
            Service::ElectricityMaps(service) => service.fetch(query, now),
            Service::GreatBritain(service) => service.fetch(query, now),
            Service::EnergyCharts(service) => service.fetch(query, now),
        }
    }

    /// The service.
    #[must_use]
    pub const fn kind(&self) -> feeds::Service {
        match self {
            Service::WattTime(_) => feeds::Service::WattTime,
            Service::ElectricityMaps(_) => feeds::Service::ElectricityMaps,
            Service::GreatBritain(_) => feeds::Service::GreatBritain,
            Service::EnergyCharts(_) => feeds::Service::EnergyCharts,
        }
    }

    /// The requested zone, in a form for the names of files.
    #[must_use]
    pub fn zone(&self) -> String {
        match self {
            Service::WattTime(service) => service.location_name(),
            Service::ElectricityMaps(service) => service.zone().to_owned(),
            Service::GreatBritain(service) => service.place().to_string(),
            Service::EnergyCharts(service) => service.country().to_owned(),
        }
    }

    /// The zone that the service found for the coordinates; `None` before the first query, and for a zone given by name.
    #[must_use]
    pub fn resolved_zone(&self) -> Option<&str> {
        match self {
            Service::WattTime(service) => service.resolved_zone(),
            Service::ElectricityMaps(_) | Service::GreatBritain(_) | Service::EnergyCharts(_) => {
                None
            }
        }
    }

    /// The length of time for which a value holds by the documentation of the service. Its answers may differ.
    #[must_use]
    pub const fn usual_step(&self) -> Span {
        match self {
            Service::WattTime(_) => SLOT,
            Service::ElectricityMaps(_) => Span::from_seconds(3600),
            Service::GreatBritain(_) => Span::from_seconds(1800),
            Service::EnergyCharts(_) => Span::from_seconds(900),
        }
    }

    /// True where the forecast is a query of its own.
    #[must_use]
    pub const fn has_separate_forecast(&self) -> bool {
        matches!(self, Service::ElectricityMaps(_))
    }

    /// The time before the present that an answer to [`Query::Now`] covers.
    #[must_use]
    pub const fn lookback(&self) -> Span {
        match self {
            Service::WattTime(_) | Service::ElectricityMaps(_) => Span::ZERO,
            Service::GreatBritain(_) => great_britain::LOOKBACK,
            Service::EnergyCharts(_) => energy_charts::LOOKBACK,
        }
    }

    /// The longest interval that one query for history may ask for.
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
