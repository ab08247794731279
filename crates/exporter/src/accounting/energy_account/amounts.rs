//! Amounts from the ledger, as quantities.

use gpu_carbon_core::{Energy, Mass, Span};

/// An energy from the ledger, where rounding may have left a negative number.
pub(super) fn joules(joules: f64) -> Energy {
    Energy::from_joules(joules.max(0.0)).unwrap_or(Energy::ZERO)
}

/// A mass from the ledger, where rounding may have left a negative number.
pub(super) fn grams(grams: f64) -> Mass {
    Mass::from_grams(grams.max(0.0)).unwrap_or(Mass::ZERO)
}

/// A time from the ledger.
pub(in crate::accounting) fn seconds(seconds: f64) -> Span {
    Span::from_seconds_f64(seconds).unwrap_or(Span::ZERO)
}
