//! The report for people.

use gpu_carbon_core::{Interval, Mass, Span, format};

use super::{Emissions, EnergySource, Outcome};
use crate::time_zone::Zone;

impl Outcome {
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
        lines.extend(self.of_meter());
        lines
    }

    fn comparison(&self, emissions: &Emissions) -> Vec<String> {
        let Emissions { emitted, at_once, best } = *emissions;
        let mass = |mass: Mass| format::mass(mass * self.pue);
        let source = match &self.energy {
            EnergySource::Measured { measured, energy } => Some(format!(
                "{}, measured by the exporter as that of {}",
                format::energy(*energy),
                measured.workload
            )),
            EnergySource::Declared(power) => {
                Some(format!("declared, {} while it runs", format::power(*power)))
            }
            EnergySource::Unknown => None,
        };
        let mut lines = Vec::new();
        if let Some(source) = &source {
            let mut parts = Vec::new();
            if emitted.waiting > Mass::ZERO {
                parts.push(format!("{} while waiting", mass(emitted.waiting)));
            }
            if emitted.paused + emitted.restoring > Mass::ZERO {
                let [paused, restoring] = [emitted.paused, emitted.restoring].map(mass);
                parts.push(format!("{paused} while paused and {restoring} to save and restore"));
            }
            let mut of_parts = parts.join(", ");
            if !of_parts.is_empty() {
                of_parts = format!(", of it {of_parts}");
            }
            lines.push(format!("emitted {}{of_parts} (energy: {source})", mass(emitted.total())));
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
            let figure = if source.is_some() {
                mass(best)
            } else {
                let saving = gpu_carbon_core::schedule::saving_ratio(at_once, best);
                format!("saving is {}", saving.map(format::percent).unwrap_or_default())
            };
            lines.push(format!(
                "the best possible {figure}, known only afterwards{}",
                kept.unwrap_or_default()
            ));
        }
        lines
    }

    /// Notes about the measurement.
    fn of_meter(&self) -> Vec<String> {
        if let Some(reason) = &self.unmeasured {
            return vec![format!("its energy was not measured: {reason}")];
        }
        let EnergySource::Measured { measured, .. } = &self.energy else { return Vec::new() };
        let run = Interval::new(self.begun, self.ended);
        let mut lines = vec![format!(
            "the exporter counted {} and {}, by its own intensities and PUE",
            format::energy(measured.energy.over(run)),
            format::mass(measured.emissions)
        )];
        lines.extend(measured.notes.iter().cloned());
        lines
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
