//! Quantities that follow from totals, in the units that are shown.

use gpu_carbon_core::units::JOULES_PER_KILOWATT_HOUR;
use gpu_carbon_core::{Energy, Mass, Quality, Scope, Signal, TotalScope};
use gpu_carbon_feeds::scope_of_source;
use gpu_carbon_ledger::Origin;
use gpu_carbon_ledger::report::{OriginTotals, Totals};

/// Returns an energy for people; one below zero by rounding is 0.
pub(crate) fn energy(joules: f64) -> Energy {
    Energy::from_joules(joules).unwrap_or_default()
}

/// Returns a mass for people; one below zero by rounding is 0.
pub(crate) fn mass(grams: f64) -> Mass {
    Mass::from_grams(grams).unwrap_or_default()
}

/// Returns the share of the converted energy whose intensity has a quality; `None` where no energy was converted.
pub(crate) fn quality_ratio(totals: &Totals, origins: &[Origin], quality: Quality) -> Option<f64> {
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

/// Returns the scope of the intensity that converts the energy of an origin; `None` where it is unknown. Ledgers of earlier
/// versions have none: there it is that of the service.
pub(crate) fn scope(origin: &Origin) -> Option<Scope> {
    let source = origin.intensity_source.as_ref()?;
    source.scope.or_else(|| scope_of_source(&source.name))
}

/// Returns the scope of the emissions of a signal that some origins have.
pub(crate) fn total_scope<'a>(
    origins: impl IntoIterator<Item = &'a Origin>,
    signal: Signal,
) -> TotalScope {
    let converted = origins
        .into_iter()
        .filter(|origin| origin.signal == signal && origin.intensity_source.is_some());
    converted.map(scope).collect()
}

/// Returns the mean power usage effectiveness, weighted by energy; `None` without energy.
pub(crate) fn pue(totals: &Totals, origins: &[Origin]) -> Option<f64> {
    let drawn = totals.origins(origins).map(|(origin, part)| part.joules * origin.pue.as_number());
    let drawn: f64 = drawn.sum();
    (totals.joules() > 0.0).then(|| drawn / totals.joules())
}

/// Returns the intensity, in g/kWh, by which energy was converted; `None` where it is pending, or 0.
pub(crate) fn intensity(origin: &Origin, part: OriginTotals) -> Option<f64> {
    let drawn = part.joules * origin.pue.as_number() / JOULES_PER_KILOWATT_HOUR;
    origin.intensity_source.as_ref().filter(|_| drawn > 0.0).map(|_| part.grams / drawn)
}

/// Returns the origins of the intensities, and the energy converted by each: the greatest energy first.
pub(crate) fn factors<'a>(
    totals: &Totals,
    origins: &'a [Origin],
) -> Vec<(&'a Origin, OriginTotals)> {
    let mut factors: Vec<_> = totals.origins(origins).collect();
    factors.sort_by(|(_, one), (_, other)| other.joules.total_cmp(&one.joules));
    factors
}
