//! The report of a run: what it emitted, what a start at once would have emitted, and the best that was possible.

use gpu_carbon_core::exposure::{CoverageError, Exposures};
use gpu_carbon_core::steer::{Emitted, Phase, Record, Settings, Steer};
use gpu_carbon_core::{Mass, Power, Pue, Signal, Span, Timestamp, format};
use gpu_carbon_feeds::rfc3339;
use serde_json::{Value, json};

use super::args::Args;
use crate::time_zone::Zone;
use crate::watch::Watch;

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
    /// The power of the job, as it was declared; `None` where it was not.
    power: Option<Power>,
    pue: Pue,
    basis: String,
    signal: Option<Signal>,
    /// The emissions, for a job of 1 W where its power is unknown; or the reason why they are unknown.
    emissions: Result<Emissions, CoverageError>,
}

/// The emissions of a run beside those of others.
#[derive(Debug, Clone, Copy)]
struct Emissions {
    emitted: Emitted,
    at_once: Mass,
    /// The least that was possible by the promised end; `None` without a promise, or where the intensity is not known so far.
    best: Option<Mass>,
}

impl Outcome {
    /// The figures of a run; `None` where it has no past.
    pub(crate) fn of(
        steer: &Steer,
        settings: &Settings,
        watch: &Watch,
        args: &Args,
    ) -> Option<Outcome> {
        let record = steer.record();
        let first = record.pieces().first()?;
        let last = record.pieces().last()?;
        let known = settings.power > Power::ZERO;
        let mut weighed = settings.clone();
        if !known {
            weighed.power = Power::from_watts(1.0).unwrap_or_default();
        }
        let series = watch.known()?;
        let exposures = Exposures::of(series);
        Some(Outcome {
            begun: first.interval.start(),
            ended: last.interval.end(),
            finish_by: settings.promise.map(|promise| promise.finish_by),
            worked: record.time_in(Phase::Working),
            waited: record.time_in(Phase::Waiting),
            paused: record.time_in(Phase::Paused),
            pauses: steer.progress().pauses,
            power: known.then_some(settings.power),
            pue: args.pue,
            basis: watch.basis.clone().unwrap_or_default(),
            signal: watch.signal,
            emissions: Emissions::of(record, &weighed, &exposures),
        })
    }

    /// The report for people.
    pub(crate) fn lines(&self, zone: Zone) -> Vec<String> {
        let second = Span::from_seconds(1);
        let whole = |span: Span| {
            let micros = span.as_micros() / second.as_micros() * second.as_micros();
            format::span(Span::from_micros(micros))
        };
        let pauses = match self.pauses {
            0 => "no pause".to_owned(),
            1 => "1 pause".to_owned(),
            pauses => format!("{pauses} pauses"),
        };
        let total = self.ended.duration_since(self.begun);
        let mut first = format!("ran {} of {}, {pauses}", whole(self.worked), whole(total));
        if let Some(end) = self.finish_by {
            let (is_late, by) = if end < self.ended {
                (true, self.ended.duration_since(end))
            } else {
                (false, end.duration_since(self.ended))
            };
            let side = if is_late { "after" } else { "before" };
            first +=
                &format!("; finished {} {side} {}", whole(by), zone.readable(end.floor_to(second)));
        }
        let mut lines = vec![first];
        match &self.emissions {
            Ok(emissions) => lines.extend(self.comparison(emissions)),
            Err(why) => lines.push(format!("its emissions are unknown: {why}")),
        }
        lines
    }

