//! Physical quantities: finite, zero or more, with the unit in the name of each constructor and getter.
//!
//! A quantity that would leave the range of `f64` saturates at the largest finite value, so that no sum or product
//! ever becomes infinite or NaN.

use core::ops::{Add, AddAssign, Div, Mul};

use crate::time::Span;

/// Joules in a kilowatt-hour (exact, by definition of the hour and the watt).
pub const JOULES_PER_KILOWATT_HOUR: f64 = 3.6e6;

/// A number that is not a valid quantity.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("{quantity} must be a finite number of {unit}, zero or more, got {value}")]
pub struct UnitError {
    /// The name of the quantity: `energy`, `power`, ...
    pub quantity: &'static str,
    /// The unit of the number.
    pub unit: &'static str,
    /// The number.
    pub value: f64,
}

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $what:literal, $unit:literal, $from:ident, $as:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
        pub struct $name(f64);

        impl $name {
            /// A true zero, not a missing value.
            pub const ZERO: $name = $name(0.0);

            #[doc = concat!("From a number of ", $unit, ".\n\n# Errors\n\nWhen it is negative, infinite or not a number.")]
            pub fn $from(value: f64) -> Result<$name, UnitError> {
                if value.is_finite() && value >= 0.0 {
                    Ok($name(value + 0.0)) // -0.0 + 0.0 = 0.0
                } else {
                    Err(UnitError { quantity: $what, unit: $unit, value })
                }
            }

            #[doc = concat!("The number of ", $unit, ".")]
            #[must_use]
            pub const fn $as(self) -> f64 {
                self.0
            }

            /// Creates a quantity from the result of arithmetic on valid quantities; saturates.
            pub(crate) const fn saturating(value: f64) -> $name {
                $name(value.clamp(0.0, f64::MAX))
            }

            #[doc = concat!("What is left of this ", $what, " without `other`, zero where `other` is greater.")]
            #[must_use]
            pub fn saturating_sub(self, other: $name) -> $name {
                $name::saturating(self.0 - other.0)
            }
        }

        impl Add for $name {
            type Output = $name;
            fn add(self, other: $name) -> $name {
                $name::saturating(self.0 + other.0)
            }
        }

        impl AddAssign for $name {
            fn add_assign(&mut self, other: $name) {
                *self = *self + other;
            }
        }

        impl core::iter::Sum for $name {
            fn sum<I: Iterator<Item = $name>>(parts: I) -> $name {
                parts.fold($name::ZERO, $name::add)
            }
        }
    };
}

quantity! {
    /// An amount of energy, in joules.
    Energy, "energy", "joules", from_joules, as_joules
}
quantity! {
    /// A rate of energy, in watts.
    Power, "power", "watts", from_watts, as_watts
}
quantity! {
    /// A mass of CO2 equivalent, in grams.
    Mass, "mass", "grams", from_grams, as_grams
}
quantity! {
    /// The carbon intensity of a grid: the CO2 equivalent that it emits for each unit of energy that it delivers, in
    /// g/kWh.
    ///
    /// Negative intensities are rejected, because no location-based signal of this project has them.
    Intensity, "carbon intensity", "grams per kilowatt-hour", from_grams_per_kilowatt_hour, as_grams_per_kilowatt_hour
}
quantity! {
    /// A number without a unit, such as a share.
    Ratio, "ratio", "parts of one", from_number, as_number
}

impl Energy {
    /// Creates an energy from millijoules, the unit of NVML's energy counter.
    #[must_use]
    pub fn from_millijoules(millijoules: u64) -> Energy {
        Energy(millijoules as f64 / 1000.0)
    }

    /// Creates an energy from microjoules, the unit of the kernel's power capping framework.
    #[must_use]
    pub fn from_microjoules(microjoules: u64) -> Energy {
        Energy(microjoules as f64 / 1e6)
    }

    /// Creates an energy from a number of kilowatt-hours.
    ///
    /// # Errors
    ///
    /// When it is negative, infinite or not a number.
    pub fn from_kilowatt_hours(value: f64) -> Result<Energy, UnitError> {
        Energy::from_joules(value * JOULES_PER_KILOWATT_HOUR).map_err(|_| UnitError {
            quantity: "energy",
            unit: "kilowatt-hours",
            value,
        })
    }

    /// The number of kilowatt-hours.
    #[must_use]
    pub fn as_kilowatt_hours(self) -> f64 {
        self.0 / JOULES_PER_KILOWATT_HOUR
    }

    /// The mean power of this energy over a span; `None` over a span of zero.
    #[must_use]
    pub fn over(self, span: Span) -> Option<Power> {
        (span > Span::ZERO).then(|| Power::saturating(self.0 / span.as_seconds()))
    }
}

impl Power {
    /// Creates a power from milliwatts, the unit of NVML's power reading.
    #[must_use]
    pub fn from_milliwatts(milliwatts: u32) -> Power {
        Power(f64::from(milliwatts) / 1000.0)
    }

    /// Creates a power from microwatts, the unit of the kernel's hwmon.
    #[must_use]
    pub fn from_microwatts(microwatts: u64) -> Power {
        Power(microwatts as f64 / 1e6)
    }

    /// The power half-way between this one and another.
    #[must_use]
    pub fn midpoint(self, other: Power) -> Power {
        Power::saturating(self.0 / 2.0 + other.0 / 2.0)
    }
}

