//! The other sections of a configuration, checked.

use std::sync::Arc;
use std::time::Duration;

use gpu_carbon_core::{Pue, Scope, Signal};
use gpu_carbon_feeds::bundled;
use gpu_carbon_ledger::Retention;

use super::check::{Checker, span};
use super::error::ConfigError;
use super::file::{
    GpusSection, IntensitySection, LedgerSection, ServiceSection, SignalName, SourceName,
};
use super::keys::check_no_service_keys;
use super::region::RegionServices;
use super::services;
use crate::forecast::{ForecastJob, LabelledSpan};
use crate::gpu_filter::{GpuFilter, GpuPattern};
use crate::intensity::live::ServiceSettings;
use crate::intensity::{self, SourceKind};
use crate::ledger;

/// The longest name of a grid zone, in bytes.
const LONGEST_ZONE: usize = 200;

/// The most durations or windows: each pair of them makes two series in Prometheus.
const MOST_FORECAST_SPANS: usize = 8;

pub(super) fn intensity(
    check: &Checker<'_>,
    section: &IntensitySection,
    zone: Option<&str>,
) -> Result<intensity::Settings, ConfigError> {
    let stated = section.signal.map(|signal| match signal {
        SignalName::Average => Signal::Average,
        SignalName::Marginal => Signal::Marginal,
    });
    let of_region = match &section.region {
        Some(id) if section.source.is_none() && section.sources.is_none() => {
            Some(RegionServices::of(check, section, id, stated)?)
        }
        Some(_) => {
            let allowed = "`region`, `source` or `sources`, one of the three";
            return Err(check.invalid("intensity.region", "a region beside a source", allowed));
        }
        None => None,
    };
    let single;
    let services: Option<&[ServiceSection]> = match (section.source, &section.sources) {
        (None, None) if of_region.is_some() => of_region.as_ref().map(|it| it.services.as_slice()),
        (Some(_), Some(_)) => {
            let allowed = "`source` or `sources`, not both";
            return Err(check.invalid("intensity.sources", "a list beside `source`", allowed));
        }
        (None, None) => {
            let allowed = "give a source such as embedded, file or gb, `sources`, a list of services, or a cloud `region` such as aws:eu-central-1";
            return Err(check.missing("intensity.source", allowed));
        }
        (None, Some(services)) => Some(services),
        (Some(source), None) => match source.service() {
            Some(service) => {
                single = [section.single_service(service)];
                Some(&single)
            }
            None => None,
        },
    };
    if section.sources.is_some() || services.is_none() {
        check_no_service_keys(check, section)?;
    }
    let usual = services.and_then(<[_]>::first).map(|first| first.source.service().signal());
    let signal = stated.or(usual).unwrap_or(Signal::Marginal);
    let kind = match (services, section.source) {
        (Some(services), _) => {
            SourceKind::Services(services::settings(check, section, services, signal)?)
        }
        (None, Some(SourceName::Constant)) => {
            let key = "intensity.grams_per_kilowatt_hour";
            let grams = section.grams_per_kilowatt_hour.ok_or_else(|| {
                check.missing(key, "the source `constant` needs a number, such as 400")
            })?;
            SourceKind::Constant(check.intensity(key, grams)?)
        }
        (None, Some(SourceName::File)) => {
            let path = section.path.as_ref().ok_or_else(|| {
                let allowed = "the source `file` needs the path of a CSV file";
                check.missing("intensity.path", allowed)
            })?;
            SourceKind::File { path: check.resolve(path), replay: section.replay }
        }
        (None, _) if signal == Signal::Average => {
            let allowed = "the embedded series is marginal";
            return Err(check.invalid("intensity.signal", "average", allowed));
        }
        (None, _) => SourceKind::Embedded,
    };
    let scope = section.scope.map(Scope::from);
    if section.scope.is_some() && !matches!(kind, SourceKind::Constant(_) | SourceKind::File { .. })
    {
        let allowed = "a file and a constant alone have this key; a service and the embedded series have a scope of their own";
        return Err(check.invalid("intensity.scope", "the value", allowed));
    }
    let default_zone = match &kind {
        SourceKind::Embedded => bundled::ZONE.to_owned(),
        SourceKind::Constant(_) | SourceKind::File { .. } => "unspecified".to_owned(),
        SourceKind::Services(services) => match &of_region {
            Some(region) => region.zone.to_owned(),
            None => services.services.first().map(ServiceSettings::zone).unwrap_or_default(),
        },
    };
    let zone = match zone {
        Some(blank) if blank.trim().is_empty() || blank.chars().any(char::is_control) => {
            let allowed = "a name such as CAISO_NORTH, or leave the key out";
            return Err(check.invalid("grid_zone", format!("{blank:?}"), allowed));
        }
        Some(long) if long.len() > LONGEST_ZONE => {
            let (found, allowed) = (format!("a name of {} bytes", long.len()), "at most 200 bytes");
            return Err(check.invalid("grid_zone", found, allowed));
        }
        zone => zone.map_or(default_zone, str::to_owned),
    };
    let choice = of_region.map(|it| it.choice);
    Ok(intensity::Settings { zone, signal, scope, kind, choice })
}

