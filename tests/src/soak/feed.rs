//! The service that prices energy: what it says, and how it fails.

use fastrand::Rng;

use crate::services::Fault;

/// How long a price holds, in seconds: as long as a slot of the ledger, so that a slot has one price.
pub const STEP: i64 = 300;

/// The energy of the data centre for each joule of a GPU.
pub const PUE: f64 = 1.25;

/// An answer that is longer than any client takes: it is read as far as the client's limit.
pub(super) const TOO_LONG: Fault = Fault::Blanks(10_000_000);

/// The intensity at a moment, in seconds since the epoch: another one in each step, in g/kWh.
#[must_use]
pub fn intensity(at: i64) -> f64 {
    let step = u32::try_from(at.div_euclid(STEP).rem_euclid(7)).unwrap_or_default();
    200.0 + 50.0 * f64::from(step)
}

/// What energy of a GPU emits, used in the step that begins at a moment, in grams.
#[must_use]
pub fn grams(joules: f64, start: i64) -> f64 {
    joules / 3.6e6 * PUE * intensity(start)
}

/// One of the ways in which it fails.
pub(super) fn fault(chance: &mut Rng) -> Fault {
    let faults = [
        Fault::status(500),
        Fault::status(503),
        Fault::status(404),
        Fault::Html,
        Fault::Truncated,
        Fault::NotANumber,
        Fault::Null,
        Fault::Negative,
        Fault::Backwards,
        Fault::Duplicate,
        TOO_LONG,
        Fault::Closed,
        Fault::Silent,
        Fault::Redirect,
    ];
    faults[chance.usize(..faults.len())].clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_has_a_price_of_its_own() {
        assert_eq!(intensity(0), 200.0);
        assert_eq!(intensity(STEP - 1), 200.0);
        assert_eq!(intensity(STEP), 250.0);
        assert_eq!(intensity(-1), 500.0);
        assert_eq!(grams(3.6e6, STEP), 312.5);
    }
}
