//! The services of a configuration, checked.

use std::path::PathBuf;
use std::time::Duration;

use gpu_carbon_core::{Signal, Span};
use gpu_carbon_feeds::{great_britain, yearly_averages};
use gpu_carbon_fetch::{
    BaseUrl, Credential, DEFAULT_TIMEOUT, ElectricityMaps, EnergyCharts, GreatBritain, Location,
    Version, WattTime,
};

use super::check::{Checker, span};
use super::error::ConfigError;
use super::file::{IntensitySection, ServiceName, ServiceSection};
use super::keys::check_service_keys;
use crate::intensity::live::{ServiceQuery, ServiceSettings, Settings, YearlyFigure};

const SECONDS: fn(u64) -> Duration = Duration::from_secs;
const HOURS: fn(u64) -> Duration = |hours| SECONDS(hours * 3600);

/// The folder of the cache, unless systemd or the operator names another.
const CACHE: &str = "/var/cache/gpu-carbon";

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
    let from_systemd = || std::env::var_os("CACHE_DIRECTORY").map(PathBuf::from);
    let cache = section.cache.as_ref().map(|path| check.resolve(path)).or_else(from_systemd);
    let fallback_after = section.fallback_after.as_deref();
    let fallback_after = check.duration(
        "intensity.fallback_after",
        fallback_after.unwrap_or(FALLBACK_AFTER),
        HOURS(1)..=HOURS(31 * 24),
    )?;
    let yearly = yearly(check, section, first, signal)?;
    Ok(Settings {
        cache: cache.unwrap_or_else(|| PathBuf::from(CACHE)),
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
    let published = section.source.signal();
    if signal != published {
        let allowed = format!(
            "{} publishes {published} intensities, and the two are never mixed",
            section.source.name()
        );
        return Err(check.invalid("intensity.signal", signal, allowed));
    }
    let (query, public) = match section.source {
        ServiceName::WattTime => {
            let user = credential(check, "user", section, "WATTTIME_USER")?;
            let password = credential(check, "password", section, "WATTTIME_PASSWORD")?;
            (
                ServiceQuery::WattTime { location: location(check, section)?, user, password },
                WattTime::BASE_URL,
            )
        }
        ServiceName::ElectricityMaps => {
            let version = match section.api_version.as_deref() {
                None | Some("v4") => Version::V4,
                Some("v3") => Version::V3,
                Some(other) => {
                    let other = format!("`{other}`");
                    return Err(check.invalid("intensity.api_version", other, "v4 or v3"));
                }
            };
            let token = credential(check, "token", section, "ELECTRICITY_MAPS_TOKEN")?;
            let zone = zone(check, section, "a zone such as US-CAL-CISO")?;
            (ServiceQuery::ElectricityMaps { version, zone, token }, ElectricityMaps::BASE_URL)
        }
        ServiceName::Gb => (
            ServiceQuery::GreatBritain(place_in_great_britain(check, section)?),
            GreatBritain::BASE_URL,
        ),
        ServiceName::EnergyCharts => {
            let country = zone(check, section, "a country such as de")?;
            (ServiceQuery::EnergyCharts(country), EnergyCharts::BASE_URL)
        }
    };
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
        ServiceName::WattTime => SECONDS(300),
        ServiceName::ElectricityMaps => SECONDS(3600),
        ServiceName::Gb => SECONDS(1800),
        ServiceName::EnergyCharts => SECONDS(900),
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
        ServiceQuery::WattTime { .. } => None,
        ServiceQuery::ElectricityMaps { zone, .. } => zone.get(..2),
        ServiceQuery::GreatBritain(_) => Some("GB"),
        ServiceQuery::EnergyCharts(country) => Some(country.as_str()),
    };
    let figure = |country| {
        let intensity = yearly_averages::of_country(country)?;
        Some(YearlyFigure { source: "ember", intensity })
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
