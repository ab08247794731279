//! The distribution of the emissions of many starts.

use alloc::vec::Vec;

use crate::sum::Sum;
use crate::units::Mass;

/// The extremes, the quartiles and the mean of some masses. A quartile is one of the masses: the least one such that a
/// quarter, half or three quarters of them are at most that (nearest rank).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distribution {
    /// The number of masses.
    pub count: usize,
    /// The minimum.
    pub least: Mass,
    /// The first quartile.
    pub lower_quartile: Mass,
    /// The second quartile.
    pub median: Mass,
    /// The third quartile.
    pub upper_quartile: Mass,
    /// The maximum.
    pub most: Mass,
    /// The mean.
    pub mean: Mass,
}

impl Distribution {
    /// The distribution of some masses; `None` if there is none.
    #[must_use]
    pub fn of(masses: impl IntoIterator<Item = Mass>) -> Option<Distribution> {
        let mut grams: Vec<f64> = masses.into_iter().map(Mass::as_grams).collect();
        grams.sort_unstable_by(f64::total_cmp);
        let count = grams.len();
        let ranked = |rank: usize| grams.get(rank.checked_sub(1)?).copied().map(Mass::saturating);
        let quartile = |quarters: usize| ranked((count * quarters).div_ceil(4));
        let mut sum = Sum::default();
        grams.iter().for_each(|&grams| sum.add(grams));
        Some(Distribution {
            count,
            least: ranked(1)?,
            lower_quartile: quartile(1)?,
            median: quartile(2)?,
            upper_quartile: quartile(3)?,
            most: ranked(count)?,
            mean: Mass::saturating(sum.value() / count as f64),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quartiles_divide_the_masses(grams in prop::collection::vec(0.0..1e3_f64, 1..60)) {
            let masses: Vec<Mass> = grams.iter().map(|&grams| Mass::from_grams(grams).unwrap()).collect();
            let found = Distribution::of(masses.iter().copied()).unwrap();
            for (quarters, quartile) in [(1, found.lower_quartile), (2, found.median), (3, found.upper_quartile)] {
                let count = |is: &dyn Fn(Mass) -> bool| masses.iter().filter(|&&mass| is(mass)).count() * 4;
                prop_assert!(masses.contains(&quartile));
                prop_assert!(count(&|mass| mass <= quartile) >= quarters * masses.len());
                prop_assert!(count(&|mass| mass < quartile) < quarters * masses.len());
            }
            prop_assert!(masses.iter().all(|&mass| found.least <= mass && mass <= found.most));
            prop_assert!(masses.contains(&found.least) && masses.contains(&found.most));
            let plain = grams.iter().sum::<f64>() / grams.len() as f64;
            prop_assert!((found.mean.as_grams() - plain).abs() < 1e-9);
            prop_assert_eq!(found.count, masses.len());
        }
    }

    #[test]
    fn no_masses_have_no_distribution() {
        assert_eq!(Distribution::of([]), None);
    }
}
