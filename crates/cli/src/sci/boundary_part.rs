//! One part of a boundary.

use gpu_carbon_core::disclosure::BoundaryPart;

/// A part with what it holds, or the reason why it is left out.
pub(super) fn part(name: &str, reason: &str) -> BoundaryPart {
    BoundaryPart { name: name.to_owned(), reason: reason.to_owned() }
}
