//! Which service an answer is of, by its shape: for answers that somebody saved.

use gpu_carbon_core::Signal;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::FeedError;
use crate::published::{Point, Published};
use crate::{electricity_maps, energy_charts, gb, json, watttime};

/// A service whose answers can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// See [`watttime`].
    WattTime,
    /// See [`electricity_maps`].
    ElectricityMaps,
    /// See [`gb`].
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
            Service::GreatBritain => gb::NAME,
            Service::EnergyCharts => energy_charts::NAME,
        }
    }

    /// The credit to show wherever its data or what is computed from them is shown.
    #[must_use]
    pub const fn attribution(self) -> &'static str {
        match self {
            Service::WattTime => watttime::ATTRIBUTION,
            Service::ElectricityMaps => electricity_maps::ATTRIBUTION,
            Service::GreatBritain => gb::ATTRIBUTION,
            Service::EnergyCharts => energy_charts::ATTRIBUTION,
        }
    }
}

/// An answer, and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognised {
    /// Whose.
    pub service: Service,
    /// What it holds.
    pub published: Published,
}

impl Recognised {
    /// The zone, as the service names it; `None` where its answers do not say.
    #[must_use]
    pub fn zone(&self) -> Option<&str> {
        self.published.zone.as_deref()
    }

    /// Which question the values answer.
    #[must_use]
    pub fn signal(&self) -> Signal {
        self.published.signal
    }

    /// The credit to show beside them.
    #[must_use]
    pub fn attribution(&self) -> &'static str {
        self.service.attribution()
    }

    /// The values, in order of time; never empty.
    #[must_use]
    pub fn points(&self) -> &[Point] {
        &self.published.points
    }
}

/// Reads an answer of any of the services, of whatever zone.
///
/// # Errors
///
/// When it is of none of them, or something is wrong with it.
///
/// ```
/// let saved = r#"{"unix_seconds": [1783893600], "co2eq": [491.5], "co2eq_forecast": [null]}"#;
/// let recognised = gpu_carbon_feeds::recognise(saved)?;
/// assert_eq!(recognised.service.name(), "energy_charts");
/// assert_eq!(recognised.points()[0].intensity.as_grams_per_kilowatt_hour(), 491.5);
/// # Ok::<(), gpu_carbon_feeds::FeedError>(())
/// ```
pub fn recognise(text: &str) -> Result<Recognised, FeedError> {
    let service = service_of(text)?;
    let published = match service {
        Service::WattTime => watttime::parse(text, None),
        Service::ElectricityMaps => electricity_maps::parse(text, None),
        Service::GreatBritain => gb::parse(text, None),
        Service::EnergyCharts => energy_charts::parse(text),
    }?;
    Ok(Recognised { service, published })
}

fn service_of(text: &str) -> Result<Service, FeedError> {
    /// The keys that tell them apart.
    #[derive(Deserialize)]
    struct Keys {
        unix_seconds: Option<IgnoredAny>,
        meta: Option<IgnoredAny>,
        zone: Option<IgnoredAny>,
        data: Option<IgnoredAny>,
    }
    let keys = match json::read::<Keys>(text, "one of the services") {
        Ok(keys) => keys,
        Err(FeedError::Shape { .. }) => return Err(FeedError::Unrecognised),
        Err(other) => return Err(other),
    };
    match keys {
        Keys { unix_seconds: Some(_), .. } => Ok(Service::EnergyCharts),
        Keys { meta: Some(_), .. } => Ok(Service::WattTime),
        Keys { zone: Some(_), .. } => Ok(Service::ElectricityMaps),
        Keys { data: Some(_), .. } => Ok(Service::GreatBritain),
        _ => Err(json::refusal(text).map_or(FeedError::Unrecognised, FeedError::Refused)),
    }
}
