//! What follows from a totals, in the units that are shown.

use gpu_carbon_core::units::JOULES_PER_KILOWATT_HOUR;
use gpu_carbon_core::{Energy, Mass, Quality};
use gpu_carbon_ledger::Origin;
use gpu_carbon_ledger::report::{OriginTotals, Totals};

/// Energy for people; what rounding may leave below zero is none.
pub(super) fn energy(joules: f64) -> Energy {
    Energy::from_joules(joules).unwrap_or_default()
}

/// A mass for people; what rounding may leave below zero is none.
pub(super) fn mass(grams: f64) -> Mass {
    Mass::from_grams(grams).unwrap_or_default()
}

/// The share of the converted energy whose intensity has a quality; `None` without converted energy.
pub(super) fn quality_ratio(totals: &Totals, origins: &[Origin], quality: Quality) -> Option<f64> {
    let of = |wanted: &dyn Fn(Quality) -> bool| -> f64 {
        let has = |origin: &Origin| {
            origin.intensity_source.as_ref().is_some_and(|source| wanted(source.quality))
        };
        let parts = totals.origins(origins).filter(|(origin, _)| has(origin));
        parts.fold(0.0, |sum, (_, part)| sum + part.joules)
    };
    let converted = of(&|_| true);
    (converted > 0.0).then(|| of(&|found| found == quality) / converted)
}

/// The mean overhead by energy; `None` without any.
pub(super) fn pue(totals: &Totals, origins: &[Origin]) -> Option<f64> {
    let drawn = totals.origins(origins).map(|(origin, part)| part.joules * origin.pue.as_number());
    let drawn: f64 = drawn.sum();
    (totals.joules() > 0.0).then(|| drawn / totals.joules())
}

/// The mean intensity, in g/kWh, that converted the energy of an origin; `None` for pending energy, and without energy.
pub(super) fn intensity(origin: &Origin, part: OriginTotals) -> Option<f64> {
    let drawn = part.joules * origin.pue.as_number() / JOULES_PER_KILOWATT_HOUR;
    origin.intensity_source.as_ref().filter(|_| drawn > 0.0).map(|_| part.grams / drawn)
}

/// The origins that converted the energy, with their totals, ordered by energy, the highest first.
pub(super) fn factors<'a>(
    totals: &Totals,
    origins: &'a [Origin],
) -> Vec<(&'a Origin, OriginTotals)> {
    let mut factors: Vec<_> = totals.origins(origins).collect();
    factors.sort_by(|(_, one), (_, other)| other.joules.total_cmp(&one.joules));
    factors
}
