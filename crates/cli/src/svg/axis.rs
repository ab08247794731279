//! Where an axis has its ticks.

/// Round numbers from 0 to the first that is no less than a greatest value: a few of them.
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
    // Each a product and no sum, so that 0.3 is not 0.30000000000000004 of a drift; at most a handful.
    for times in 1_u8..=10 {
        let tick = f64::from(times) * step;
        ticks.push(tick);
        if tick >= most * (1.0 - 1e-12) {
            break;
        }
    }
    ticks
}

/// As few digits as tell the ticks apart.
pub(crate) fn label(tick: f64, step: f64) -> String {
    let decimals = (0..=6).find(|&places| {
        let scaled = step * 10_f64.powi(places);
        (scaled - scaled.round()).abs() < 1e-9 * scaled
    });
    let decimals = usize::try_from(decimals.unwrap_or(6)).unwrap_or(6);
    format!("{tick:.decimals$}")
}

/// The powers of ten from no more than a least value to no less than a greatest.
pub(crate) fn decades(least: f64, most: f64) -> Vec<f64> {
    #[allow(clippy::cast_possible_truncation)] // of a logarithm of a finite number
    let exponent = |value: f64| value as i32;
    let (first, last) = (exponent(least.log10().floor()), exponent(most.log10().ceil()));
    (first..=last.max(first + 1)).map(|power| 10_f64.powi(power)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_the_greatest() {
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
        fn any_greatest_value_has_a_few_ticks(most in 1e-9..1e12_f64) {
            let found = ticks(most);
            proptest::prop_assert!((2..=8).contains(&found.len()), "{:?}", found);
            proptest::prop_assert!(found.last().unwrap() * (1.0 + 1e-9) >= most);
        }
    }
}
