//! The services of a cloud region: those of its grid zone that need no account, or whose credentials are configured.

use std::path::PathBuf;

use gpu_carbon_core::Signal;
use gpu_carbon_feeds::Service;
use gpu_carbon_feeds::regions::{self, CloudRegion, GridZone, ZoneSource};

use super::check::Checker;
use super::error::ConfigError;
use super::file::{IntensitySection, ServiceName, ServiceSection};

const KEY: &str = "intensity.region";

/// The services of a region.
#[derive(Debug)]
pub(super) struct RegionServices {
    /// The code of the grid zone.
    pub(super) zone: &'static str,
    /// The services that are used, the best first; at least one.
    pub(super) services: Vec<ServiceSection>,
    /// The choice in words, for the log.
    pub(super) choice: String,
}

/// A service of the zone that cannot be used, and the reason.
struct LeftOut {
    source: ZoneSource,
    reason: &'static str,
}

impl RegionServices {
    /// Finds the services of the region that the section names.
    ///
    /// # Errors
    ///
    /// When the region is unknown, or none of its services can be used.
    pub(super) fn of(
        check: &Checker<'_>,
        section: &IntensitySection,
        id: &str,
        signal: Option<Signal>,
    ) -> Result<RegionServices, ConfigError> {
        let region =
            regions::find(id).map_err(|error| check.invalid(KEY, format!("`{id}`"), error))?;
        let zone = regions::zone(region.zone).ok_or_else(|| {
            check.invalid(KEY, format!("`{id}`"), "a region whose grid zone has a service")
        })?;
        let (mut usable, mut left_out) = (Vec::new(), Vec::new());
        for &source in &zone.services {
            match usability(section, zone, source.service, signal) {
                Ok(name) => usable.push((source, name)),
                Err(reason) => left_out.push(LeftOut { source, reason }),
            }
        }
        let Some(&(best, _)) = usable.first() else {
            return Err(check.invalid(KEY, format!("`{id}`"), nothing_usable(zone, &left_out)));
        };
        // A chain has one signal: that of its best service.
        usable.retain(|(source, _)| source.service.signal() == best.service.signal());
        if section.base_url.is_some() && usable.len() > 1 {
            let allowed =
                "one service, and the region has several: give `sources`, each with its address";
            return Err(check.invalid("intensity.base_url", "an address", allowed));
        }
        let choice = chosen(&region, zone, &usable, &left_out);
        let services =
            usable.iter().map(|&(source, name)| of_zone(section, zone, name, source.zone));
        Ok(RegionServices { zone: zone.code, services: services.collect(), choice })
    }
}

/// The credentials that a service asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Credentials {
    None,
    User,
    Token,
    Key,
}

impl Credentials {
    const fn of(name: ServiceName) -> Credentials {
        match name {
            ServiceName::WattTime | ServiceName::Sgip => Credentials::User,
            ServiceName::ElectricityMaps => Credentials::Token,
            ServiceName::Eia | ServiceName::Pjm | ServiceName::OpenElectricity => Credentials::Key,
            ServiceName::Gb | ServiceName::EnergyCharts | ServiceName::Ieso => Credentials::None,
        }
    }

    /// The usual variables of a service, in the order of its keys, and what to do where they are missing.
    const fn usual(name: ServiceName) -> (&'static [&'static str], &'static str) {
        match name {
            ServiceName::WattTime => {
                (&["WATTTIME_USER", "WATTTIME_PASSWORD"], "set WATTTIME_USER and WATTTIME_PASSWORD")
            }
            ServiceName::Sgip => {
                (&["SGIP_USER", "SGIP_PASSWORD"], "set SGIP_USER and SGIP_PASSWORD")
            }
            ServiceName::ElectricityMaps => {
                (&["ELECTRICITY_MAPS_TOKEN"], "set ELECTRICITY_MAPS_TOKEN")
            }
            ServiceName::Eia => (&["EIA_API_KEY"], "set EIA_API_KEY"),
            ServiceName::Pjm => (&["PJM_API_KEY"], "set PJM_API_KEY"),
            ServiceName::OpenElectricity => {
                (&["OPENELECTRICITY_API_KEY"], "set OPENELECTRICITY_API_KEY")
            }
            ServiceName::Gb | ServiceName::EnergyCharts | ServiceName::Ieso => (&[], ""),
        }
    }
}

