//! The sections of the file, checked.

use std::sync::Arc;
use std::time::Duration;

use gpu_carbon_core::{Mass, Pue, Signal, Span, embodied};
use gpu_carbon_feeds::bundled;
use gpu_carbon_ledger::Retention;

use super::check::{Check, span};
use super::file::{IntensitySection, LedgerSection, ServiceSection, SignalName, SourceName};
use super::{ConfigError, services};
use crate::forecast::{ForecastJob, LabelledSpan};
use crate::intensity::live::ServiceSettings;
use crate::intensity::{self, SourceKind};
use crate::ledger;

/// Each wish makes two series in Prometheus.
const MOST_WISHES: usize = 8;

impl Check<'_> {
    pub(super) fn intensity(
        &self,
        section: &IntensitySection,
        zone: Option<&str>,
    ) -> Result<intensity::Settings, ConfigError> {
        let alone;
        let services: Option<&[ServiceSection]> = match (section.source, &section.sources) {
            (Some(_), Some(_)) => {
                let allowed = "`source` or `sources`, not both";
                return Err(self.refuse("intensity.sources", "a list beside `source`", allowed));
            }
            (None, None) => {
                let allowed =
                    "a source such as embedded, file or gb, or `sources`, a list of services";
                return Err(self.refuse("intensity.source", "nothing", allowed));
            }
            (None, Some(services)) => Some(services),
            (Some(source), None) => match source.service() {
                Some(service) => {
                    alone = [section.alone(service)];
                    Some(&alone)
                }
                None => None,
            },
        };
        if section.sources.is_some() || services.is_none() {
            self.no_keys_of_services(section)?;
        }
        let usual = services.and_then(<[_]>::first).map(|first| services::signal_of(first.source));
        let signal = match section.signal {
            Some(SignalName::Average) => Signal::Average,
            Some(SignalName::Marginal) => Signal::Marginal,
            None => usual.unwrap_or(Signal::Marginal),
        };
        let kind = match (services, section.source) {
            (Some(services), _) => SourceKind::Services(self.services(section, services, signal)?),
            (None, Some(SourceName::Constant)) => {
                let key = "intensity.grams_per_kilowatt_hour";
                let grams = section.grams_per_kilowatt_hour.ok_or_else(|| {
                    self.refuse(key, "nothing", "the source `constant` needs a number, such as 400")
                })?;
                SourceKind::Constant(self.grams(key, grams)?)
            }
            (None, Some(SourceName::File)) => {
                let path = section.path.as_ref().ok_or_else(|| {
                    let allowed = "the source `file` needs the path of a CSV file";
                    self.refuse("intensity.path", "nothing", allowed)
                })?;
                SourceKind::File { path: self.beside(path), replay: section.replay }
            }
            (None, _) if signal == Signal::Average => {
                let allowed = "the embedded series is marginal";
                return Err(self.refuse("intensity.signal", "average", allowed));
            }
            (None, _) => SourceKind::Embedded,
        };
        let default_zone = match &kind {
            SourceKind::Embedded => bundled::ZONE.to_owned(),
            SourceKind::Constant(_) | SourceKind::File { .. } => "unspecified".to_owned(),
            SourceKind::Services(services) => {
                services.services.first().map(ServiceSettings::zone).unwrap_or_default()
            }
        };
        let zone = match zone {
            Some(blank) if blank.trim().is_empty() || blank.chars().any(char::is_control) => {
                let allowed = "a name such as CAISO_NORTH, or leave the key out";
                return Err(self.refuse("grid_zone", format!("{blank:?}"), allowed));
            }
            zone => zone.map_or(default_zone, str::to_owned),
        };
        Ok(intensity::Settings { zone, signal, kind })
    }

    pub(super) fn pue(&self, pue: f64) -> Result<Pue, ConfigError> {
        Pue::from_number(pue)
            .map_err(|_| self.refuse("power_usage_effectiveness", pue, Pue::ALLOWED))
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

    /// Each duration in each window.
    pub(super) fn forecast_jobs(
        &self,
        durations: &[String],
        windows: &[String],
    ) -> Result<Vec<ForecastJob>, ConfigError> {
        let spans = |key, texts: &[String]| {
            let range = Duration::from_secs(300)..=Duration::from_secs(7 * 86_400);
            let check = |text: &String| {
                let duration = self.duration(key, text, range.clone())?;
                Ok(LabelledSpan { label: Arc::from(text.as_str()), span: span(duration) })
            };
            if texts.len() > MOST_WISHES {
                return Err(self.refuse(key, format!("{} of them", texts.len()), "8 at most"));
            }
            let spans = texts.iter().map(check).collect::<Result<Vec<LabelledSpan>, _>>()?;
            for (index, LabelledSpan { label, span }) in spans.iter().enumerate() {
                // Two series of the same name and labels would be no page that Prometheus takes.
                if spans.iter().take(index).any(|before| before.span == *span) {
                    return Err(self.refuse(key, format!("`{label}`, again,"), "each length once"));
                }
            }
            Ok(spans)
        };
        let durations = spans("forecast.durations", durations)?;
        let windows = spans("forecast.windows", windows)?;
        let of = |duration: &LabelledSpan| {
            let with = |window: &LabelledSpan| ForecastJob {
                duration: duration.clone(),
                window: window.clone(),
            };
            windows.iter().map(with).collect::<Vec<_>>()
        };
        Ok(durations.iter().flat_map(of).collect())
    }

    pub(super) fn ledger(&self, section: &LedgerSection) -> Result<ledger::Settings, ConfigError> {
        let path = section.path.as_ref().ok_or_else(|| {
            let allowed = "the path of a file, such as /var/lib/gpu-carbon/ledger.db";
            self.refuse("ledger.path", "nothing", allowed)
        })?;
        let period = Duration::from_millis(100)..=Duration::from_secs(60);
        let commit_period =
            self.duration("ledger.commit_period", &section.commit_period, period)?;
        let days = |count: u64| Duration::from_secs(count * 86_400);
        let ages = days(32)..=days(36_525);
        let hours = self.duration("ledger.hours_after", &section.hours_after, ages.clone())?;
        let days = self.duration("ledger.days_after", &section.days_after, ages)?;
        let retention = Retention::new(span(hours), span(days)).map_err(|error| {
            self.refuse("ledger.days_after", format!("`{}`", section.days_after), error)
        })?;
        Ok(ledger::Settings { path: self.beside(path), commit_period, retention })
    }
}
