//! The services whose answers can be read.

use gpu_carbon_core::{Scope, Signal};

use crate::{
    eia, electricity_maps, energy_charts, great_britain, ieso, openelectricity, pjm, sgip,
    watttime, yearly_averages,
};

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
    /// The U.S. Energy Information Administration: see [`eia`].
    Eia,
    /// The SGIP signal: see [`sgip`].
    Sgip,
    /// PJM's Data Miner: see [`pjm`].
    Pjm,
    /// OpenElectricity: see [`openelectricity`].
    OpenElectricity,
    /// Ontario's IESO: see [`ieso`].
    Ieso,
}

/// The scope of a source by its name in ledgers and in the labels of metrics: that of a service, or of the yearly figures of
/// countries. `None` for a file, and for any other source without a scope of its own.
#[must_use]
pub fn scope_of_source(name: &str) -> Option<Scope> {
    match name {
        yearly_averages::NAME => Some(yearly_averages::SCOPE),
        _ => Service::named(name).map(Service::scope),
    }
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
    pub const ALL: [Service; 9] = [
        Service::WattTime,
        Service::ElectricityMaps,
        Service::GreatBritain,
        Service::EnergyCharts,
        Service::Eia,
        Service::Sgip,
        Service::Pjm,
        Service::OpenElectricity,
        Service::Ieso,
    ];

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
            Service::Eia => "eia",
            Service::Sgip => "sgip",
            Service::Pjm => "pjm",
            Service::OpenElectricity => "openelectricity",
            Service::Ieso => "ieso",
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
            Service::Eia => eia::NAME,
            Service::Sgip => sgip::NAME,
            Service::Pjm => pjm::NAME,
            Service::OpenElectricity => openelectricity::NAME,
            Service::Ieso => ieso::NAME,
        }
    }

    /// The signal of the service's values.
    #[must_use]
    pub const fn signal(self) -> Signal {
        match self {
            Service::WattTime | Service::Sgip | Service::Pjm => Signal::Marginal,
            Service::ElectricityMaps
            | Service::GreatBritain
            | Service::EnergyCharts
            | Service::Eia
            | Service::OpenElectricity
            | Service::Ieso => Signal::Average,
        }
    }

    /// The emissions that a gram of the service counts, where its answer does not name another scope.
    ///
    /// Electricity Maps and Energy-Charts count CO2e over the life cycle, as the factors do that convert the generation of EIA and
    /// IESO. The others count the CO2 of combustion; OpenElectricity adds methane and nitrous oxide of combustion, a percent or two.
    #[must_use]
    pub const fn scope(self) -> Scope {
        match self {
            Service::WattTime
            | Service::GreatBritain
            | Service::Sgip
            | Service::Pjm
            | Service::OpenElectricity => Scope::Co2Direct,
            Service::ElectricityMaps | Service::EnergyCharts | Service::Eia | Service::Ieso => {
                Scope::Co2eLifecycle
            }
        }
    }

    /// True where the service publishes a forecast.
    #[must_use]
    pub const fn has_forecast(self) -> bool {
        match self {
            Service::WattTime
            | Service::ElectricityMaps
            | Service::GreatBritain
            | Service::EnergyCharts
            | Service::Sgip => true,
            Service::Eia | Service::Pjm | Service::OpenElectricity | Service::Ieso => false,
        }
    }

    /// The account that the service asks for.
    #[must_use]
    pub const fn account(self) -> Account {
        match self {
            Service::GreatBritain | Service::EnergyCharts | Service::Ieso => Account::None,
            Service::WattTime
            | Service::Eia
            | Service::Sgip
            | Service::Pjm
            | Service::OpenElectricity => Account::Free,
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
            Service::Eia => eia::ATTRIBUTION,
            Service::Sgip => sgip::ATTRIBUTION,
            Service::Pjm => pjm::ATTRIBUTION,
            Service::OpenElectricity => openelectricity::ATTRIBUTION,
            Service::Ieso => ieso::ATTRIBUTION,
        }
    }
}