impl Mass {
    /// Creates a mass from a number of kilograms.
    ///
    /// # Errors
    ///
    /// When it is negative, infinite or not a number.
    pub fn from_kilograms(value: f64) -> Result<Mass, UnitError> {
        Mass::from_grams(value * 1000.0).map_err(|_| UnitError {
            quantity: "mass",
            unit: "kilograms",
            value,
        })
    }

    /// The number of kilograms.
    #[must_use]
    pub fn as_kilograms(self) -> f64 {
        self.0 / 1000.0
    }

    /// The number of metric tons.
    #[must_use]
    pub fn as_tonnes(self) -> f64 {
        self.0 / 1e6
    }
}

/// The highest intensity that a value of a grid can have, in g/kWh: far more than any grid emits. Planning counts a
/// higher intensity as this one, so that no sum over a century can overflow; readers of intensity files reject it.
pub const MAX_GRID_GRAMS: f64 = 1e6;

impl Intensity {
    /// Creates an intensity from a grid's value in g/kWh; `None` if it is not a number from zero to [`MAX_GRID_GRAMS`].
    #[must_use]
    pub fn from_grid_grams(grams: f64) -> Option<Intensity> {
        let intensity = Intensity::from_grams_per_kilowatt_hour(grams).ok();
        intensity.filter(|_| grams <= MAX_GRID_GRAMS)
    }
}

impl Ratio {
    /// The whole.
    pub const ONE: Ratio = Ratio(1.0);
}

impl Mul<Span> for Power {
    type Output = Energy;
    fn mul(self, span: Span) -> Energy {
        Energy::saturating(self.0 * span.as_seconds())
    }
}

impl Mul<Intensity> for Energy {
    type Output = Mass;
    fn mul(self, intensity: Intensity) -> Mass {
        Mass::saturating(self.as_kilowatt_hours() * intensity.0)
    }
}

impl Div<Energy> for Mass {
    type Output = Option<Intensity>;
    /// The mean intensity of an energy with these emissions; `None` of no energy.
    fn div(self, energy: Energy) -> Option<Intensity> {
        let kilowatt_hours = energy.as_kilowatt_hours();
        (kilowatt_hours > 0.0).then(|| Intensity::saturating(self.0 / kilowatt_hours))
    }
}

/// Multiplies the power of one device by a number of devices, or by a share of its maximum.
impl Mul<Ratio> for Power {
    type Output = Power;
    fn mul(self, times: Ratio) -> Power {
        Power::saturating(self.0 * times.0)
    }
}

impl Mul<Ratio> for Energy {
    type Output = Energy;
    fn mul(self, ratio: Ratio) -> Energy {
        Energy::saturating(self.0 * ratio.0)
    }
}

impl Mul<Ratio> for Mass {
    type Output = Mass;
    fn mul(self, ratio: Ratio) -> Mass {
        Mass::saturating(self.0 * ratio.0)
    }
}

impl Div<Span> for Span {
    type Output = Option<Ratio>;
    /// The ratio of this span to another; `None` if the other is zero.
    fn div(self, whole: Span) -> Option<Ratio> {
        (whole > Span::ZERO).then(|| Ratio::saturating(self.as_seconds() / whole.as_seconds()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn invalid_quantities_are_errors() {
        for bad in [-1.0, -f64::MIN_POSITIVE, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(Energy::from_joules(bad).is_err(), "{bad}");
            assert!(Intensity::from_grams_per_kilowatt_hour(bad).is_err(), "{bad}");
        }
        assert_eq!(
            Energy::from_kilowatt_hours(-3.0).unwrap_err().to_string(),
            "energy must be a finite number of kilowatt-hours, zero or more, got -3"
        );
        assert!(
            Energy::from_kilowatt_hours(f64::MAX).is_err(),
            "more joules than there are numbers"
        );
        assert!(Mass::from_grams(-0.0).unwrap().as_grams().is_sign_positive());
    }

    #[test]
    fn quantities_multiply_across_units() {
        let kilowatt = Power::from_watts(1000.0).unwrap();
        let energy = kilowatt * Span::from_seconds(3600);
        assert_eq!(energy.as_kilowatt_hours(), 1.0);
        assert_eq!(energy.over(Span::from_seconds(1800)).unwrap().as_watts(), 2000.0);
        assert_eq!(energy.over(Span::ZERO), None);
        let intensity = Intensity::from_grams_per_kilowatt_hour(356.9).unwrap();
        assert_eq!((energy * intensity).as_grams(), 356.9);
        assert_eq!((energy * intensity) / energy, Some(intensity));
        assert_eq!(Mass::ZERO / Energy::ZERO, None);
        assert_eq!((energy * Ratio::from_number(1.5).unwrap()).as_kilowatt_hours(), 1.5);
        assert_eq!(Energy::from_millijoules(1500).as_joules(), 1.5);
        assert_eq!(Power::from_milliwatts(70_250).as_watts(), 70.25);
    }

    #[test]
    fn quantities_saturate() {
        let most = Energy::from_joules(f64::MAX).unwrap();
        assert_eq!((most + most).as_joules(), f64::MAX);
        assert_eq!((most * Ratio::from_number(2.0).unwrap()).as_joules(), f64::MAX);
        assert_eq!(Energy::ZERO.saturating_sub(most), Energy::ZERO);
    }
}
