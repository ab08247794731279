//! Ticks of an axis.

/// Returns a few round numbers, from 0 to the first that is no less than `most`.
pub(crate) fn ticks(most: f64) -> Vec<f64> {
    if !(most > 0.0 && most.is_finite()) {
        return vec![0.0, 1.0];
    }
    let rough = most / 5.0;
    let decade = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0]
        .into_iter()
        .map(|times| times * decade)
        .find(|&step| step >= rough)
        .unwrap_or(decade * 10.0);
    let mut ticks = vec![0.0];
    // Each tick is a product rather than a sum, so that rounding errors do not add up.
    for times in 1_u8..=10 {
        let tick = f64::from(times) * step;
        ticks.push(tick);
        if tick >= most * (1.0 - 1e-12) {
            break;
        }
    }
    ticks
}

/// Returns a tick as text, with as few decimals as distinguish ticks that are `step` apart.
pub(crate) fn label(tick: f64, step: f64) -> String {
    let decimals = (0..=6).find(|&places| {
        let scaled = step * 10_f64.powi(places);
        (scaled - scaled.round()).abs() < 1e-9 * scaled
    });
    let decimals = usize::try_from(decimals.unwrap_or(6)).unwrap_or(6);
    format!("{tick:.decimals$}")
}

/// Returns the powers of ten from the last that is at most `least` to the first that is at least `most`.
pub(crate) fn decades(least: f64, most: f64) -> Vec<f64> {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the logarithm of a finite number fits into 32 bits"
    )]
    let exponent = |value: f64| value as i32;
    let (first, last) = (exponent(least.log10().floor()), exponent(most.log10().ceil()));
    (first..=last.max(first + 1)).map(|power| 10_f64.powi(power)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_reach_the_greatest_value() {
        assert_eq!(ticks(9.0), [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(ticks(1.4), [0.0, 0.5, 1.0, 1.5]);
        assert_eq!(ticks(80.0), [0.0, 20.0, 40.0, 60.0, 80.0]);
        assert_eq!(ticks(0.0), [0.0, 1.0]);
        assert_eq!(
            [(0.5, 0.5), (20.0, 20.0), (7.5, 2.5)].map(|(tick, step)| label(tick, step)),
            ["0.5", "20", "7.5"]
        );
        assert_eq!(decades(4.0, 2e3), [1.0, 10.0, 100.0, 1000.0, 10_000.0]);
        assert_eq!(decades(10.0, 10.0), [10.0, 100.0]);
    }

    proptest::proptest! {
        #[test]
        fn every_greatest_value_has_a_few_ticks(most in 1e-9..1e12_f64) {
            let found = ticks(most);
            proptest::prop_assert!((2..=8).contains(&found.len()), "{:?}", found);
            proptest::prop_assert!(found.last().unwrap() * (1.0 + 1e-9) >= most);
        }
    }
}
