//! The coefficients of a disclosure from the ledger: the numbers that the score rests on, with their sources.

use std::collections::BTreeMap;

use gpu_carbon_core::Signal;
use gpu_carbon_core::disclosure::{Coefficient, FunctionalUnit};
use gpu_carbon_core::embodied::LIFESPAN as USUAL_LIFESPAN;
use gpu_carbon_core::units::JOULES_PER_KILOWATT_HOUR;
use gpu_carbon_ledger::report::Totals;
use gpu_carbon_ledger::{IntensitySource, Origin};

use super::args::Args;
use super::count::Counted;
use super::embodied;
use super::selection::Selection;
use crate::report::manufacture::{self, GpuManufacture};

/// The name of the coefficient of the declared manufacture.
pub(super) const DECLARED_EMBODIED: &str = "embodied-gpu-declared";

/// The name of the coefficient of the lifespan that is declared with it.
pub(super) const LIFESPAN: &str = "lifespan-gpu-declared";

/// The name of the rate at which the manufacture of GPUs counted.
const EMBODIED_RATE: &str = "embodied-gpu-hour";

/// The coefficients. `manufactures` are the figures of the GPUs that are counted.
pub(super) fn of(
    args: &Args,
    selection: &Selection,
    manufactures: &[GpuManufacture<'_>],
    origins: &[Origin],
    signal: Signal,
    counted: &Counted,
    unit: &FunctionalUnit,
) -> Vec<Coefficient> {
    let mut all = intensities(&selection.total, origins, signal);
    if let Some(grams) = selection.total.embodied_grams {
        all.push(Coefficient {
            name: EMBODIED_RATE.to_owned(),
            description: "Embodied emissions of a GPU for each hour that it was held".to_owned(),
            value: grams / (selection.total.embodied_gpu_seconds / 3600.0),
            unit: "g CO2e/GPU-hour".to_owned(),
            source: manufacture::sources(manufactures).join("; "),
        });
    }
    if let (Some(kilograms), Some(source)) = (args.embodied, &args.embodied_source)
        && embodied::unknown_seconds(&selection.total) > 0.0
    {
        all.extend(declared_embodied(args, kilograms, source));
    }
    if let Some(host) = selection.host.as_ref().filter(|_| selection.total.host_joules > 0.0) {
        all.extend(host.coefficients());
    }
    all.extend(count(counted, unit));
    all
}

/// The declared manufacture of a GPU, and its lifespan.
pub(super) fn declared_embodied(args: &Args, kilograms: f64, source: &str) -> [Coefficient; 2] {
    [
        Coefficient {
            name: DECLARED_EMBODIED.to_owned(),
            description: "Manufacture of one GPU (TE)".to_owned(),
            value: kilograms,
            unit: "kg CO2e".to_owned(),
            source: source.to_owned(),
        },
        Coefficient {
            name: LIFESPAN.to_owned(),
            description: "Expected lifespan of a GPU (EL)".to_owned(),
            value: args.lifespan.as_seconds() / 3600.0,
            unit: "h".to_owned(),
            source: if args.lifespan == USUAL_LIFESPAN {
                "the four years of the worked cases in the SCI guide (Green Software Foundation, 2024)"
            } else {
                "the operator"
            }
            .to_owned(),
        },
    ]
}

/// The count of units, and the counters of a server.
pub(super) fn count(counted: &Counted, unit: &FunctionalUnit) -> Vec<Coefficient> {
    let mut all = vec![Coefficient {
        name: "functional-units".to_owned(),
        description: format!("{} delivered in the time of the measurement (R)", unit.plural),
        value: counted.count,
        unit: unit.plural.clone(),
        source: counted.source.clone(),
    }];
    all.extend(counted.counters.iter().filter_map(|counter| {
        Some(Coefficient {
            name: counter_name(counter.name),
            description: format!("{} in the time of the measurement, apart", counter.name),
            value: counter.count?,
            unit: counter.name.to_owned(),
            source: format!("Prometheus: {}", counter.query),
        })
    }));
    all
}

/// The names of the coefficients of the count.
pub(super) fn count_names(counted: &Counted) -> Vec<String> {
    let counters = counted.counters.iter().filter(|it| it.count.is_some());
    let counters = counters.map(|it| counter_name(it.name));
    ["functional-units".to_owned()].into_iter().chain(counters).collect()
}

/// The names of the coefficients of the ledger's embodied emissions.
pub(super) fn embodied_names(totals: &Totals) -> Vec<String> {
    totals.embodied_grams.map(|_| EMBODIED_RATE.to_owned()).into_iter().collect()
}

/// The name of the coefficient of an intensity.
pub(super) fn intensity_name(origin: &Origin, source: &IntensitySource) -> String {
    slug(&format!("grid-intensity-{}-{}-{}", origin.zone, source.name, source.quality))
}

/// The name of the coefficient of a PUE.
pub(super) fn pue_name(pue: f64) -> String {
    format!("power-usage-effectiveness-{pue}")
}

fn counter_name(name: &str) -> String {
    slug(&format!("count-{name}"))
}

/// A text in lower case, with a hyphen in place of what is neither letter, digit nor point.
fn slug(text: &str) -> String {
    let letter = |it: char| if it.is_alphanumeric() || it == '.' { it } else { '-' };
    text.to_lowercase().chars().map(letter).collect()
}

/// The mean intensity of each source, and each PUE.
fn intensities(total: &Totals, origins: &[Origin], signal: Signal) -> Vec<Coefficient> {
    // Grams, and kWh with the overhead.
    let mut sums: BTreeMap<String, (f64, f64, String)> = BTreeMap::new();
    let mut pues: Vec<f64> = Vec::new();
    for (origin, part) in total.origins(origins) {
        let Some(source) = origin.intensity_source.as_ref().filter(|_| origin.signal == signal)
        else {
            continue;
        };
        let pue = origin.pue.as_number();
        let title = format!("{}, {}, zone {}", source.name, source.quality, origin.zone);
        let sum = sums.entry(intensity_name(origin, source)).or_insert((0.0, 0.0, title));
        sum.0 += part.grams;
        sum.1 += part.joules * pue / JOULES_PER_KILOWATT_HOUR;
        if !pues.iter().any(|known| known.to_bits() == pue.to_bits()) {
            pues.push(pue);
        }
    }
    let intensity = |(name, (grams, drawn, title)): (String, (f64, f64, String))| Coefficient {
        name,
        description: format!(
            "Mean {signal} intensity of the grid, weighted by the energy of each five minutes"
        ),
        value: if drawn > 0.0 { grams / drawn } else { 0.0 },
        unit: "g CO2e/kWh".to_owned(),
        source: title,
    };
    let pue = |pue: f64| Coefficient {
        name: pue_name(pue),
        description: "Energy of the data centre for each unit that its IT equipment uses"
            .to_owned(),
        value: pue,
        unit: "1".to_owned(),
        source: "the configuration of the exporter (power_usage_effectiveness)".to_owned(),
    };
    sums.into_iter().map(intensity).chain(pues.into_iter().map(pue)).collect()
}
