//! The services whose answers can be read.

use gpu_carbon_core::Signal;

use crate::{electricity_maps, energy_charts, great_britain, watttime};

/// A service that publishes carbon intensity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// WattTime: see [`watttime`].
    WattTime,
    /// Electricity Maps: see [`electricity_maps`].
    ElectricityMaps,
    /// carbonintensity.org.uk: see [`great_britain`].
    GreatBritain,
    /// Energy-Charts: see [`energy_charts`].
    EnergyCharts,
}

/// The account that a service asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// No account.
    None,
    /// A free account gets the zones that the map of regions names.
    Free,
    /// A contract, or a free account for one zone.
    Contract,
}

impl Account {
    /// The account in words, for texts that people read.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Account::None => "no account",
            Account::Free => "free account",
            Account::Contract => "contract",
        }
    }
}

impl Service {
    /// Every service.
    pub const ALL: [Service; 4] =
        [Service::WattTime, Service::ElectricityMaps, Service::GreatBritain, Service::EnergyCharts];

    /// The service of a name such as `energy_charts`; `None` where no service has it.
    #[must_use]
    pub fn named(name: &str) -> Option<Service> {
        Service::ALL.into_iter().find(|service| service.name() == name)
    }

    /// The name in configurations and in the labels of metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Service::WattTime => "watttime",
            Service::ElectricityMaps => "electricity_maps",
            Service::GreatBritain => "gb",
            Service::EnergyCharts => "energy_charts",
        }
    }

    /// The service's own name, for texts that people read.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Service::WattTime => watttime::NAME,
            Service::ElectricityMaps => electricity_maps::NAME,
            Service::GreatBritain => great_britain::NAME,
            Service::EnergyCharts => energy_charts::NAME,
        }
    }

    /// The signal of the service's values.
    #[must_use]
    pub const fn signal(self) -> Signal {
        match self {
            Service::WattTime => Signal::Marginal,
            Service::ElectricityMaps | Service::GreatBritain | Service::EnergyCharts => {
                Signal::Average
            }
        }
    }

    /// The account that the service asks for.
    #[must_use]
    pub const fn account(self) -> Account {
        match self {
            Service::GreatBritain | Service::EnergyCharts => Account::None,
            Service::WattTime => Account::Free,
            Service::ElectricityMaps => Account::Contract,
        }
    }

    /// The credit to show wherever the service's data, or results computed from them, are shown.
    #[must_use]
    pub const fn attribution(self) -> &'static str {
        match self {
            Service::WattTime => watttime::ATTRIBUTION,
            Service::ElectricityMaps => electricity_maps::ATTRIBUTION,
            Service::GreatBritain => great_britain::ATTRIBUTION,
            Service::EnergyCharts => energy_charts::ATTRIBUTION,
        }
    }
}
