//! Whether a value is allowed.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use gpu_carbon_core::{Intensity, Mass, Ratio, Signal, Span, embodied};
use gpu_carbon_feeds::shipped;

use super::ConfigError;
use super::file::{IntensitySection, SignalName, SourceName};
use crate::intensity::{self, SourceKind};

/// Checks the values of one file.
pub(super) struct Check<'a> {
    pub(super) path: &'a Path,
}

impl Check<'_> {
    pub(super) fn refuse(
        &self,
        key: &'static str,
        value: impl Display,
        allowed: impl Display,
    ) -> ConfigError {
        let (value, allowed) = (value.to_string(), allowed.to_string());
        ConfigError::Value { path: self.path.to_owned(), key, value, allowed }
    }

    pub(super) fn yaml(&self, error: &serde_norway::Error) -> ConfigError {
        let reason = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        ConfigError::Yaml { path: self.path.to_owned(), reason }
    }

    pub(super) fn intensity(
        &self,
        section: &IntensitySection,
        zone: Option<&str>,
    ) -> Result<intensity::Settings, ConfigError> {
        let signal = match section.signal {
            Some(SignalName::Average) => Signal::Average,
            Some(SignalName::Marginal) | None => Signal::Marginal,
        };
        let kind = match section.source {
            SourceName::Embedded if signal == Signal::Average => {
                let allowed = "the embedded series is marginal";
                return Err(self.refuse("intensity.signal", "average", allowed));
            }
            SourceName::Embedded => SourceKind::Embedded,
            SourceName::Constant => {
                let key = "intensity.grams_per_kilowatt_hour";
                let grams = section.grams_per_kilowatt_hour.ok_or_else(|| {
                    self.refuse(key, "nothing", "the source `constant` needs a number, such as 400")
                })?;
                SourceKind::Constant(self.grams(key, grams)?)
            }
            SourceName::File => {
                let path = section.path.as_ref().ok_or_else(|| {
                    let allowed = "the source `file` needs the path of a CSV file";
                    self.refuse("intensity.path", "nothing", allowed)
                })?;
                let beside = self.path.parent().unwrap_or(Path::new(""));
                SourceKind::File { path: beside.join(path), replay: section.replay }
            }
        };
        let default_zone = match section.source {
            SourceName::Embedded => shipped::ZONE,
            SourceName::Constant | SourceName::File => "unspecified",
        };
        let zone = match zone {
            Some(blank) if blank.trim().is_empty() || blank.chars().any(char::is_control) => {
                let allowed = "a name such as CAISO_NORTH, or leave the key out";
                return Err(self.refuse("grid_zone", format!("{blank:?}"), allowed));
            }
            zone => zone.unwrap_or(default_zone).to_owned(),
        };
        Ok(intensity::Settings { zone, signal, kind })
    }

    pub(super) fn grams(&self, key: &'static str, grams: f64) -> Result<Intensity, ConfigError> {
        Intensity::from_grams_per_kilowatt_hour(grams)
            .map_err(|_| self.refuse(key, grams, "a finite number, zero or more"))
    }

    pub(super) fn pue(&self, pue: f64) -> Result<Ratio, ConfigError> {
        let allowed = "a number from 1 (no overhead) to 10";
        let ratio = Ratio::from_number(pue).ok().filter(|_| (1.0..=10.0).contains(&pue));
        ratio.ok_or_else(|| self.refuse("power_usage_effectiveness", pue, allowed))
    }

    pub(super) fn manufacture(&self, kilograms: Option<f64>) -> Result<Option<Mass>, ConfigError> {
        let key = "embodied.kilograms_per_gpu";
        let known = kilograms.map(|kilograms| {
            Mass::from_kilograms(kilograms).map_err(|_| {
                self.refuse(key, kilograms, "a finite number of kilograms, zero or more")
            })
        });
        known.transpose()
    }

    pub(super) fn lifespan(&self, years: Option<f64>) -> Result<Span, ConfigError> {
        match years {
            None => Ok(embodied::LIFESPAN),
            Some(years) if (0.1..=100.0).contains(&years) => {
                Ok(span(Duration::from_secs_f64(years * 365.0 * 86_400.0)))
            }
            Some(years) => {
                Err(self.refuse("embodied.lifetime_years", years, "a number from 0.1 to 100"))
            }
        }
    }

    pub(super) fn duration(
        &self,
        key: &'static str,
        text: &str,
        range: RangeInclusive<Duration>,
    ) -> Result<Duration, ConfigError> {
        let duration = humantime::parse_duration(text).ok().filter(|it| range.contains(it));
        duration.ok_or_else(|| {
            let [least, most] =
                [range.start(), range.end()].map(|&end| humantime::format_duration(end));
            self.refuse(key, format!("`{text}`"), format!("a duration from {least} to {most}"))
        })
    }
}

pub(super) fn span(duration: Duration) -> Span {
    Span::from_micros(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}
