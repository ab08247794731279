//! Everyday equivalents of emissions.

use crate::units::Mass;

/// An activity with known emissions, such as one smartphone charge or one mile driven.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Equivalent {
    /// The name of one.
    pub one: &'static str,
    /// The name of several.
    pub many: &'static str,
    /// Metric tons of CO2e of one.
    tonnes: f64,
}

/// One edition of the factors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edition {
    /// The publisher.
    pub source: &'static str,
    /// The year of publication.
    pub year: u16,
    /// The factors, the smallest first.
    pub factors: [Equivalent; 6],
}

/// The factors that the paper uses, for comparison with its Figure 2.
pub const PAPER: Edition = Edition {
    source: "EPA Greenhouse Gas Equivalencies Calculator, as used by Dodge et al. 2022",
    year: 2022,
    factors: factors([8.22e-6, 3.98e-4, 8.887e-3, 0.43, 8.30, 181.29]),
};

/// The newer factors of the same calculator; home-year and rail car to three digits.
pub const EPA: Edition = Edition {
    source: "EPA Greenhouse Gas Equivalencies Calculator",
    year: 2024,
    factors: factors([1.24e-5, 3.93e-4, 8.887e-3, 0.43, 7.46, 182.0]),
};

const fn factors(tonnes: [f64; 6]) -> [Equivalent; 6] {
    let [phone, mile, gallon, barrel, home, rail_car] = tonnes;
    [
        Equivalent { one: "smartphone charged", many: "smartphones charged", tonnes: phone },
        Equivalent { one: "mile driven by a car", many: "miles driven by a car", tonnes: mile },
        Equivalent { one: "gallon of petrol", many: "gallons of petrol", tonnes: gallon },
        Equivalent { one: "barrel of oil", many: "barrels of oil", tonnes: barrel },
        Equivalent {
            one: "home's energy for a year",
            many: "homes' energy for a year",
            tonnes: home,
        },
        Equivalent { one: "rail car of coal", many: "rail cars of coal", tonnes: rail_car },
    ]
}

impl Equivalent {
    /// The emissions of one.
    #[must_use]
    pub fn mass(&self) -> Mass {
        Mass::saturating(self.tonnes * 1e6)
    }

    /// The number of these activities that emit as much as `mass`.
    ///
    /// ```
    /// use gpu_carbon_core::{Mass, equivalents::PAPER};
    /// let [_, _, gallon, ..] = PAPER.factors;
    /// assert_eq!(gallon.count(Mass::from_kilograms(8.887)?), 1.0);
    /// # Ok::<(), gpu_carbon_core::UnitError>(())
    /// ```
    #[must_use]
    pub fn count(&self, mass: Mass) -> f64 {
        mass.as_tonnes() / self.tonnes
    }
}

impl Edition {
    /// The largest factor of which `mass` is at least one; the smallest factor if there is none.
    #[must_use]
    pub fn best(&self, mass: Mass) -> Equivalent {
        let [smallest, ..] = self.factors;
        self.factors.into_iter().rev().find(|one| one.count(mass) >= 1.0).unwrap_or(smallest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_equivalent_is_the_largest_that_fits() {
        let best = |kilograms| EPA.best(Mass::from_kilograms(kilograms).unwrap()).one;
        assert_eq!(best(0.001), "smartphone charged");
        assert_eq!(best(2.3), "mile driven by a car");
        assert_eq!(best(26.0), "gallon of petrol");
        assert_eq!(best(78_000.0), "home's energy for a year");
    }

    #[test]
    fn the_mass_of_one_counts_as_one() {
        for one in PAPER.factors.into_iter().chain(EPA.factors) {
            assert!((one.count(one.mass()) - 1.0).abs() < 1e-12, "{}", one.one);
        }
    }

    #[test]
    fn factors_are_in_ascending_order() {
        for edition in [PAPER, EPA] {
            assert!(edition.factors.is_sorted_by(|a, b| a.tonnes < b.tonnes), "{}", edition.year);
        }
    }
}
