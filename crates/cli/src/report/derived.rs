//! What follows from a tally, in the units that are shown.

use gpu_carbon_core::units::JOULES_PER_KILOWATT_HOUR;
use gpu_carbon_core::{Energy, Mass, Quality};
use gpu_carbon_ledger::Origin;
use gpu_carbon_ledger::report::{Priced, Tally};

/// Energy for people; what rounding may leave below zero is none.
pub(super) fn energy(joules: f64) -> Energy {
    Energy::from_joules(joules).unwrap_or_default()
}

/// A mass for people; what rounding may leave below zero is none.
pub(super) fn mass(grams: f64) -> Mass {
    Mass::from_grams(grams).unwrap_or_default()
}

/// Of the energy that has its price, the share that was priced so; `None` without any.
pub(super) fn quality_ratio(tally: &Tally, origins: &[Origin], quality: Quality) -> Option<f64> {
    let of = |wanted: &dyn Fn(Quality) -> bool| -> f64 {
        let has = |origin: &Origin| origin.price.as_ref().is_some_and(|&(_, found)| wanted(found));
        let parts = tally.origins(origins).filter(|(origin, _)| has(origin));
        parts.fold(0.0, |sum, (_, part)| sum + part.joules)
    };
    let priced = of(&|_| true);
    (priced > 0.0).then(|| of(&|found| found == quality) / priced)
}

/// The mean overhead by energy; `None` without any.
pub(super) fn pue(tally: &Tally, origins: &[Origin]) -> Option<f64> {
    let drawn = tally.origins(origins).map(|(origin, part)| part.joules * origin.pue.as_number());
    let drawn: f64 = drawn.sum();
    (tally.joules() > 0.0).then(|| drawn / tally.joules())
}

/// The intensity, in g/kWh, that energy of an origin was priced by; `None` where it waits, or is none.
pub(super) fn intensity(origin: &Origin, part: Priced) -> Option<f64> {
    let drawn = part.joules * origin.pue.as_number() / JOULES_PER_KILOWATT_HOUR;
    origin.price.as_ref().filter(|_| drawn > 0.0).map(|_| part.grams / drawn)
}

/// By what the energy was priced, and how much of it: the most first.
pub(super) fn factors<'a>(tally: &Tally, origins: &'a [Origin]) -> Vec<(&'a Origin, Priced)> {
    let mut factors: Vec<_> = tally.origins(origins).collect();
    factors.sort_by(|(_, one), (_, other)| other.joules.total_cmp(&one.joules));
    factors
}