/// The choice of the GPUs that are read.
pub(super) fn gpus(check: &Checker<'_>, section: &GpusSection) -> Result<GpuFilter, ConfigError> {
    let patterns = |key, texts: &[String]| {
        let pattern = |text: &String| {
            GpuPattern::new(text).map_err(|error| check.invalid(key, format!("`{text}`"), error))
        };
        texts.iter().map(pattern).collect::<Result<Vec<_>, _>>()
    };
    let include = patterns("gpus.include", &section.include)?;
    Ok(GpuFilter::new(include, patterns("gpus.exclude", &section.exclude)?))
}

pub(super) fn pue(check: &Checker<'_>, pue: f64) -> Result<Pue, ConfigError> {
    Pue::from_number(pue).map_err(|_| check.invalid("power_usage_effectiveness", pue, Pue::ALLOWED))
}

/// The jobs whose best start is published: each duration in each window.
pub(super) fn forecast_jobs(
    check: &Checker<'_>,
    durations: &[String],
    windows: &[String],
) -> Result<Vec<ForecastJob>, ConfigError> {
    let spans = |key, texts: &[String]| {
        let range = Duration::from_secs(300)..=Duration::from_secs(7 * 86_400);
        let labelled = |text: &String| {
            let duration = check.duration(key, text, range.clone())?;
            Ok::<_, ConfigError>(LabelledSpan {
                label: Arc::from(text.as_str()),
                span: span(duration),
            })
        };
        if texts.len() > MOST_FORECAST_SPANS {
            return Err(check.invalid(
                key,
                format!("{} of them", texts.len()),
                format!("{MOST_FORECAST_SPANS} at most"),
            ));
        }
        let spans = texts.iter().map(labelled).collect::<Result<Vec<LabelledSpan>, _>>()?;
        for (index, LabelledSpan { label, span }) in spans.iter().enumerate() {
            // Prometheus rejects a page with two series of one name and the same labels.
            if spans.iter().take(index).any(|before| before.span == *span) {
                return Err(check.invalid(key, format!("`{label}`, again,"), "each length once"));
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

pub(super) fn ledger(
    check: &Checker<'_>,
    section: &LedgerSection,
) -> Result<ledger::Settings, ConfigError> {
    let path = section.path.as_ref().ok_or_else(|| {
        let allowed = "give the path of a file, such as /var/lib/gpu-carbon/ledger.db";
        check.missing("ledger.path", allowed)
    })?;
    let period = Duration::from_millis(100)..=Duration::from_secs(60);
    let commit_period = check.duration("ledger.commit_period", &section.commit_period, period)?;
    let day = Duration::from_secs(86_400);
    let ages = 32 * day..=36_525 * day;
    let hours = check.duration("ledger.hours_after", &section.hours_after, ages.clone())?;
    let days = check.duration("ledger.days_after", &section.days_after, ages)?;
    let retention = Retention::new(span(hours), span(days)).map_err(|error| {
        check.invalid("ledger.days_after", format!("`{}`", section.days_after), error)
    })?;
    let forget_workloads_after = section
        .forget_workloads_after
        .as_ref()
        .map(|text| {
            let ages = day..=36_525 * day;
            check.duration("ledger.forget_workloads_after", text, ages).map(span)
        })
        .transpose()?;
    let path = check.resolve(path);
    Ok(ledger::Settings { path, commit_period, retention, forget_workloads_after })
}
