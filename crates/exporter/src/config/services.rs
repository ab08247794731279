//! The services of a configuration, checked.

use std::time::Duration;

use gpu_carbon_core::{Signal, Span};
use gpu_carbon_feeds::{great_britain, ieso, yearly_averages};
use gpu_carbon_fetch::{self as fetch, BaseUrl, Credential, DEFAULT_TIMEOUT, Location, Version};

use super::cache_folder;
use super::check::{Checker, span};
use super::error::ConfigError;
use super::file::{IntensitySection, ServiceName, ServiceSection};
use super::keys::check_service_keys;
use crate::intensity::live::{ServiceQuery, ServiceSettings, Settings, YearlyFigure};

const SECONDS: fn(u64) -> Duration = Duration::from_secs;
const HOURS: fn(u64) -> Duration = |hours| SECONDS(hours * 3600);

/// The default age from which pending energy is converted by values that are not live.
const FALLBACK_AFTER: &str = "3d";

/// The settings of all services, in order of preference.
pub(super) fn settings(
    check: &Checker<'_>,
    section: &IntensitySection,
    services: &[ServiceSection],
    signal: Signal,
) -> Result<Settings, ConfigError> {
    let services = services.iter().map(|section| service(check, section, signal));
    let services = services.collect::<Result<Vec<_>, _>>()?;
    for (index, service) in services.iter().enumerate() {
        let named = |it: &ServiceSettings| (it.name(), it.zone());
        let (name, zone) = named(service);
        if services.iter().skip(index + 1).any(|other| named(other) == (name, zone.clone())) {
            let twice = format!("{name} for {zone}, twice,");
            let allowed = "each service once for a zone";
            return Err(check.invalid("intensity.sources", twice, allowed));
        }
    }
    let first = services.first().ok_or_else(|| {
        check.invalid("intensity.sources", "an empty list", "at least one service")
    })?;
    let cache = section.cache.as_ref().map(|path| check.resolve(path));
    let fallback_after = section.fallback_after.as_deref();
    let fallback_after = check.duration(
        "intensity.fallback_after",
        fallback_after.unwrap_or(FALLBACK_AFTER),
        HOURS(1)..=HOURS(31 * 24),
    )?;
    let yearly = yearly(check, section, first, signal)?;
    Ok(Settings {
        cache: cache.unwrap_or_else(|| cache_folder::default(|name| std::env::var_os(name))),
        fallback_after: span(fallback_after),
        yearly,
        services,
    })
}

fn service(
    check: &Checker<'_>,
    section: &ServiceSection,
    signal: Signal,
) -> Result<ServiceSettings, ConfigError> {
    check_service_keys(check, section)?;
    let kind = section.source.service();
    let published = kind.signal();
    if signal != published {
        let allowed = format!(
            "{} publishes {published} intensities, and the two are never mixed",
            kind.name()
        );
        return Err(check.invalid("intensity.signal", signal, allowed));
    }
    let query = query(check, section)?;
    let public = fetch::Service::base_url(kind);
    // The address is not repeated: it might hold a credential.
    let base_url = BaseUrl::new(section.base_url.as_deref().unwrap_or(public))
        .map_err(|error| check.invalid("intensity.base_url", "the value", error))?;
    let timeout = section.timeout.as_deref().map(|text| {
        check.duration("intensity.timeout", text, Duration::from_millis(100)..=SECONDS(300))
    });
    Ok(ServiceSettings {
        query,
        timeout: timeout.transpose()?.unwrap_or(DEFAULT_TIMEOUT),
        poll_period: poll_period(check, section, &base_url, public)?,
        base_url,
    })
}