    fn comparison(&self, emissions: &Emissions) -> Vec<String> {
        let Emissions { emitted, at_once, best } = *emissions;
        let mass = |mass: Mass| format::mass(mass * self.pue);
        let mut lines = Vec::new();
        if let Some(power) = self.power {
            let mut of_pauses = String::new();
            if emitted.paused + emitted.restoring > Mass::ZERO {
                let [paused, restoring] = [emitted.paused, emitted.restoring].map(mass);
                of_pauses =
                    format!(", of it {paused} while paused and {restoring} to save and restore");
            }
            lines.push(format!(
                "emitted {}{of_pauses} (energy: declared, {} while it runs)",
                mass(emitted.total()),
                format::power(power)
            ));
            lines.push(format!(
                "at once {}: {}",
                mass(at_once),
                compared(emitted.total(), at_once)
            ));
        } else {
            lines.push(format!(
                "{}; the power of the command is not declared",
                compared(emitted.total(), at_once)
            ));
        }
        if let Some(best) = best {
            let kept = kept(emitted.total(), at_once, best);
            let kept = kept.map(|kept| format!(": it saved {} of that", format::percent(kept)));
            let figure = match self.power {
                Some(_) => mass(best),
                None => {
                    let saving = gpu_carbon_core::schedule::saving_ratio(at_once, best);
                    format!("saving is {}", saving.map(format::percent).unwrap_or_default())
                }
            };
            lines.push(format!(
                "the best possible {figure}, known only afterwards{}",
                kept.unwrap_or_default()
            ));
        }
        lines
    }

    /// The report for programs.
    pub(crate) fn json(&self, status: u8) -> Value {
        let grams = |mass: Mass| (mass * self.pue).as_grams();
        let known = self.emissions.as_ref().ok();
        // Without a power no mass is known, and the ratios still are.
        let masses = known.filter(|_| self.power.is_some());
        let ratio = |other: fn(&Emissions) -> Option<Mass>| {
            let emissions = known?;
            gpu_carbon_core::schedule::saving_ratio(emissions.at_once, other(emissions)?)
        };
        json!({
            "exit_status": status,
            "begun": rfc3339::format(self.begun),
            "ended": rfc3339::format(self.ended),
            "finish_by": self.finish_by.map(rfc3339::format),
            "is_late": self.finish_by.map(|end| end < self.ended),
            "worked_seconds": self.worked.as_seconds(),
            "waited_seconds": self.waited.as_seconds(),
            "paused_seconds": self.paused.as_seconds(),
            "pauses": self.pauses,
            "intensity": { "basis": self.basis, "signal": self.signal.map(|it| it.to_string()) },
            "power_usage_effectiveness": self.pue.as_number(),
            "energy_source": self.power.map(|_| "declared"),
            "power_watts": self.power.map(Power::as_watts),
            "emissions_grams": masses.map(|it| grams(it.emitted.total())),
            "paused_emissions_grams": masses.map(|it| grams(it.emitted.paused)),
            "restoring_emissions_grams": masses.map(|it| grams(it.emitted.restoring)),
            "at_once_emissions_grams": masses.map(|it| grams(it.at_once)),
            "best_possible_emissions_grams": masses.and_then(|it| it.best).map(grams),
            "saving_ratio": ratio(|it| Some(it.emitted.total())),
            "best_possible_saving_ratio": ratio(|it| it.best),
        })
    }
}

impl Emissions {
    fn of(
        record: &Record,
        settings: &Settings,
        exposures: &Exposures<'_>,
    ) -> Result<Emissions, CoverageError> {
        Ok(Emissions {
            emitted: record.emitted(settings, exposures)?,
            at_once: record.at_once(settings, exposures)?,
            best: record.best(settings, exposures).ok().flatten().map(|best| best.emissions),
        })
    }
}

/// Compares the emissions of a run with those of a start at once.
fn compared(emitted: Mass, at_once: Mass) -> String {
    match gpu_carbon_core::schedule::saving_ratio(at_once, emitted) {
        None => "a start at once would have emitted nothing".to_owned(),
        Some(ratio) if ratio.abs() < 5e-4 => "as much as a start at once".to_owned(),
        Some(ratio) if ratio > 0.0 => {
            format!("it saved {} over a start at once", format::percent(ratio))
        }
        Some(ratio) => format!("it emitted {} more than a start at once", format::percent(-ratio)),
    }
}

/// The share of the best possible saving that was saved; `None` where nothing could be saved.
fn kept(emitted: Mass, at_once: Mass, best: Mass) -> Option<f64> {
    let possible = at_once.as_grams() - best.as_grams();
    let is_possible = possible > at_once.as_grams() * 5e-4;
    is_possible.then(|| (at_once.as_grams() - emitted.as_grams()) / possible)
}
