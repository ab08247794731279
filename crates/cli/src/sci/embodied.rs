//! The embodied emissions of a part of the ledger: the ledger's figure, and a declared one for GPUs of which it has none.

use gpu_carbon_core::disclosure::BoundaryPart;
use gpu_carbon_core::{Mass, format};
use gpu_carbon_ledger::report::Totals;

use super::args::Args;
use super::boundary_part::part;
use crate::report::derived;

/// The grams of a GPU's declared manufacture for each second; `None` where none is declared.
pub(super) fn declared_rate(args: &Args) -> Option<f64> {
    Some(args.embodied? * 1000.0 / args.lifespan.as_seconds())
}

/// The GPU time for which the ledger has no figure, in seconds.
pub(super) fn unknown_seconds(totals: &Totals) -> f64 {
    (totals.gpu_seconds - totals.embodied_gpu_seconds).max(0.0)
}

/// M of totals, as far as it is known; `None` where no part is.
pub(super) fn of(args: &Args, totals: &Totals) -> Option<Mass> {
    let declared = declared_rate(args).map(|rate| rate * unknown_seconds(totals));
    let known = [totals.embodied_grams, declared].into_iter().flatten();
    known.reduce(|one, other| one + other).map(derived::mass)
}

/// The share of the GPU time for which M is known; `None` without GPU time.
pub(super) fn known_ratio(args: &Args, totals: &Totals) -> Option<f64> {
    let ratio = totals.embodied_known_ratio()?;
    Some(if args.embodied.is_some() { 1.0 } else { ratio })
}

/// The GPU time without a figure, as a part that is left out.
pub(super) fn gap(args: &Args, totals: &Totals) -> Option<BoundaryPart> {
    let ratio = known_ratio(args, totals).filter(|ratio| *ratio < 1.0)?;
    let text = format!(
        "no figure for their manufacture is published or configured: {} of the GPU time",
        format::percent(1.0 - ratio)
    );
    Some(part("embodied emissions of some GPUs", &text))
}