/// The service of a section, with its zone and its credentials.
fn query(check: &Checker<'_>, section: &ServiceSection) -> Result<ServiceQuery, ConfigError> {
    let zone = |allowed| zone(check, section, allowed);
    let credential = |what, variable| credential(check, what, section, variable);
    Ok(match section.source {
        ServiceName::WattTime => ServiceQuery::WattTime {
            location: location(check, section)?,
            user: credential("user", "WATTTIME_USER")?,
            password: credential("password", "WATTTIME_PASSWORD")?,
        },
        ServiceName::ElectricityMaps => ServiceQuery::ElectricityMaps {
            version: api_version(check, section)?,
            token: credential("token", "ELECTRICITY_MAPS_TOKEN")?,
            zone: zone("a zone such as US-CAL-CISO")?,
        },
        ServiceName::Gb => ServiceQuery::GreatBritain(place_in_great_britain(check, section)?),
        ServiceName::EnergyCharts => ServiceQuery::EnergyCharts(zone("a country such as de")?),
        ServiceName::Eia => ServiceQuery::Eia {
            key: credential("key", "EIA_API_KEY")?,
            respondent: zone("a balancing authority such as PJM")?,
        },
        ServiceName::Sgip => ServiceQuery::Sgip {
            region: zone("a region such as SGIP_CAISO_PGE")?,
            user: credential("user", "SGIP_USER")?,
            password: credential("password", "SGIP_PASSWORD")?,
        },
        ServiceName::Pjm => ServiceQuery::Pjm {
            key: credential("key", "PJM_API_KEY")?,
            node: pricing_node(check, section)?,
        },
        ServiceName::OpenElectricity => ServiceQuery::OpenElectricity {
            key: credential("key", "OPENELECTRICITY_API_KEY")?,
            region: zone("a region such as NSW1, or WEM")?,
        },
        ServiceName::Ieso => match section.zone.as_deref().map(str::trim) {
            None | Some(ieso::ZONE) => ServiceQuery::Ieso,
            Some(other) => {
                let allowed = format!("{} (Ontario), or leave the key out", ieso::ZONE);
                return Err(check.invalid("intensity.zone", format!("{other:?}"), allowed));
            }
        },
    })
}

/// The version of Electricity Maps' interface.
fn api_version(check: &Checker<'_>, section: &ServiceSection) -> Result<Version, ConfigError> {
    match section.api_version.as_deref() {
        None | Some("v4") => Ok(Version::V4),
        Some("v3") => Ok(Version::V3),
        Some(other) => {
            Err(check.invalid("intensity.api_version", format!("`{other}`"), "v4 or v3"))
        }
    }
}

/// The number of a pricing node of PJM.
fn pricing_node(check: &Checker<'_>, section: &ServiceSection) -> Result<u64, ConfigError> {
    let allowed = "the number of a pricing node, such as 1 for the whole of PJM";
    let zone = zone(check, section, allowed)?;
    let digits = Some(&zone).filter(|zone| zone.bytes().all(|byte| byte.is_ascii_digit()));
    let node = digits.and_then(|digits| digits.parse().ok());
    node.ok_or_else(|| check.invalid("intensity.zone", format!("`{zone}`"), allowed))
}

/// The time between two polls. A public service may be polled once in a step of its values; a service of the
/// operator's own may be polled more often.
fn poll_period(
    check: &Checker<'_>,
    section: &ServiceSection,
    base_url: &BaseUrl,
    public: &str,
) -> Result<Option<Span>, ConfigError> {
    let Some(text) = section.poll_period.as_deref() else { return Ok(None) };
    let least = match section.source {
        _ if base_url.to_string() != public => Duration::from_millis(100),
        ServiceName::WattTime | ServiceName::Sgip | ServiceName::Pjm => SECONDS(300),
        ServiceName::Gb => SECONDS(1800),
        ServiceName::EnergyCharts => SECONDS(900),
        ServiceName::ElectricityMaps
        | ServiceName::Eia
        | ServiceName::OpenElectricity
        | ServiceName::Ieso => SECONDS(3600),
    };
    check.duration("intensity.poll_period", text, least..=HOURS(24)).map(|it| Some(span(it)))
}

