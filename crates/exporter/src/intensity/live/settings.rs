//! The settings of the services: their queries, credentials and limits.

use std::path::PathBuf;
use std::time::Duration;

use gpu_carbon_core::{Intensity, Span};
use gpu_carbon_feeds::{great_britain, scope_of_source};
use gpu_carbon_fetch::{
    BaseUrl, Client, Credential, Eia, ElectricityMaps, EnergyCharts, GreatBritain, Ieso, Location,
    OpenElectricity, Pjm, Service, Sgip, Version, WattTime,
};
use tracing::info;

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

impl Settings {
    /// Logs that the sources count different gases, if they do: grams by one then follow grams by another.
    pub(in crate::intensity) fn log_scopes(&self) {
        let scope = |service: &ServiceSettings| (service.name(), service.service().kind().scope());
        let of_yearly = |yearly: YearlyFigure| {
            scope_of_source(yearly.source).map(|scope| (yearly.source, scope))
        };
        let yearly = self.yearly.and_then(of_yearly);
        let scopes: Vec<_> = self.services.iter().map(scope).chain(yearly).collect();
        let mut others = scopes.iter();
        if let Some((first, counted)) = others.next()
            && let Some((other, counted_otherwise)) = others.find(|(_, scope)| scope != counted)
        {
            info!(
                "{first} counts {}, and {other} {}: where {other} takes its place, grams are of other gases",
                counted.title(),
                counted_otherwise.title()
            );
        }
    }
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
    /// The U.S. Energy Information Administration.
    Eia {
        /// The balancing authority.
        respondent: String,
        /// The key of the account.
        key: Credential,
    },
    /// The SGIP signal.
    Sgip {
        /// The region.
        region: String,
        /// The user name of the account.
        user: Credential,
        /// The password of the account.
        password: Credential,
    },
    /// PJM's Data Miner 2.
    Pjm {
        /// The number of the pricing node.
        node: u64,
        /// The key of the account.
        key: Credential,
    },
    /// OpenElectricity.
    OpenElectricity {
        /// The region of Australia.
        region: String,
        /// The key of the account.
        key: Credential,
    },
    /// Ontario's IESO.
    Ieso,
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
            ServiceQuery::Eia { respondent, key } => {
                Service::Eia(Eia::new(client, &respondent, key))
            }
            ServiceQuery::Sgip { region, user, password } => {
                Service::Sgip(Sgip::new(client, &region, user, password))
            }
            ServiceQuery::Pjm { node, key } => Service::Pjm(Pjm::new(client, node, key)),
            ServiceQuery::OpenElectricity { region, key } => {
                Service::OpenElectricity(OpenElectricity::new(client, &region, key))
            }
            ServiceQuery::Ieso => Service::Ieso(Ieso::new(client)),
        }
    }

    /// Checks that every credential can be read.
    pub(super) fn check_credentials(&self) -> Result<(), MissingCredentialError> {
        let of_one = |place: &Credential| place.read().map(drop).map_err(|it| it.to_string());
        let (checked, keys) = match &self.query {
            ServiceQuery::WattTime { user, password, .. }
            | ServiceQuery::Sgip { user, password, .. } => (
                Credential::check_pair(user, password).map_err(|error| error.to_string()),
                "user_file and intensity.password_file (or user_env and password_env)",
            ),
            ServiceQuery::ElectricityMaps { token, .. } => {
                (of_one(token), "token_file (or token_env)")
            }
            ServiceQuery::Eia { key, .. }
            | ServiceQuery::Pjm { key, .. }
            | ServiceQuery::OpenElectricity { key, .. } => (of_one(key), "key_file (or key_env)"),
            ServiceQuery::GreatBritain(_) | ServiceQuery::EnergyCharts(_) | ServiceQuery::Ieso => {
                return Ok(());
            }
        };
        let service = self.name();
        checked.map_err(|reason| MissingCredentialError { service, reason, keys })
    }
}

/// The error of a service whose credentials cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{service}: {reason}: set what is missing, or its place by intensity.{keys}")]
pub struct MissingCredentialError {
    service: &'static str,
    /// The reason, in words.
    reason: String,
    /// The keys of the configuration that name the places.
    keys: &'static str,
}
