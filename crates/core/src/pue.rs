//! Power usage effectiveness.

use core::cmp::Ordering;
use core::ops::Mul;

use crate::units::{Energy, Mass};

/// Power usage effectiveness (PUE): the energy of a whole data centre for each unit that its IT equipment uses
/// (ISO/IEC 30134-2), without a unit, from [`Pue::MIN`] to [`Pue::MAX`].
///
/// It applies to all energy of a job alike: grams = energy x PUE x intensity.
///
/// ```
/// use gpu_carbon_core::{Energy, Pue};
///
/// let pue = Pue::from_number(1.54)?; // the mean of Uptime Institute's survey, 2025
/// let energy = Energy::from_kilowatt_hours(2.0)? * pue;
/// assert_eq!(energy.as_kilowatt_hours(), 3.08);
/// assert_eq!(
///     Pue::from_number(0.9).unwrap_err().to_string(),
///     "a power usage effectiveness must be a number from 1 (no overhead) to 10, got 0.9"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pue(f64);

/// A number that is no power usage effectiveness.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("a power usage effectiveness must be {}, got {value}", Pue::ALLOWED)]
pub struct PueError {
    /// The number that was given.
    pub value: f64,
}

impl Pue {
    /// The least: the data centre uses nothing beside its IT equipment.
    pub const MIN: f64 = 1.0;

    /// The largest that is accepted. The least efficient data centres of surveys stay below 5.
    pub const MAX: f64 = 10.0;

    /// The allowed numbers, in words for an error message. They name [`Pue::MIN`] and [`Pue::MAX`].
    pub const ALLOWED: &str = "a number from 1 (no overhead) to 10";

    /// No overhead, as in the paper (Dodge et al. 2022).
    pub const ONE: Pue = Pue(1.0);

    /// Creates a PUE from a number.
    ///
    /// # Errors
    ///
    /// When it is not from [`Pue::MIN`] to [`Pue::MAX`].
    pub fn from_number(value: f64) -> Result<Pue, PueError> {
        if (Pue::MIN..=Pue::MAX).contains(&value) {
            Ok(Pue(value))
        } else {
            Err(PueError { value })
        }
    }

    /// The number.
    #[must_use]
    pub const fn as_number(self) -> f64 {
        self.0
    }
}

impl Default for Pue {
    fn default() -> Pue {
        Pue::ONE
    }
}

// It is never NaN, so that the order is total and equality an equivalence.
impl Eq for Pue {}

impl PartialOrd for Pue {
    fn partial_cmp(&self, other: &Pue) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pue {
    fn cmp(&self, other: &Pue) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl Mul<Pue> for Energy {
    type Output = Energy;
    /// The energy of the data centre, overhead included.
    fn mul(self, pue: Pue) -> Energy {
        Energy::saturating(self.as_joules() * pue.0)
    }
}

impl Mul<Pue> for Mass {
    type Output = Mass;
    /// The emissions of the data centre, overhead included.
    fn mul(self, pue: Pue) -> Mass {
        Mass::saturating(self.as_grams() * pue.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::ToString;

    #[test]
    fn accepts_only_numbers_from_1_to_10() {
        for good in [1.0, 1.54, 10.0] {
            assert_eq!(Pue::from_number(good).unwrap().as_number(), good);
        }
        for bad in [0.0, 1.0 - f64::EPSILON, 10.000_001, -1.2, f64::NAN, f64::INFINITY] {
            let error = Pue::from_number(bad).unwrap_err();
            assert!(error.to_string().ends_with(&format!("to 10, got {bad}")), "{error}");
        }
    }

    #[test]
    fn the_words_name_the_bounds() {
        let words = format!("a number from {} (no overhead) to {}", Pue::MIN, Pue::MAX);
        assert_eq!(Pue::ALLOWED, words);
    }
}