/// The configured yearly figure, or Ember's for the country if the signal is average, as Ember's figures are.
fn yearly(
    check: &Checker<'_>,
    section: &IntensitySection,
    first: &ServiceSettings,
    signal: Signal,
) -> Result<Option<YearlyFigure>, ConfigError> {
    if let Some(grams) = section.yearly_grams_per_kilowatt_hour {
        let key = "intensity.yearly_grams_per_kilowatt_hour";
        return Ok(Some(YearlyFigure {
            source: "constant",
            intensity: check.intensity(key, grams)?,
        }));
    }
    let of_zone = match &first.query {
        ServiceQuery::WattTime { .. } | ServiceQuery::Sgip { .. } | ServiceQuery::Pjm { .. } => {
            None
        }
        ServiceQuery::ElectricityMaps { zone, .. } => zone.get(..2),
        ServiceQuery::GreatBritain(_) => Some("GB"),
        ServiceQuery::EnergyCharts(country) => Some(country.as_str()),
        ServiceQuery::Eia { .. } => Some("US"),
        ServiceQuery::OpenElectricity { .. } => Some("AU"),
        ServiceQuery::Ieso => Some("CA"),
    };
    let figure = |country| {
        let intensity = yearly_averages::of_country(country)?;
        Some(YearlyFigure { source: yearly_averages::NAME, intensity })
    };
    match section.country.as_deref() {
        Some(_) if signal == Signal::Marginal => {
            let allowed = "the yearly figures of countries are averages, and are not mixed with marginal \
                intensities; give yearly_grams_per_kilowatt_hour";
            Err(check.invalid("intensity.country", "a country", allowed))
        }
        Some(country) => figure(country).map(Some).ok_or_else(|| {
            let allowed = "a country of Ember's by its code in ISO 3166, such as DE";
            check.invalid("intensity.country", format!("{country:?}"), allowed)
        }),
        None => Ok(of_zone.filter(|_| signal == Signal::Average).and_then(figure)),
    }
}

fn zone(
    check: &Checker<'_>,
    section: &ServiceSection,
    allowed: &str,
) -> Result<String, ConfigError> {
    let zone = match &section.zone {
        Some(zone) => zone.trim().to_owned(),
        None => return Err(check.missing("intensity.zone", allowed)),
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_ .".contains(c);
    if zone.is_empty() || zone.len() > 64 || !zone.chars().all(fits) {
        return Err(check.invalid("intensity.zone", format!("{zone:?}"), allowed));
    }
    Ok(zone)
}

fn location(check: &Checker<'_>, section: &ServiceSection) -> Result<Location, ConfigError> {
    let allowed = "a region such as CAISO_NORTH, or latitude and longitude instead";
    match (section.latitude, section.longitude, &section.zone) {
        (Some(latitude), Some(longitude), None) => {
            for (key, value, most) in [
                ("intensity.latitude", latitude, Location::MAX_LATITUDE),
                ("intensity.longitude", longitude, Location::MAX_LONGITUDE),
            ] {
                if !(-most..=most).contains(&value) {
                    return Err(check.invalid(
                        key,
                        value,
                        format!("degrees from -{most} to {most}"),
                    ));
                }
            }
            Ok(Location::Coordinates { latitude, longitude })
        }
        (None, None, _) => zone(check, section, allowed).map(Location::Region),
        (Some(_), Some(_), Some(_)) => {
            Err(check.invalid("intensity.zone", "a zone beside latitude and longitude", allowed))
        }
        _ => Err(check.invalid(
            "intensity.latitude",
            "one of latitude and longitude",
            "both, in degrees",
        )),
    }
}

fn place_in_great_britain(
    check: &Checker<'_>,
    section: &ServiceSection,
) -> Result<great_britain::Place, ConfigError> {
    let allowed = "GB (the country, the default), a region from 1 to 17, or the first part of a postcode such as OX1";
    if section.zone.is_none() {
        return Ok(great_britain::Place::National);
    }
    let zone = zone(check, section, allowed)?;
    great_britain::Place::parse(&zone)
        .ok_or_else(|| check.invalid("intensity.zone", format!("`{zone}`"), allowed))
}

/// A credential from a file or from a variable of the environment; without either, from the service's usual
/// variable.
fn credential(
    check: &Checker<'_>,
    what: &str,
    section: &ServiceSection,
    default_variable: &str,
) -> Result<Credential, ConfigError> {
    let (key, file, env) = match what {
        "user" => ("intensity.user_file", &section.user_file, &section.user_env),
        "password" => ("intensity.password_file", &section.password_file, &section.password_env),
        "key" => ("intensity.key_file", &section.key_file, &section.key_env),
        _ => ("intensity.token_file", &section.token_file, &section.token_env),
    };
    match (file, env) {
        (Some(_), Some(_)) => {
            let allowed = "a file or a variable of the environment, not both";
            Err(check.invalid(key, "both", allowed))
        }
        (Some(path), None) => Ok(Credential::File(check.resolve(path))),
        (None, env) => {
            Ok(Credential::Environment(env.clone().unwrap_or_else(|| default_variable.to_owned())))
        }
    }
}
