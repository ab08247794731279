//! The shape of the configuration file: its keys, their types and their defaults.

use std::path::PathBuf;

use gpu_carbon_core::Scope;
use gpu_carbon_feeds::Service;
use serde::Deserialize;

use super::attribution::AttributionSection;
use super::embodied::EmbodiedSection;
use super::host::HostSection;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) grid_zone: Option<String>,
    #[serde(default = "one")]
    pub(super) power_usage_effectiveness: f64,
    pub(super) intensity: Option<IntensitySection>,
    #[serde(default)]
    pub(super) sampling: SamplingSection,
    #[serde(default)]
    pub(super) embodied: EmbodiedSection,
    #[serde(default)]
    pub(super) forecast: ForecastSection,
    #[serde(default)]
    pub(super) gpus: GpusSection,
    pub(super) ledger: Option<LedgerSection>,
    pub(super) attribution: Option<AttributionSection>,
    #[serde(default)]
    pub(super) host: HostSection,
}

/// A section with keys of its own and the keys of one service.
macro_rules! service_section {
    ($(#[$doc:meta])* $name:ident { $($(#[$attribute:meta])* $key:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name {
            $($(#[$attribute])* pub(super) $key: $type,)*
            pub(super) zone: Option<String>,
            pub(super) latitude: Option<f64>,
            pub(super) longitude: Option<f64>,
            pub(super) user_file: Option<PathBuf>,
            pub(super) user_env: Option<String>,
            pub(super) password_file: Option<PathBuf>,
            pub(super) password_env: Option<String>,
            pub(super) token_file: Option<PathBuf>,
            pub(super) token_env: Option<String>,
            pub(super) key_file: Option<PathBuf>,
            pub(super) key_env: Option<String>,
            pub(super) api_version: Option<String>,
            pub(super) base_url: Option<String>,
            pub(super) poll_period: Option<String>,
            pub(super) timeout: Option<String>,
        }

        impl $name {
            /// The keys of a service that the section has, from the top.
            pub(super) fn keys_of_service(&self) -> impl Iterator<Item = &'static str> {
                let present = [
                    self.zone.as_ref().map(|_| "intensity.zone"),
                    self.latitude.map(|_| "intensity.latitude"),
                    self.longitude.map(|_| "intensity.longitude"),
                    self.user_file.as_ref().map(|_| "intensity.user_file"),
                    self.user_env.as_ref().map(|_| "intensity.user_env"),
                    self.password_file.as_ref().map(|_| "intensity.password_file"),
                    self.password_env.as_ref().map(|_| "intensity.password_env"),
                    self.token_file.as_ref().map(|_| "intensity.token_file"),
                    self.token_env.as_ref().map(|_| "intensity.token_env"),
                    self.key_file.as_ref().map(|_| "intensity.key_file"),
                    self.key_env.as_ref().map(|_| "intensity.key_env"),
                    self.api_version.as_ref().map(|_| "intensity.api_version"),
                    self.base_url.as_ref().map(|_| "intensity.base_url"),
                    self.poll_period.as_ref().map(|_| "intensity.poll_period"),
                    self.timeout.as_ref().map(|_| "intensity.timeout"),
                ];
                present.into_iter().flatten()
            }
        }
    };
}

service_section! {
    /// The source of the intensity: a recorded one, a service, or several services in order of preference.
    IntensitySection {
        source: Option<SourceName>,
        sources: Option<Vec<ServiceSection>>,
        region: Option<String>,
        signal: Option<SignalName>,
        scope: Option<ScopeName>,
        path: Option<PathBuf>,
        #[serde(default)]
        replay: bool,
        grams_per_kilowatt_hour: Option<f64>,
        #[serde(default = "default_threshold")]
        threshold_grams_per_kilowatt_hour: f64,
        cache: Option<PathBuf>,
        fallback_after: Option<String>,
        country: Option<String>,
        yearly_grams_per_kilowatt_hour: Option<f64>,
    }
}

service_section! {
    /// One service of several.
    ServiceSection {
        source: ServiceName,
    }
}

impl IntensitySection {
    /// The one service that this section describes.
    pub(super) fn single_service(&self, source: ServiceName) -> ServiceSection {
        ServiceSection {
            source,
            zone: self.zone.clone(),
            latitude: self.latitude,
            longitude: self.longitude,
            user_file: self.user_file.clone(),
            user_env: self.user_env.clone(),
            password_file: self.password_file.clone(),
            password_env: self.password_env.clone(),
            token_file: self.token_file.clone(),
            token_env: self.token_env.clone(),
            key_file: self.key_file.clone(),
            key_env: self.key_env.clone(),
            api_version: self.api_version.clone(),
            base_url: self.base_url.clone(),
            poll_period: self.poll_period.clone(),
            timeout: self.timeout.clone(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SourceName {
    File,
    Constant,
    Embedded,
    #[serde(rename = "watttime")]
    WattTime,
    ElectricityMaps,
    Gb,
    EnergyCharts,
    Eia,
    Sgip,
    Pjm,
    #[serde(rename = "openelectricity")]
    OpenElectricity,
    Ieso,
}

/// A service by the name that [`Service::name`] has, too.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ServiceName {
    #[serde(rename = "watttime")]
    WattTime,
    ElectricityMaps,
    Gb,
    EnergyCharts,
    Eia,
    Sgip,
    Pjm,
    #[serde(rename = "openelectricity")]
    OpenElectricity,
    Ieso,
}

impl ServiceName {
    /// Every service.
    const ALL: [ServiceName; 9] = [
        ServiceName::WattTime,
        ServiceName::ElectricityMaps,
        ServiceName::Gb,
        ServiceName::EnergyCharts,
        ServiceName::Eia,
        ServiceName::Sgip,
        ServiceName::Pjm,
        ServiceName::OpenElectricity,
        ServiceName::Ieso,
    ];

    /// The name of a service; `None` for one that the exporter does not ask.
    pub(super) fn of(service: Service) -> Option<ServiceName> {
        ServiceName::ALL.into_iter().find(|name| name.service() == service)
    }

    /// The service of the name.
    pub(super) const fn service(self) -> Service {
        match self {
            ServiceName::WattTime => Service::WattTime,
            ServiceName::ElectricityMaps => Service::ElectricityMaps,
            ServiceName::Gb => Service::GreatBritain,
            ServiceName::EnergyCharts => Service::EnergyCharts,
            ServiceName::Eia => Service::Eia,
            ServiceName::Sgip => Service::Sgip,
            ServiceName::Pjm => Service::Pjm,
            ServiceName::OpenElectricity => Service::OpenElectricity,
            ServiceName::Ieso => Service::Ieso,
        }
    }
}

impl SourceName {
    /// The same source as a service, if it is one.
    pub(super) const fn service(self) -> Option<ServiceName> {
        match self {
            SourceName::File | SourceName::Constant | SourceName::Embedded => None,
            SourceName::WattTime => Some(ServiceName::WattTime),
            SourceName::ElectricityMaps => Some(ServiceName::ElectricityMaps),
            SourceName::Gb => Some(ServiceName::Gb),
            SourceName::EnergyCharts => Some(ServiceName::EnergyCharts),
            SourceName::Eia => Some(ServiceName::Eia),
            SourceName::Sgip => Some(ServiceName::Sgip),
            SourceName::Pjm => Some(ServiceName::Pjm),
            SourceName::OpenElectricity => Some(ServiceName::OpenElectricity),
            SourceName::Ieso => Some(ServiceName::Ieso),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SignalName {
    Marginal,
    Average,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ScopeName {
    Co2Direct,
    Co2eLifecycle,
}

impl From<ScopeName> for Scope {
    fn from(name: ScopeName) -> Scope {
        match name {
            ScopeName::Co2Direct => Scope::Co2Direct,
            ScopeName::Co2eLifecycle => Scope::Co2eLifecycle,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct SamplingSection {
    pub(super) counter_period: String,
    pub(super) power_period: String,
    pub(super) rescan_period: String,
    pub(super) wake_suspended: bool,
}

/// The choice of the GPUs that are read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct GpusSection {
    pub(super) include: Vec<String>,
    pub(super) exclude: Vec<String>,
    pub(super) forget_after: String,
}

impl Default for GpusSection {
    fn default() -> GpusSection {
        GpusSection { include: Vec::new(), exclude: Vec::new(), forget_after: "1h".to_owned() }
    }
}

/// The ledger's file, and its periods.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LedgerSection {
    pub(super) path: Option<PathBuf>,
    #[serde(default = "one_second")]
    pub(super) commit_period: String,
    #[serde(default = "thirty_two_days")]
    pub(super) hours_after: String,
    #[serde(default = "a_leap_year")]
    pub(super) days_after: String,
    pub(super) forget_workloads_after: Option<String>,
}

/// The jobs whose best start is published: each duration in each window.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ForecastSection {
    pub(super) durations: Vec<String>,
    pub(super) windows: Vec<String>,
}

impl Default for ForecastSection {
    fn default() -> ForecastSection {
        let owned = |texts: [&str; 3]| texts.map(str::to_owned).into();
        ForecastSection { durations: owned(["1h", "6h", "12h"]), windows: vec!["24h".to_owned()] }
    }
}

impl Default for SamplingSection {
    fn default() -> SamplingSection {
        SamplingSection {
            counter_period: "1s".to_owned(),
            power_period: "100ms".to_owned(),
            rescan_period: "10s".to_owned(),
            wake_suspended: false,
        }
    }
}

fn one_second() -> String {
    "1s".to_owned()
}

fn thirty_two_days() -> String {
    "32d".to_owned()
}

fn a_leap_year() -> String {
    "366d".to_owned()
}

const fn one() -> f64 {
    1.0
}

/// The default threshold in g/kWh, below the world's average of about 470 in 2024 (Ember). The operator of a cleaner
/// grid sets a lower one.
const fn default_threshold() -> f64 {
    400.0
}
