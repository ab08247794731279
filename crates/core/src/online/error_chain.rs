//! A model of prediction errors: a random walk on five levels that is pulled back to zero.

use alloc::vec::Vec;

/// A number for each of the five levels, from the lowest deviation to the highest. In the long run their probabilities
/// are 1, 4, 6, 4 and 1 sixteenths.
pub(super) type Levels = [f64; 5];

/// Numbers for each of the five levels, one after the other: so the processor adds several of a level at once. Single
/// precision is enough for a policy, whose predictions are good to some percent, and takes half the time.
pub(super) type Rows = [Vec<f32>; 5];

/// A number in single precision.
#[expect(clippy::cast_possible_truncation, reason = "the nearest number is meant")]
pub(super) fn single(number: f64) -> f32 {
    number as f32
}

/// The probabilities of going from one level to another in one step: Rouwenhorst's discretisation of an autoregressive
/// process of order one (Kopecky and Suen 2010), which has exactly its variance and its persistence.
///
/// They are symmetric: from a level up as from its opposite down. So the sums and the differences of opposite levels
/// are expected apart, in half the steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct ErrorChain {
    /// For each level from the lowest to the middle: the mean probabilities of the outer levels and of the inner ones,
    /// and the probability of the middle.
    even: [[f32; 3]; 3],
    /// For the lowest two levels: half the differences of the probabilities of the outer levels and of the inner ones.
    odd: [[f32; 2]; 2],
}

impl ErrorChain {
    /// The chain in which, on average, a deviation is multiplied by `persistence` in each step.
    pub(super) fn new(persistence: f64) -> ErrorChain {
        let stays = f64::midpoint(1.0, persistence);
        let [lowest, low, middle] = [0, 1, 2].map(|raised| odds(raised, stays));
        let even =
            |[a, b, c, d, e]: Levels| [f64::midpoint(a, e), f64::midpoint(b, d), c].map(single);
        let odd = |[a, b, _, d, e]: Levels| [(a - e) / 2.0, (b - d) / 2.0].map(single);
        ErrorChain { even: [lowest, low, middle].map(even), odd: [lowest, low].map(odd) }
    }

    /// The expectation at each level of values after one step, which is written from the place `from` of each row on. It
    /// overwrites the values.
    pub(super) fn expect(&self, values: &mut Rows, expected: &mut Rows, from: usize) {
        let [lowest, low, middle, high, highest] = values.each_mut().map(Vec::as_mut_slice);
        let rows = expected.each_mut().map(|row| row.get_mut(from..).unwrap_or_default());
        sum_and_difference(lowest, highest);
        sum_and_difference(low, high);
        let [at_lowest, at_low, at_middle, at_high, at_highest] = rows;
        let [outer, inner, center] = self.even;
        even(outer, [lowest, low, middle], at_lowest);
        even(inner, [lowest, low, middle], at_low);
        even(center, [lowest, low, middle], at_middle);
        let [outer, inner] = self.odd;
        odd(outer, [highest, high], at_highest);
        odd(inner, [highest, high], at_high);
        let count = middle.len();
        sum_and_difference(first(at_lowest, count), first(at_highest, count));
        sum_and_difference(first(at_low, count), first(at_high, count));
    }
}

/// The first numbers of a row.
fn first(row: &mut [f32], count: usize) -> &mut [f32] {
    row.get_mut(..count).unwrap_or_default()
}

/// Replaces numbers and others by their sums and their differences.
fn sum_and_difference(left: &mut [f32], right: &mut [f32]) {
    for (left, right) in left.iter_mut().zip(right) {
        (*left, *right) = (*left + *right, *left - *right);
    }
}

/// The sum of three rows by their odds.
fn even(odds: [f32; 3], [outer, inner, middle]: [&[f32]; 3], to: &mut [f32]) {
    let [far, near, same] = odds;
    for (((to, outer), inner), middle) in to.iter_mut().zip(outer).zip(inner).zip(middle) {
        *to = far * outer + near * inner + same * middle;
    }
}

/// The sum of two rows by their odds.
fn odd(odds: [f32; 2], [outer, inner]: [&[f32]; 2], to: &mut [f32]) {
    let [far, near] = odds;
    for ((to, outer), inner) in to.iter_mut().zip(outer).zip(inner) {
        *to = far * outer + near * inner;
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
        for (level, mean) in LEVELS.iter().zip(expected(&chain, &LEVELS)) {
            assert!((mean - 0.8 * level).abs() < 1e-6, "{level}: {mean}");
        }
        // The binomial probabilities of four fair coins, whose heads have a variance of one.
        let lasting = [1.0, 4.0, 6.0, 4.0, 1.0].map(|ways| ways / 16.0);
        let squares = LEVELS.map(|level| level * level);
        let mean =
            |values: &Levels| values.iter().zip(lasting).map(|(v, odds)| v * odds).sum::<f64>();
        assert!((mean(&squares) - 1.0).abs() < 1e-12);
        let next = expected(&chain, &squares);
        assert!((mean(&next) - 1.0).abs() < 1e-6, "a step changes nothing");
    }

    /// The expectation of one number for each level.
    fn expected(chain: &ErrorChain, values: &Levels) -> Levels {
        let mut rows = values.map(|value| alloc::vec![single(value)]);
        let mut found = [0; 5].map(|_| alloc::vec![7.0; 2]);
        chain.expect(&mut rows, &mut found, 1);
        assert!(found.iter().all(|row| row[0] == 7.0));
        found.map(|row| f64::from(row[1]))
    }

    #[test]
    fn the_expectation_is_the_sum_over_all_levels() {
        let (chain, stays) = (ErrorChain::new(0.7), f64::midpoint(1.0, 0.7));
        let mut values = [
            [5.0, 0.0, 1e9],
            [1.0, 7.0, 1.0],
            [3.0, -2.0, 2.0],
            [8.0, 1.0, 0.0],
            [0.5, 900.0, 1e5],
        ]
        .map(|row| row.to_vec());
        let given = values.clone();
        let mut found = [0; 5].map(|_| alloc::vec![0.0; 4]);
        chain.expect(&mut values, &mut found, 0);
        for (raised, found) in found.iter().enumerate() {
            for (kind, found) in found.iter().enumerate().take(3) {
                let expected: f64 = odds(raised, stays)
                    .iter()
                    .zip(&given)
                    .map(|(p, row)| p * f64::from(row[kind]))
                    .sum();
                let near = (f64::from(*found) - expected).abs() < 1e-3 * expected.max(1.0);
                assert!(near, "{raised}: {found}, {expected}");
            }
        }
    }
}
