//! A model of prediction errors: a random walk on five levels that is pulled back to zero.

/// A number for each of the five levels, from the lowest deviation to the highest. In the long run their probabilities
/// are 1, 4, 6, 4 and 1 sixteenths.
pub(super) type Levels = [f64; 5];

/// The probabilities of going from one level to another in one step: Rouwenhorst's discretisation of an autoregressive
/// process of order one (Kopecky and Suen 2010), which has exactly its variance and its persistence.
///
/// They are symmetric: from a level up as from its opposite down. So the sums and the differences of opposite levels
/// are expected apart, in half the steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct ErrorChain {
    /// For each level from the lowest to the middle: the mean probability of a level and its opposite.
    sums: [[f64; 2]; 3],
    /// The probability of the middle.
    middle: [f64; 3],
    /// Half the difference of the probabilities of a level and its opposite.
    differences: [[f64; 2]; 2],
}

impl ErrorChain {
    /// The chain in which, on average, a deviation is multiplied by `persistence` in each step.
    pub(super) fn new(persistence: f64) -> ErrorChain {
        let stays = f64::midpoint(1.0, persistence);
        let [lowest, low, middle] = [0, 1, 2].map(|raised| odds(raised, stays));
        let sums = |[a, b, _, c, d]: Levels| [f64::midpoint(a, d), f64::midpoint(b, c)];
        let differences = |[a, b, _, c, d]: Levels| [(a - d) / 2.0, (b - c) / 2.0];
        ErrorChain {
            sums: [lowest, low, middle].map(sums),
            middle: [lowest, low, middle].map(|[_, _, odds, _, _]| odds),
            differences: [lowest, low].map(differences),
        }
    }

    /// The expectation at each level of values after one step, for `N` kinds of values at once.
    pub(super) fn expected<const N: usize>(&self, values: &[[f64; N]; 5]) -> [[f64; N]; 5] {
        let mut expected = [[0.0; N]; 5];
        let [lowest, low, middle, high, highest] = &mut expected;
        let ways = lowest.iter_mut().zip(low).zip(middle).zip(high.iter_mut().zip(highest));
        let [a, b, c, d, e] = values;
        let values = a.iter().zip(b).zip(c).zip(d.iter().zip(e));
        for ((((lowest, low), middle), (high, highest)), (((a, b), c), (d, e))) in ways.zip(values)
        {
            let (outer, inner) = ([a + e, a - e], [b + d, b - d]);
            let even = self.sums.map(|[far, near]| far * outer[0] + near * inner[0]);
            let odd = self.differences.map(|[far, near]| far * outer[1] + near * inner[1]);
            let [far, near, same] = self.middle.map(|odds| odds * c);
            *lowest = even[0] + far + odd[0];
            *highest = even[0] + far - odd[0];
            *low = even[1] + near + odd[1];
            *high = even[1] + near - odd[1];
            *middle = even[2] + same;
        }
        expected
    }
}

/// The probabilities of 0, 1, ... 4 heads of four coins, of which `raised` show heads before, and each stays as it is
/// with a probability.
fn odds(raised: usize, stays: f64) -> Levels {
    let mut odds = [1.0, 0.0, 0.0, 0.0, 0.0];
    for coin in 0..4 {
        let heads = if coin < raised { stays } else { 1.0 - stays };
        let mut fewer = 0.0;
        for cell in &mut odds {
            let before = *cell;
            *cell = (1.0 - heads) * before + heads * fewer;
            fewer = before;
        }
    }
    odds
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The levels of the error, in standard deviations.
    const LEVELS: Levels = [-2.0, -1.0, 0.0, 1.0, 2.0];

    #[test]
    fn the_chain_has_the_persistence_and_the_variance() {
        let chain = ErrorChain::new(0.8);
        for (level, [mean]) in LEVELS.iter().zip(chain.expected(&LEVELS.map(|level| [level]))) {
            assert!((mean - 0.8 * level).abs() < 1e-12, "{level}: {mean}");
        }
        // The binomial probabilities of four fair coins, whose heads have a variance of one.
        let lasting = [1.0, 4.0, 6.0, 4.0, 1.0].map(|ways| ways / 16.0);
        let squares = LEVELS.map(|level| level * level);
        let mean =
            |values: &Levels| values.iter().zip(lasting).map(|(v, odds)| v * odds).sum::<f64>();
        assert!((mean(&squares) - 1.0).abs() < 1e-12);
        let next = chain.expected(&squares.map(|square| [square])).map(|[mean]| mean);
        assert!((mean(&next) - 1.0).abs() < 1e-12, "a step changes nothing");
    }

    #[test]
    fn the_expectation_is_the_sum_over_all_levels() {
        let (chain, stays) = (ErrorChain::new(0.7), f64::midpoint(1.0, 0.7));
        let values = [[5.0, 0.0], [1.0, 7.0], [3.0, -2.0], [8.0, 1.0], [0.5, 900.0]];
        for (raised, found) in chain.expected(&values).iter().enumerate() {
            for (kind, found) in found.iter().enumerate() {
                let expected: f64 =
                    odds(raised, stays).iter().zip(&values).map(|(p, value)| p * value[kind]).sum();
                assert!((found - expected).abs() < 1e-12, "{raised}: {found}, {expected}");
            }
        }
    }
}
