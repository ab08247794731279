//! The settings of the services: their queries, credentials and limits.

use std::path::PathBuf;
use std::time::Duration;

use gpu_carbon_core::{Intensity, Span};
use gpu_carbon_feeds::great_britain;
use gpu_carbon_fetch::{
    BaseUrl, Client, Credential, CredentialError, ElectricityMaps, EnergyCharts, GreatBritain,
    Location, Service, Version, WattTime,
};

/// The settings of all services.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The services in order of preference; at least one.
    pub services: Vec<ServiceSettings>,
    /// The folder in which fetched values are stored for the next start.
    pub cache: PathBuf,
    /// The age from which pending energy is converted by a forecast, by other days or by a yearly figure.
    pub fallback_after: Span,
    /// The intensity that holds where no service has a value.
    pub yearly: Option<YearlyFigure>,
}

/// A yearly figure with its source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct YearlyFigure {
    /// The name of the source, as metrics use it.
    pub source: &'static str,
    /// The intensity.
    pub intensity: Intensity,
}

/// The settings of one service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceSettings {
    /// The service, its zone and its credentials.
    pub query: ServiceQuery,
    /// The address of the service.
    pub base_url: BaseUrl,
    /// The time that a response may take.
    pub timeout: Duration,
    /// The time between two polls; the service's step if it is `None`.
    pub poll_period: Option<Span>,
}

/// A service with the zone to query and the credentials of the account.
#[derive(Debug, Clone, PartialEq)]
pub enum ServiceQuery {
    /// WattTime.
    WattTime {
        /// The region or the coordinates.
        location: Location,
        /// The user name of the account.
        user: Credential,
        /// The password of the account.
        password: Credential,
    },
    /// Electricity Maps.
    ElectricityMaps {
        /// The version of the API.
        version: Version,
        /// The zone.
        zone: String,
        /// The token of the account.
        token: Credential,
    },
    /// The Carbon Intensity API of Great Britain.
    GreatBritain(great_britain::Place),
    /// Energy-Charts, by country.
    EnergyCharts(String),
}

impl ServiceSettings {
    /// The name that metrics use.
    pub(crate) fn name(&self) -> &'static str {
        self.service().kind().name()
    }

    /// The name of its zone.
    pub(crate) fn zone(&self) -> String {
        self.service().zone()
    }

    /// The client of the service.
    pub(super) fn service(&self) -> Service {
        let client = Client::new(self.base_url.clone(), self.timeout);
        match self.query.clone() {
            ServiceQuery::WattTime { location, user, password } => {
                Service::WattTime(WattTime::new(client, location, user, password))
            }
            ServiceQuery::ElectricityMaps { version, zone, token } => {
                Service::ElectricityMaps(ElectricityMaps::new(client, version, &zone, token))
            }
            ServiceQuery::GreatBritain(place) => {
                Service::GreatBritain(GreatBritain::new(client, place))
            }
            ServiceQuery::EnergyCharts(country) => {
                Service::EnergyCharts(EnergyCharts::new(client, &country))
            }
        }
    }

    /// Checks that every credential can be read.
    pub(super) fn check_credentials(&self) -> Result<(), CredentialError> {
        match &self.query {
            ServiceQuery::WattTime { user, password, .. } => {
                user.read()?;
                password.read()?;
            }
            ServiceQuery::ElectricityMaps { token, .. } => {
                token.read()?;
            }
            ServiceQuery::GreatBritain(_) | ServiceQuery::EnergyCharts(_) => {}
        }
        Ok(())
    }
}
