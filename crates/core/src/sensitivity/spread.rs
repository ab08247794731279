//! The spread of many values: their quantiles and their mean.

use alloc::vec::Vec;

use crate::radix_sort::sorted;
use crate::sum::Sum;

/// Quantiles by the nearest rank, each of them one of the values, and the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The 5th percentile: at least 5 % of the values are this or less.
    pub p5: f64,
    /// The 25th percentile.
    pub p25: f64,
    /// The median.
    pub p50: f64,
    /// The 75th percentile.
    pub p75: f64,
    /// The 95th percentile.
    pub p95: f64,
    /// The mean.
    pub mean: f64,
}

impl Spread {
    /// The spread of some values; `None` if there is none.
    #[must_use]
    pub fn of(values: Vec<f64>) -> Option<Spread> {
        let values = sorted(values);
        let at = |percent: usize| {
            let rank = (values.len() * percent).div_ceil(100);
            values.get(rank.checked_sub(1)?).copied()
        };
        let mut mean = Mean::default();
        values.iter().for_each(|&value| mean.add(value));
        Some(Spread {
            p5: at(5)?,
            p25: at(25)?,
            p50: at(50)?,
            p75: at(75)?,
            p95: at(95)?,
            mean: mean.value()?,
        })
    }
}

/// The mean of values that are added one by one.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mean {
    sum: Sum,
    count: usize,
}

impl Mean {
    pub(super) fn add(&mut self, value: f64) {
        self.sum.add(value);
        self.count += 1;
    }

    /// The mean; `None` if there is no value.
    pub(super) fn value(self) -> Option<f64> {
        (self.count > 0).then(|| self.sum.value() / self.count as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quantiles_divide_the_values(
            values in prop::collection::vec(-1e3..1e3_f64, 1..200),
        ) {
            let spread = Spread::of(values.clone()).unwrap();
            let Spread { p5, p25, p50, p75, p95, mean } = spread;
            for (percent, quantile) in [(5, p5), (25, p25), (50, p50), (75, p75), (95, p95)] {
                let count = |is: &dyn Fn(f64) -> bool| values.iter().filter(|&&v| is(v)).count() * 100;
                prop_assert!(values.contains(&quantile));
                prop_assert!(count(&|value| value <= quantile) >= percent * values.len());
                prop_assert!(count(&|value| value < quantile) < percent * values.len());
            }
            let plain = values.iter().sum::<f64>() / values.len() as f64;
            prop_assert!((mean - plain).abs() < 1e-9);
        }
    }

    #[test]
    fn no_values_have_no_spread() {
        assert_eq!(Spread::of(Vec::new()), None);
    }
}
