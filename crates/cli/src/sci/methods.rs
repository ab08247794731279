//! The methodologies of a disclosure from the ledger: the way in which each figure was found.

use gpu_carbon_core::Quality;
use gpu_carbon_core::disclosure::{Figure, FunctionalUnit, Method, Methodology};
use gpu_carbon_ledger::report::Totals;
use gpu_carbon_ledger::{EnergySource, IntensitySource, Origin};

use super::args::Args;
use super::coefficients;
use super::count::Counted;
use super::embodied;
use super::host::Host;
use super::selection::{Part, Selection};
use crate::report::derived;

/// The ways in which the energy was measured, each with its name and its description.
const ENERGY: [(EnergySource, Method, &str, &str); 3] = [
    (
        EnergySource::Counted,
        Method::Counter,
        "GPU energy counters",
        "The total-energy counter of each GPU (NVML), read several times a minute, over the times in which it was read.",
    ),
    (
        EnergySource::Integrated,
        Method::Samples,
        "GPU power samples",
        "The power of each GPU (NVML), sampled several times a second and integrated over time, since the GPU has no counter of energy.",
    ),
    (
        EnergySource::Recovered,
        Method::Recovered,
        "GPU energy counters (recovered)",
        "The growth of the energy counter over a time in which no exporter ran, spread evenly over it.",
    ),
];

/// The sources of intensity that the operator states.
const DECLARED: [&str; 2] = ["constant", "file"];

const EMBODIED_LEDGER: &str = "Embodied emissions of the GPUs";
const EMBODIED_DECLARED: &str = "Embodied emissions of the GPUs (declared)";

/// The names of the methodologies that a part of the selection uses.
pub(super) fn names(
    args: &Args,
    part: &Part,
    host: Option<&Host>,
    origins: &[Origin],
    unit: &FunctionalUnit,
) -> Vec<String> {
    let mut used = of_energy(&part.of_gpus);
    used.extend(host.iter().flat_map(|host| host.methodologies(&part.accounts)));
    used.extend(of_conversion(args, &part.totals, origins));
    used.into_iter().map(|it| it.name).chain([count_name(unit)]).collect()
}

/// All methodologies.
pub(super) fn of(
    args: &Args,
    selection: &Selection,
    origins: &[Origin],
    counted: &Counted,
    unit: &FunctionalUnit,
) -> Vec<Methodology> {
    let mut all = of_energy(&selection.of_gpus);
    if let Some(host) = selection.host.as_ref().filter(|_| selection.total.host_joules > 0.0) {
        let accounts: Vec<_> = host.accounts.iter().map(|(account, _)| *account).collect();
        all.extend(host.methodologies(&accounts));
    }
    all.extend(of_conversion(args, &selection.total, origins));
    all.push(count(counted, unit));
    all
}

/// The methodology of the functional units.
pub(super) fn count(counted: &Counted, unit: &FunctionalUnit) -> Methodology {
    Methodology {
        figure: Figure::Units,
        name: count_name(unit),
        method: counted.method,
        description: format!(
            "{} in the time of the measurement ({}): {}.",
            upper_first(&unit.plural),
            unit.counting.name(),
            counted.source
        ),
        coefficients: coefficients::count_names(counted),
    }
}

/// The name of the methodology of a count.
pub(super) fn count_name(unit: &FunctionalUnit) -> String {
    format!("Count of {}", unit.plural)
}

/// The ways in which the energy of GPUs was measured.
fn of_energy(of_gpus: &Totals) -> Vec<Methodology> {
    let mut all = Vec::new();
    for (source, method, name, description) in ENERGY {
        if of_gpus.joules_from(source) > 0.0 {
            all.push(Methodology {
                figure: Figure::Energy,
                name: name.to_owned(),
                method,
                description: description.to_owned(),
                coefficients: Vec::new(),
            });
        }
    }
    all
}

/// The ways in which energy became emissions, and those of the embodied emissions.
fn of_conversion(args: &Args, totals: &Totals, origins: &[Origin]) -> Vec<Methodology> {
    let mut all: Vec<Methodology> = Vec::new();
    for (origin, _) in derived::factors(totals, origins) {
        if let Some(source) = &origin.intensity_source {
            let methodology = intensity(origin, source);
            // The same source may have converted with several values of the PUE.
            match all.iter_mut().find(|it| it.name == methodology.name) {
                None => all.push(methodology),
                Some(known) => {
                    let more = methodology.coefficients.into_iter();
                    let more = more.filter(|it| !known.coefficients.contains(it));
                    let more: Vec<String> = more.collect();
                    known.coefficients.extend(more);
                }
            }
        }
    }
    if totals.embodied_grams.is_some() {
        all.push(Methodology {
            figure: Figure::Embodied,
            name: EMBODIED_LEDGER.to_owned(),
            method: Method::Service,
            description: "M = TE x (TiR / EL) x (RR / ToR): the published or configured manufacture of each GPU, for the time that it was held, and for the part of it that was.".to_owned(),
            coefficients: coefficients::embodied_names(totals),
        });
    }
    if args.embodied.is_some() && embodied::unknown_seconds(totals) > 0.0 {
        all.push(Methodology {
            figure: Figure::Embodied,
            name: EMBODIED_DECLARED.to_owned(),
            method: Method::Declared,
            description: "M = TE x (TiR / EL): the declared manufacture of a GPU over its declared lifespan, for GPUs of which the ledger has no figure.".to_owned(),
            coefficients: vec![coefficients::DECLARED_EMBODIED.to_owned(), coefficients::LIFESPAN.to_owned()],
        });
    }
    all
}

fn intensity(origin: &Origin, source: &IntensitySource) -> Methodology {
    let method = match source.quality {
        Quality::Fallback => Method::Fallback,
        _ if DECLARED.contains(&&*source.name) => Method::Declared,
        _ => Method::Service,
    };
    let manner = match source.quality {
        Quality::Measured => "as published for its time, after the fact",
        Quality::Estimated => "as an estimate for its time",
        Quality::Forecast => "as predicted before its time",
        Quality::Fallback => "taken from the same hour of another day or year",
    };
    Methodology {
        figure: Figure::Intensity,
        name: format!("Intensity of {} by {} ({})", origin.zone, source.name, source.quality),
        method,
        description: format!(
            "The {} intensity of the grid zone {} by {}, {manner}, multiplied with the energy of each five minutes and with the PUE. Location-based: no contract, certificate or offset is in it.",
            origin.signal, origin.zone, source.name
        ),
        coefficients: vec![
            coefficients::intensity_name(origin, source),
            coefficients::pue_name(origin.pue.as_number()),
        ],
    }
}

/// A text with its first letter in upper case.
fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
