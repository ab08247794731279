//! The choices that nothing beats in both emissions and money.

use crate::units::Mass;

/// The emissions and the money of a choice. The two are compared one by one, and never added.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlay {
    /// The emissions.
    pub emissions: Mass,
    /// The money, in any currency that all choices share.
    pub money: f64,
}

impl Outlay {
    /// Reports whether no other choice is at least as good in both and better in one.
    ///
    /// ```
    /// use gpu_carbon_core::Mass;
    /// use gpu_carbon_core::what_if::Outlay;
    ///
    /// let outlay = |grams, money| Outlay { emissions: Mass::from_grams(grams).unwrap_or_default(), money };
    /// let all = [outlay(100.0, 9.0), outlay(300.0, 5.0), outlay(300.0, 7.0)];
    /// assert_eq!(all.map(|it| it.is_unbeaten_among(&all)), [true, true, false]);
    /// ```
    #[must_use]
    pub fn is_unbeaten_among(&self, choices: &[Outlay]) -> bool {
        let beats = |other: &Outlay| {
            let as_good = other.emissions <= self.emissions && other.money <= self.money;
            as_good && (other.emissions < self.emissions || other.money < self.money)
        };
        !choices.iter().any(beats)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Sorted by emissions and then money, a choice is unbeaten where its money is the least so far, or equals an unbeaten
        /// one in both.
        #[test]
        fn the_unbeaten_choices_are_those_of_a_sweep(
            pairs in prop::collection::vec((0_u8..6, 0_u8..6), 1..20),
        ) {
            let outlay = |&(grams, money): &(u8, u8)| Outlay {
                emissions: Mass::from_grams(grams.into()).unwrap(),
                money: money.into(),
            };
            let choices: std::vec::Vec<_> = pairs.iter().map(outlay).collect();
            let mut sorted = pairs.clone();
            sorted.sort_unstable();
            let mut unbeaten = std::collections::BTreeSet::new();
            let mut least = u8::MAX;
            for pair in sorted {
                if pair.1 < least {
                    least = pair.1;
                    unbeaten.insert(pair);
                }
            }
            for (pair, choice) in pairs.iter().zip(&choices) {
                prop_assert_eq!(choice.is_unbeaten_among(&choices), unbeaten.contains(pair));
            }
            prop_assert!(choices.iter().any(|it| it.is_unbeaten_among(&choices)));
        }
    }
}
