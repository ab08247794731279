//! The services whose answers can be read.

use crate::{electricity_maps, energy_charts, great_britain, watttime};

/// A service whose answers can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// See [`watttime`].
    WattTime,
    /// See [`electricity_maps`].
    ElectricityMaps,
    /// See [`great_britain`].
    GreatBritain,
    /// See [`energy_charts`].
    EnergyCharts,
}

impl Service {
    /// Every service.
    pub const ALL: [Service; 4] =
        [Service::WattTime, Service::ElectricityMaps, Service::GreatBritain, Service::EnergyCharts];

    /// The name that configurations and metric labels use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Service::WattTime => "watttime",
            Service::ElectricityMaps => "electricity_maps",
            Service::GreatBritain => "gb",
            Service::EnergyCharts => "energy_charts",
        }
    }

    /// The name that people know it by.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Service::WattTime => watttime::NAME,
            Service::ElectricityMaps => electricity_maps::NAME,
            Service::GreatBritain => great_britain::NAME,
            Service::EnergyCharts => energy_charts::NAME,
        }
    }

    /// The credit to show wherever its data or what is computed from them is shown.
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
