//! The report for programs.

use gpu_carbon_core::{Mass, Power};
use gpu_carbon_feeds::rfc3339;
use serde_json::{Value, json};

use super::{Emissions, EnergySource, Outcome};

impl Outcome {
    /// The report for programs. `status` is the exit status of the command.
    pub(crate) fn json(&self, status: u8) -> Value {
        let grams = |mass: Mass| (mass * self.pue).as_grams();
        let known = self.emissions.as_ref().ok();
        // Without an energy no mass is known, and the ratios still are.
        let has_energy = !matches!(self.energy, EnergySource::Unknown);
        let masses = known.filter(|_| has_energy);
        let ratio = |other: fn(&Emissions) -> Option<Mass>| {
            let emissions = known?;
            gpu_carbon_core::schedule::saving_ratio(emissions.at_once, other(emissions)?)
        };
        let (source, power, measured) = match &self.energy {
            EnergySource::Measured { measured, energy } => {
                (Some("measured"), None, Some((measured, *energy)))
            }
            EnergySource::Declared(power) => (Some("declared"), Some(*power), None),
            EnergySource::Unknown => (None, None, None),
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
            "energy_source": source,
            "power_watts": power.map(Power::as_watts),
            "workload": measured.map(|(it, _)| &it.workload),
            "energy_kilowatt_hours": measured.map(|(_, energy)| energy.as_kilowatt_hours()),
            "exporter_emissions_grams": measured.map(|(it, _)| it.emissions.as_grams()),
            "measurement_notes": measured.map(|(it, _)| &it.notes),
            "not_measured": self.unmeasured,
            "emissions_grams": masses.map(|it| grams(it.emitted.total())),
            "waiting_emissions_grams": masses.map(|it| grams(it.emitted.waiting)),
            "paused_emissions_grams": masses.map(|it| grams(it.emitted.paused)),
            "restoring_emissions_grams": masses.map(|it| grams(it.emitted.restoring)),
            "at_once_emissions_grams": masses.map(|it| grams(it.at_once)),
            "best_possible_emissions_grams": masses.and_then(|it| it.best).map(grams),
            "saving_ratio": ratio(|it| Some(it.emitted.total())),
            "best_possible_saving_ratio": ratio(|it| it.best),
            "emissions_unknown": self.emissions.as_ref().err(),
        })
    }
}
