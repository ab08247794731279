//! The report of a run: what it emitted, what a start at once would have emitted, and the best that was possible.

mod document;
mod text;

use gpu_carbon_core::exposure::{CoverageError, Exposures};
use gpu_carbon_core::steer::{Emitted, Phase, Record, Settings};
use gpu_carbon_core::{Energy, Interval, Mass, Power, Pue, Series, Signal, Span, Timestamp};

use super::meter::{Measured, Reading};
use crate::watch::Watch;

/// The past of a run that has ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) record: &'a Record,
    pub(crate) pauses: usize,
    pub(crate) settings: &'a Settings,
    pub(crate) pue: Pue,
    pub(crate) reading: &'a Reading,
}

/// The intensities by which a run is judged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Basis<'a> {
    /// The values; `None` where there never were any.
    pub(crate) series: Option<&'a Series>,
    pub(crate) signal: Option<Signal>,
    /// Their origin, in words.
    pub(crate) origin: &'a str,
}

/// The figures of a run that has ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    begun: Timestamp,
    ended: Timestamp,
    finish_by: Option<Timestamp>,
    worked: Span,
    waited: Span,
    paused: Span,
    pauses: usize,
    energy: EnergySource,
    /// The reason why the energy was not measured, where it was to be.
    unmeasured: Option<String>,
    pue: Pue,
    basis: String,
    signal: Option<Signal>,
    /// The emissions, for a job of 1 W where its power is unknown; or the reason why they are unknown.
    emissions: Result<Emissions, String>,
}

/// The origin of the energy of a job.
#[derive(Debug)]
enum EnergySource {
    /// The meters of an exporter.
    Measured {
        measured: Measured,
        energy: Energy,
    },
    /// A declared power.
    Declared(Power),
    Unknown,
}

/// The emissions of a run beside those of others.
#[derive(Debug, Clone, Copy)]
struct Emissions {
    emitted: Emitted,
    at_once: Mass,
    /// The least that was possible by the promised end; `None` without a promise, or where the intensity is not known so far.
    best: Option<Mass>,
}

impl Basis<'_> {
    /// The intensities that a watch has.
    pub(crate) fn of(watch: &Watch) -> Basis<'_> {
        Basis {
            series: watch.known(),
            signal: watch.signal,
            origin: watch.basis.as_deref().unwrap_or_default(),
        }
    }
}

impl Outcome {
    /// The figures of a run; `None` where it has no past.
    pub(crate) fn of(facts: Facts<'_>, basis: Basis<'_>) -> Option<Outcome> {
        let Facts { record, pauses, settings, pue, reading } = facts;
        let first = record.pieces().first()?;
        let last = record.pieces().last()?;
        let (begun, ended) = (first.interval.start(), last.interval.end());
        let (energy, unmeasured) = match reading {
            Reading::Measured(measured) => {
                let energy = measured.energy.over(Interval::new(begun, ended));
                (EnergySource::Measured { measured: measured.clone(), energy }, None)
            }
            Reading::NotAsked => (EnergySource::declared(settings), None),
            Reading::Missing(reason) => (EnergySource::declared(settings), Some(reason.clone())),
        };
        let emissions = match basis.series {
            Some(series) => Emissions::of(record, settings, &energy, &Exposures::of(series))
                .map_err(|why| why.to_string()),
            None => Err("nobody knew the intensity".to_owned()),
        };
        Some(Outcome {
            begun,
            ended,
            finish_by: settings.promise.map(|promise| promise.finish_by),
            worked: record.time_in(Phase::Working),
            waited: record.time_in(Phase::Waiting),
            paused: record.time_in(Phase::Paused),
            pauses,
            energy,
            unmeasured,
            pue,
            basis: basis.origin.to_owned(),
            signal: basis.signal,
            emissions,
        })
    }

    /// Returns true where later values of the intensity may tell more.
    pub(crate) fn is_incomplete(&self) -> bool {
        let lacks_best = |emissions: &Emissions| emissions.best.is_none();
        self.emissions.as_ref().map_or(true, |it| self.finish_by.is_some() && lacks_best(it))
    }
}

impl EnergySource {
    fn declared(settings: &Settings) -> EnergySource {
        match settings.power {
            Power::ZERO => EnergySource::Unknown,
            power => EnergySource::Declared(power),
        }
    }
}

impl Emissions {
    fn of(
        record: &Record,
        settings: &Settings,
        energy: &EnergySource,
        exposures: &Exposures<'_>,
    ) -> Result<Emissions, CoverageError> {
        let mut settings = settings.clone();
        let (emitted, at_once, best) = match energy {
            EnergySource::Measured { measured, .. } => {
                let metered = &measured.energy;
                (
                    record.metered_emissions(metered, exposures)?,
                    record.metered_at_once(metered, exposures)?,
                    record.metered_best(metered, &settings, exposures),
                )
            }
            EnergySource::Declared(_) | EnergySource::Unknown => {
                if settings.power == Power::ZERO {
                    settings.power = Power::from_watts(1.0).unwrap_or_default();
                }
                (
                    record.emitted(&settings, exposures)?,
                    record.at_once(&settings, exposures)?,
                    record.best(&settings, exposures),
                )
            }
        };
        Ok(Emissions { emitted, at_once, best: best.ok().flatten().map(|best| best.emissions) })
    }
}
