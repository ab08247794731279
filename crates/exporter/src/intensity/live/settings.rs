//! Which services to ask, for what, and how to be let in.

use std::path::PathBuf;
use std::time::Duration;

use gpu_carbon_core::{Intensity, Span};
use gpu_carbon_feeds::great_britain;
use gpu_carbon_fetch::{
    BaseUrl, Client, Credential, CredentialError, ElectricityMaps, EnergyCharts, GreatBritain,
    Location, Service, Version, WattTime,
};

/// The services, and what they have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// In the order in which they are preferred; at least one.
    pub services: Vec<ServiceSettings>,
    /// Where what was fetched is kept over a restart.
    pub cache: PathBuf,
    /// Energy that waited so long gets its price from a forecast or another time.
    pub fallback_after: Span,
    /// What holds where no service says anything, and whose figure it is.
    pub yearly: Option<(&'static str, Intensity)>,
}

/// One service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceSettings {
    /// Which, for what.
    pub asked: Asked,
    /// Where it is.
    pub base_url: BaseUrl,
    /// How long it may take to answer.
    pub timeout: Duration,
    /// Between two polls; the service's step where nothing is said.
    pub poll_period: Option<Span>,
}

/// What a service is asked for, with whose account.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// WattTime.
    WattTime {
        /// Where.
        place: Location,
        /// The account's name.
        user: Credential,
        /// Its password.
        password: Credential,
    },
    /// Electricity Maps.
    ElectricityMaps {
        /// Which of its interfaces.
        version: Version,
        /// The zone.
        zone: String,
        /// The account's token.
        token: Credential,
    },
    /// Great Britain.
    GreatBritain(great_britain::Place),
    /// The country, of Energy-Charts.
    EnergyCharts(String),
}

impl ServiceSettings {
    /// The name that metrics use.
    pub(crate) fn name(&self) -> &'static str {
        self.service().kind().name()
    }

    /// What its zone is called.
    pub(crate) fn zone(&self) -> String {
        self.service().zone()
    }

    pub(super) fn service(&self) -> Service {
        let client = Client::new(self.base_url.clone(), self.timeout);
        match self.asked.clone() {
            Asked::WattTime { place, user, password } => {
                Service::WattTime(WattTime::new(client, place, user, password))
            }
            Asked::ElectricityMaps { version, zone, token } => {
                Service::ElectricityMaps(ElectricityMaps::new(client, version, &zone, token))
            }
            Asked::GreatBritain(place) => Service::GreatBritain(GreatBritain::new(client, place)),
            Asked::EnergyCharts(country) => {
                Service::EnergyCharts(EnergyCharts::new(client, &country))
            }
        }
    }

    /// Whether every credential is where it should be.
    pub(super) fn check_credentials(&self) -> Result<(), CredentialError> {
        match &self.asked {
            Asked::WattTime { user, password, .. } => {
                user.read()?;
                password.read()?;
            }
            Asked::ElectricityMaps { token, .. } => {
                token.read()?;
            }
            Asked::GreatBritain(_) | Asked::EnergyCharts(_) => {}
        }
        Ok(())
    }
}
