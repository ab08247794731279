//! Software Carbon Intensity: `SCI = ((E x I) + M) per R` (Green Software Foundation, SPEC 1.1.0, 2024;
//! ISO/IEC 21031:2024), with the paper's choice of I: location-based, time-specific and marginal.
//!
//! A figure of GPUs alone is a *component* SCI: it leaves out the processors, memory, storage and network
//! around them. The paper measured 74 % of the power of GPU, two CPUs and DRAM at the GPU, in one server with one TITAN X
//! (Dodge et al. 2022, Table 1).

use crate::time::Span;
use crate::units::{Mass, Ratio};

/// The share of a machine's manufacture for one use of it: `M = TE x (TiR/EL) x (RR/ToR)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EmbodiedShare {
    /// TE: the emissions of manufacturing the hardware, over its life cycle.
    pub total: Mass,
    /// TiR: the time for which it is reserved.
    pub reserved: Span,
    /// EL: its expected lifespan.
    pub lifespan: Span,
    /// RR/ToR: the reserved part of its resources.
    pub resources: Ratio,
}

impl EmbodiedShare {
    /// M; `None` for a lifespan of zero.
    #[must_use]
    pub fn mass(&self) -> Option<Mass> {
        let time = (self.reserved / self.lifespan)?;
        Some(self.total * time * self.resources)
    }
}

/// A score: the emissions of one functional unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sci {
    /// O = E x I: the emissions of the energy.
    pub operational: Mass,
    /// M: the embodied share.
    pub embodied: Mass,
}

impl Sci {
    /// Grams for each of `units` functional units (R): jobs, tokens, users. `None` if `units` is not above zero and
    /// finite.
    #[must_use]
    pub fn grams_per_unit(&self, units: f64) -> Option<f64> {
        let grams = (self.operational + self.embodied).as_grams();
        (units.is_finite() && units > 0.0).then(|| grams / units)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Energy, Intensity};

    fn operational(kilowatt_hours: f64, grams_per_kilowatt_hour: f64) -> Mass {
        Energy::from_kilowatt_hours(kilowatt_hours).unwrap()
            * Intensity::from_grams_per_kilowatt_hour(grams_per_kilowatt_hour).unwrap()
    }

    fn embodied(kilograms: f64, hours: u64, years: u64, share: (f64, f64)) -> f64 {
        let share = EmbodiedShare {
            total: Mass::from_kilograms(kilograms).unwrap(),
            reserved: Span::from_seconds(hours * 3600),
            lifespan: Span::from_days(365 * years),
            resources: Ratio::from_number(share.0 / share.1).unwrap(),
        };
        share.mass().unwrap().as_grams()
    }

    fn close(found: f64, expected: f64, relative: f64) {
        assert!((found / expected - 1.0).abs() <= relative, "{found} is not {expected}");
    }

    // The worked cases of the specification, its guide and its case studies.

    #[test]
    fn worked_embodied_shares() {
        close(embodied(1000.0, 1, 4, (1.0, 1.0)), 28.538_812_785, 1e-10);
        close(embodied(200.0, 30 * 24, 4, (1.0, 1.0)), 4_109.589_041_095_89, 1e-14);
        close(embodied(1433.12, 1, 4, (2.0, 16.0)), 5.112, 1e-4);
    }

    #[test]
    fn worked_operational_emissions() {
        assert_eq!(operational(10.0, 50.0).as_grams(), 500.0);
        assert_eq!(operational(15.0, 60.0).as_grams(), 900.0);
    }

    #[test]
    fn worked_scores() {
        let score = |operational, embodied: f64, units| {
            let embodied = Mass::from_grams(embodied).unwrap();
            Sci { operational, embodied }.grams_per_unit(units).unwrap()
        };
        let none = Mass::ZERO;
        close(score(none, 5.02, 100.0), 0.0502, 1e-14);
        close(score(operational(0.0096, 951.0), 5.112, 1.0), 14.2416, 1e-12);
        close(score(operational(6.2083e-6, 800.0), 0.007_927_448_0, 1.0), 0.012_894_114_7, 1e-5);
        close(score(none, 200_000e3, 5e22 / 1e15), 4.0, 1e-14);
        close(score(none, 3_200e3, 40e6), 0.08, 1e-14);
    }

    #[test]
    fn zero_units_and_a_zero_lifespan_have_no_result() {
        let sci = Sci { operational: operational(1.0, 1.0), embodied: Mass::ZERO };
        for units in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(sci.grams_per_unit(units), None);
        }
        let share = EmbodiedShare {
            total: Mass::ZERO,
            reserved: Span::ZERO,
            lifespan: Span::ZERO,
            resources: Ratio::ONE,
        };
        assert_eq!(share.mass(), None);
    }
}
