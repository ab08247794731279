//! The intensity service: its values and its faults.

use fastrand::Rng;

use crate::services::Fault;

/// Seconds between two values: as long as a slot of the ledger, so that each slot has one intensity.
pub const STEP: i64 = 300;

/// Power usage effectiveness.
pub const PUE: f64 = 1.25;

/// An answer that is longer than the client's limit.
pub(super) const OVERLONG: Fault = Fault::Blanks(10_000_000);

/// The intensity at a time in seconds since the epoch, in g/kWh: another one in each step.
#[must_use]
pub fn intensity(at: i64) -> f64 {
    let step = u32::try_from(at.div_euclid(STEP).rem_euclid(7)).unwrap_or_default();
    200.0 + 50.0 * f64::from(step)
}

/// Emissions in grams of a GPU's energy that was used in the step from `start` on, in seconds since the epoch.
#[must_use]
pub fn grams(joules: f64, start: i64) -> f64 {
    joules / 3.6e6 * PUE * intensity(start)
}

/// A random fault.
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
        OVERLONG,
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
    fn each_step_has_its_own_intensity() {
        assert_eq!(intensity(0), 200.0);
        assert_eq!(intensity(STEP - 1), 200.0);
        assert_eq!(intensity(STEP), 250.0);
        assert_eq!(intensity(-1), 500.0);
        assert_eq!(grams(3.6e6, STEP), 312.5);
    }
}
