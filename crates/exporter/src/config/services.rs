//! The services of a configuration.

use std::path::PathBuf;
use std::time::Duration;

use gpu_carbon_core::{Signal, Span};
use gpu_carbon_feeds::{great_britain, yearly_averages};
use gpu_carbon_fetch::{
    BaseUrl, Credential, DEFAULT_TIMEOUT, ElectricityMaps, EnergyCharts, GreatBritain, Location,
    Version, WattTime,
};

use super::ConfigError;
use super::check::{Check, span};
use super::file::{IntensitySection, ServiceName, ServiceSection};
use crate::intensity::live::{ServiceQuery, ServiceSettings, Settings, YearlyFigure};

const SECONDS: fn(u64) -> Duration = Duration::from_secs;
const HOURS: fn(u64) -> Duration = |hours| SECONDS(hours * 3600);

/// Where what was fetched is kept, unless systemd or the operator says otherwise.
const CACHE: &str = "/var/cache/gpu-carbon";

/// Energy that waited so long gets its price from what is not live.
const FALLBACK_AFTER: &str = "3d";

impl Check<'_> {
    /// Services in order of preference.
    pub(super) fn services(
        &self,
        section: &IntensitySection,
        services: &[ServiceSection],
        signal: Signal,
    ) -> Result<Settings, ConfigError> {
        let given = services.iter().map(|service| self.service(service, signal));
        let services = given.collect::<Result<Vec<_>, _>>()?;
        for (index, service) in services.iter().enumerate() {
            let named = |it: &ServiceSettings| (it.name(), it.zone());
            let (name, zone) = named(service);
            if services.iter().skip(index + 1).any(|other| named(other) == (name, zone.clone())) {
                let twice = format!("{name} for {zone}, twice,");
                let allowed = "each service once for a zone";
                return Err(self.refuse("intensity.sources", twice, allowed));
            }
        }
        let first = services.first().ok_or_else(|| {
            self.refuse("intensity.sources", "an empty list", "at least one service")
        })?;
        let from_systemd = || std::env::var_os("CACHE_DIRECTORY").map(PathBuf::from);
        let cache = section.cache.as_ref().map(|path| self.beside(path)).or_else(from_systemd);
        let fallback_after = section.fallback_after.as_deref();
        let fallback_after = self.duration(
            "intensity.fallback_after",
            fallback_after.unwrap_or(FALLBACK_AFTER),
            HOURS(1)..=HOURS(31 * 24),
        )?;
        let yearly = self.yearly(section, first, signal)?;
        Ok(Settings {
            cache: cache.unwrap_or_else(|| PathBuf::from(CACHE)),
            fallback_after: span(fallback_after),
            yearly,
            services,
        })
    }

    fn service(
        &self,
        section: &ServiceSection,
        signal: Signal,
    ) -> Result<ServiceSettings, ConfigError> {
        self.keys_of(section)?;
        let answers = signal_of(section.source);
        if signal != answers {
            let allowed = format!(
                "{} publishes {answers} intensities, and the two are never mixed",
                name(section.source)
            );
            return Err(self.refuse("intensity.signal", signal, allowed));
        }
        let (query, public) = match section.source {
            ServiceName::WattTime => {
                let user = self.credential("user", section, "WATTTIME_USER")?;
                let password = self.credential("password", section, "WATTTIME_PASSWORD")?;
                (
                    ServiceQuery::WattTime { location: self.location(section)?, user, password },
                    WattTime::BASE_URL,
                )
            }
            ServiceName::ElectricityMaps => {
                let version = match section.api_version.as_deref() {
                    None | Some("v4") => Version::V4,
                    Some("v3") => Version::V3,
                    Some(other) => {
                        let other = format!("`{other}`");
                        return Err(self.refuse("intensity.api_version", other, "v4 or v3"));
                    }
                };
                let token = self.credential("token", section, "ELECTRICITY_MAPS_TOKEN")?;
                let zone = self.zone(section, "a zone such as US-CAL-CISO")?;
                (ServiceQuery::ElectricityMaps { version, zone, token }, ElectricityMaps::BASE_URL)
            }
            ServiceName::Gb => {
                (ServiceQuery::GreatBritain(self.british(section)?), GreatBritain::BASE_URL)
            }
            ServiceName::EnergyCharts => {
                let country = self.zone(section, "a country such as de")?;
                (ServiceQuery::EnergyCharts(country), EnergyCharts::BASE_URL)
            }
        };
        // Not quoted: it might hold a credential.
        let base_url = BaseUrl::new(section.base_url.as_deref().unwrap_or(public))
            .map_err(|error| self.refuse("intensity.base_url", "what stands there", error))?;
        let timeout = section.timeout.as_deref().map(|text| {
            self.duration("intensity.timeout", text, Duration::from_millis(100)..=SECONDS(300))
        });
        Ok(ServiceSettings {
            query,
            timeout: timeout.transpose()?.unwrap_or(DEFAULT_TIMEOUT),
            poll_period: self.poll_period(section, &base_url, public)?,
            base_url,
        })
    }

    /// The public services are asked no more than once in a step; one's own may be.
    fn poll_period(
        &self,
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
        self.duration("intensity.poll_period", text, least..=HOURS(24)).map(|it| Some(span(it)))
    }

    /// What the operator says, or Ember's figure for the country, where the signal is the average as that is.
    fn yearly(
        &self,
        section: &IntensitySection,
        first: &ServiceSettings,
        signal: Signal,
    ) -> Result<Option<YearlyFigure>, ConfigError> {
        if let Some(grams) = section.yearly_grams_per_kilowatt_hour {
            let key = "intensity.yearly_grams_per_kilowatt_hour";
            return Ok(Some(YearlyFigure {
                source: "constant",
                intensity: self.grams(key, grams)?,
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
                Err(self.refuse("intensity.country", "a country", allowed))
            }
            Some(country) => figure(country).map(Some).ok_or_else(|| {
                let allowed = "a country of Ember's by its code in ISO 3166, such as DE";
                self.refuse("intensity.country", format!("{country:?}"), allowed)
            }),
            None => Ok(of_zone.filter(|_| signal == Signal::Average).and_then(figure)),
        }
    }

    fn zone(&self, section: &ServiceSection, allowed: &str) -> Result<String, ConfigError> {
        let zone = match &section.zone {
            Some(serde_norway::Value::String(zone)) => zone.trim().to_owned(),
            // `no`, Norway, is a string here; `on` and `off` are no countries. A number may be one's region.
            Some(serde_norway::Value::Number(number)) => number.to_string(),
            None => return Err(self.refuse("intensity.zone", "nothing", allowed)),
            Some(_) => return Err(self.refuse("intensity.zone", "this", allowed)),
        };
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_ .".contains(c);
        if zone.is_empty() || zone.len() > 64 || !zone.chars().all(fits) {
            return Err(self.refuse("intensity.zone", format!("{zone:?}"), allowed));
        }
        Ok(zone)
    }

    fn location(&self, section: &ServiceSection) -> Result<Location, ConfigError> {
        let allowed = "a region such as CAISO_NORTH, or latitude and longitude instead";
        match (section.latitude, section.longitude, &section.zone) {
            (Some(latitude), Some(longitude), None) => {
                for (key, value, most) in [
                    ("intensity.latitude", latitude, Location::MAX_LATITUDE),
                    ("intensity.longitude", longitude, Location::MAX_LONGITUDE),
                ] {
                    if !(-most..=most).contains(&value) {
                        return Err(self.refuse(
                            key,
                            value,
                            format!("degrees from -{most} to {most}"),
                        ));
                    }
                }
                Ok(Location::Coordinates { latitude, longitude })
            }
            (None, None, _) => self.zone(section, allowed).map(Location::Region),
            (Some(_), Some(_), Some(_)) => {
                Err(self.refuse("intensity.zone", "a zone beside latitude and longitude", allowed))
            }
            _ => Err(self.refuse(
                "intensity.latitude",
                "one of latitude and longitude",
                "both, in degrees",
            )),
        }
    }

    fn british(&self, section: &ServiceSection) -> Result<great_britain::Place, ConfigError> {
        let allowed = "GB (the country, the default), a region from 1 to 17, or the first part of a postcode such as OX1";
        if section.zone.is_none() {
            return Ok(great_britain::Place::National);
        }
        let zone = self.zone(section, allowed)?;
        great_britain::Place::parse(&zone)
            .ok_or_else(|| self.refuse("intensity.zone", format!("`{zone}`"), allowed))
    }

    /// By file or by environment; without either, by the service's usual variable.
    fn credential(
        &self,
        what: &str,
        section: &ServiceSection,
        usual: &str,
    ) -> Result<Credential, ConfigError> {
        let (key, file, env) = match what {
            "user" => ("intensity.user_file", &section.user_file, &section.user_env),
            "password" => {
                ("intensity.password_file", &section.password_file, &section.password_env)
            }
            _ => ("intensity.token_file", &section.token_file, &section.token_env),
        };
        match (file, env) {
            (Some(_), Some(_)) => {
                let allowed = "a file or a variable of the environment, not both";
                Err(self.refuse(key, "both", allowed))
            }
            (Some(path), None) => Ok(Credential::File(self.beside(path))),
            (None, env) => {
                Ok(Credential::Environment(env.clone().unwrap_or_else(|| usual.to_owned())))
            }
        }
    }
}

/// Which question a service answers.
pub(super) const fn signal_of(service: ServiceName) -> Signal {
    match service {
        ServiceName::WattTime => Signal::Marginal,
        ServiceName::ElectricityMaps | ServiceName::Gb | ServiceName::EnergyCharts => {
            Signal::Average
        }
    }
}

pub(super) const fn name(service: ServiceName) -> &'static str {
    match service {
        ServiceName::WattTime => "watttime",
        ServiceName::ElectricityMaps => "electricity_maps",
        ServiceName::Gb => "gb",
        ServiceName::EnergyCharts => "energy_charts",
    }
}
