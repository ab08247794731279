//! A model of prediction errors: a random walk on five levels that is pulled back to zero.

/// A number for each of the five levels, from the lowest deviation to the highest. In the long run their probabilities
/// are 1, 4, 6, 4 and 1 sixteenths.
pub(super) type Levels = [f64; 5];

/// The probabilities of going from one level to another in one step: Rouwenhorst's discretisation of an autoregressive
/// process of order one (Kopecky and Suen 2010), which has exactly its variance and its persistence.
#[derive(Debug, Clone, Copy)]
pub(super) struct ErrorChain([Levels; 5]);

impl ErrorChain {
    /// The chain in which, on average, a deviation is multiplied by `persistence` in each step.
    pub(super) fn new(persistence: f64) -> ErrorChain {
        let stays = f64::midpoint(1.0, persistence);
        ErrorChain([0, 1, 2, 3, 4].map(|raised| odds(raised, stays)))
    }

    /// The expectation at each level of values after one step.
    pub(super) fn expected(&self, values: &Levels) -> Levels {
        self.0.map(|odds| odds.iter().zip(values).map(|(odds, value)| odds * value).sum())
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
        for (level, mean) in LEVELS.iter().zip(chain.expected(&LEVELS)) {
            assert!((mean - 0.8 * level).abs() < 1e-12, "{level}: {mean}");
        }
        // The binomial probabilities of four fair coins, whose heads have a variance of one.
        let lasting = [1.0, 4.0, 6.0, 4.0, 1.0].map(|ways| ways / 16.0);
        let squares = LEVELS.map(|level| level * level);
        let mean =
            |values: &Levels| values.iter().zip(lasting).map(|(v, odds)| v * odds).sum::<f64>();
        assert!((mean(&squares) - 1.0).abs() < 1e-12);
        assert!((mean(&chain.expected(&squares)) - 1.0).abs() < 1e-12, "a step changes nothing");
    }
}
