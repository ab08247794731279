//! The services, each with the limits that its documentation sets.

pub(crate) mod eia;
pub(crate) mod electricity_maps;
pub(crate) mod energy_charts;
pub(crate) mod great_britain;
pub(crate) mod ieso;
pub(crate) mod openelectricity;
mod pages;
pub(crate) mod pjm;
pub(crate) mod query;
mod session;
pub(crate) mod sgip;
pub(crate) mod watttime;

use gpu_carbon_core::{SLOT, Span, Timestamp};
use gpu_carbon_feeds::{self as feeds, ServiceResponse};

use crate::error::FetchError;
use eia::Eia;
use electricity_maps::ElectricityMaps;
use energy_charts::EnergyCharts;
use great_britain::GreatBritain;
use ieso::Ieso;
use openelectricity::OpenElectricity;
use pjm::Pjm;
use query::Query;
use sgip::Sgip;
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
    /// The U.S. Energy Information Administration.
    Eia(Eia),
    /// The SGIP signal.
    Sgip(Sgip),
    /// PJM's Data Miner 2.
    Pjm(Pjm),
    /// OpenElectricity.
    OpenElectricity(OpenElectricity),
    /// Ontario's IESO.
    Ieso(Ieso),
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
            Service::Eia(service) => service.fetch(query, now),
            Service::Sgip(service) => service.fetch(query, now),
            Service::Pjm(service) => service.fetch(query, now),
            Service::OpenElectricity(service) => service.fetch(query, now),
            Service::Ieso(service) => service.fetch(query, now),
        }
    }

    /// The address of a service.
    #[must_use]
    pub const fn base_url(kind: feeds::Service) -> &'static str {
        match kind {
            feeds::Service::WattTime => WattTime::BASE_URL,
            feeds::Service::ElectricityMaps => ElectricityMaps::BASE_URL,
            feeds::Service::GreatBritain => GreatBritain::BASE_URL,
            feeds::Service::EnergyCharts => EnergyCharts::BASE_URL,
            feeds::Service::Eia => Eia::BASE_URL,
            feeds::Service::Sgip => Sgip::BASE_URL,
            feeds::Service::Pjm => Pjm::BASE_URL,
            feeds::Service::OpenElectricity => OpenElectricity::BASE_URL,
            feeds::Service::Ieso => Ieso::BASE_URL,
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
            Service::Eia(_) => feeds::Service::Eia,
            Service::Sgip(_) => feeds::Service::Sgip,
            Service::Pjm(_) => feeds::Service::Pjm,
            Service::OpenElectricity(_) => feeds::Service::OpenElectricity,
            Service::Ieso(_) => feeds::Service::Ieso,
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
            Service::Eia(service) => service.respondent().to_owned(),
            Service::Sgip(service) => service.region().to_owned(),
            Service::Pjm(service) => service.node().to_string(),
            Service::OpenElectricity(service) => service.region().to_owned(),
            Service::Ieso(_) => feeds::ieso::ZONE.to_owned(),
        }
    }

    /// The zone that the service found for the coordinates; `None` before the first query, and for a zone given by name.
    #[must_use]
    pub fn resolved_zone(&self) -> Option<&str> {
        match self {
            Service::WattTime(service) => service.resolved_zone(),
            _ => None,
        }
    }

    /// The length of time for which a value holds by the documentation of the service. Its answers may differ.
    #[must_use]
    pub const fn usual_step(&self) -> Span {
        match self {
            Service::WattTime(_) | Service::Sgip(_) | Service::Pjm(_) => SLOT,
            Service::ElectricityMaps(_)
            | Service::Eia(_)
            | Service::OpenElectricity(_)
            | Service::Ieso(_) => Span::from_seconds(3600),
            Service::GreatBritain(_) => Span::from_seconds(1800),
            Service::EnergyCharts(_) => Span::from_seconds(900),
        }
    }

    /// True where the forecast is a query of its own.
    #[must_use]
    pub const fn has_separate_forecast(&self) -> bool {
        matches!(self, Service::ElectricityMaps(_) | Service::Sgip(_))
    }

    /// The time before the present that an answer to [`Query::Now`] covers.
    #[must_use]
    pub const fn lookback(&self) -> Span {
        match self {
            Service::WattTime(_) | Service::ElectricityMaps(_) | Service::Sgip(_) => Span::ZERO,
            Service::GreatBritain(_) => great_britain::LOOKBACK,
            Service::EnergyCharts(_) => energy_charts::LOOKBACK,
            Service::Eia(_) => eia::LOOKBACK,
            Service::Pjm(_) => pjm::LOOKBACK,
            Service::OpenElectricity(_) => openelectricity::LOOKBACK,
            Service::Ieso(_) => ieso::LOOKBACK,
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
            Service::Eia(_) => eia::LONGEST_HISTORY,
            Service::Sgip(_) => sgip::LONGEST_HISTORY,
            Service::Pjm(_) => pjm::LONGEST_HISTORY,
            Service::OpenElectricity(_) => openelectricity::LONGEST_HISTORY,
            Service::Ieso(_) => ieso::LONGEST_HISTORY,
        }
    }

    /// The end of the longest query for history that begins at a time and is answered by one request, or by one for each page.
    #[must_use]
    pub fn end_of_history(&self, start: Timestamp) -> Timestamp {
        let longest = start + self.longest_history();
        match self {
            Service::Ieso(_) => Ieso::end_of_file(start).min(longest),
            _ => longest,
        }
    }

    /// The time that the service asks its clients to leave between two requests.
    #[must_use]
    pub const fn pause(&self) -> Span {
        match self {
            // Six a minute.
            Service::Pjm(_) => Span::from_seconds(10),
            _ => Span::from_seconds(1),
        }
    }
}