/// Returns true where the keys of the section can be meant for one service of the zone alone. A credential is never sent to
/// another service than the one that it is for.
fn is_only_one(zone: &GridZone, name: ServiceName) -> bool {
    let names = zone.services.iter().filter_map(|source| ServiceName::of(source.service));
    names.filter(|other| Credentials::of(*other) == Credentials::of(name)).count() == 1
}

/// The name of a service that can be used; otherwise the reason why it cannot.
fn usability(
    section: &IntensitySection,
    zone: &GridZone,
    service: Service,
    signal: Option<Signal>,
) -> Result<ServiceName, &'static str> {
    let name = ServiceName::of(service).ok_or("the exporter does not read it")?;
    if signal.is_some_and(|signal| signal != service.signal()) {
        return Err("it publishes the other signal");
    }
    let set = |variable: &str| std::env::var_os(variable).is_some();
    let stated = |file: &Option<PathBuf>, variable: &Option<String>| {
        file.is_some() || variable.as_deref().is_some_and(set)
    };
    let in_section = is_only_one(zone, name)
        && match Credentials::of(name) {
            Credentials::None => true,
            Credentials::User => {
                stated(&section.user_file, &section.user_env)
                    && stated(&section.password_file, &section.password_env)
            }
            Credentials::Token => stated(&section.token_file, &section.token_env),
            Credentials::Key => stated(&section.key_file, &section.key_env),
        };
    let (variables, otherwise) = Credentials::usual(name);
    let in_environment = variables.iter().all(|variable| set(variable));
    if in_section || in_environment { Ok(name) } else { Err(otherwise) }
}

/// The section of a service, with those keys of the intensity that concern it.
fn of_zone(
    section: &IntensitySection,
    zone: &GridZone,
    source: ServiceName,
    name: &str,
) -> ServiceSection {
    let all = section.single_service(source);
    let takes = |kind| Credentials::of(source) == kind && is_only_one(zone, source);
    let (user, token, key) =
        (takes(Credentials::User), takes(Credentials::Token), takes(Credentials::Key));
    ServiceSection {
        zone: Some(name.to_owned()),
        latitude: None,
        longitude: None,
        user_file: all.user_file.filter(|_| user),
        user_env: all.user_env.filter(|_| user),
        password_file: all.password_file.filter(|_| user),
        password_env: all.password_env.filter(|_| user),
        token_file: all.token_file.filter(|_| token),
        token_env: all.token_env.filter(|_| token),
        key_file: all.key_file.filter(|_| key),
        key_env: all.key_env.filter(|_| key),
        api_version: all.api_version.filter(|_| source == ServiceName::ElectricityMaps),
        ..all
    }
}

fn nothing_usable(zone: &GridZone, left_out: &[LeftOut]) -> String {
    let reason = |it: &LeftOut| {
        let service = it.source.service;
        format!(
            "{} ({}, {}: {})",
            service.title(),
            service.signal(),
            service.account().title(),
            it.reason
        )
    };
    let services: Vec<String> = left_out.iter().map(reason).collect();
    format!(
        "credentials for one of the services of its grid zone {}: {}",
        zone.code,
        services.join(", ")
    )
}

fn chosen(
    region: &CloudRegion,
    zone: &GridZone,
    usable: &[(ZoneSource, ServiceName)],
    left_out: &[LeftOut],
) -> String {
    let named =
        |source: &ZoneSource| format!("{} ({})", source.service.title(), source.service.signal());
    let used: Vec<String> = usable.iter().map(|(source, _)| named(source)).collect();
    let others: Vec<String> =
        left_out.iter().map(|it| format!("{}: {}", it.source.service.title(), it.reason)).collect();
    let others = match others.as_slice() {
        [] => String::new(),
        others => format!("; not used: {}", others.join(", ")),
    };
    let disputed = region.disputed.map(|other| format!(" (by other lists {})", other.zone));
    format!(
        "{} lies in the grid zone {}{}: its intensity comes from {}{others}",
        region.id(),
        zone.code,
        disputed.unwrap_or_default(),
        used.join(", then ")
    )
}
