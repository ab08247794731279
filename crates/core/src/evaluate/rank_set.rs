//! A set of small numbers that finds the nearest number below or above a bound in a few steps.

use alloc::vec::Vec;

/// A set of numbers below a limit: a bit for each number, a bit for each word that is not empty, and so on up to a
/// single word. Two rounds of a year need three levels.
#[derive(Debug)]
pub(super) struct RankSet {
    levels: Vec<Vec<u64>>,
}

const BITS: u32 = u64::BITS;

impl RankSet {
    /// The empty set, for numbers below a limit, and bounds up to it.
    pub(super) fn new(limit: usize) -> RankSet {
        let mut levels = Vec::new();
        let mut words = limit + 1;
        loop {
            words = words.div_ceil(BITS as usize);
            levels.push(alloc::vec![0; words]);
            if words == 1 {
                return RankSet { levels };
            }
        }
    }

    /// Empties the set. It takes a step for each word that is not empty: there are far fewer than words.
    pub(super) fn clear(&mut self) {
        clear_below(&mut self.levels, 0);
    }

    pub(super) fn insert(&mut self, number: u32) {
        let mut number = number;
        for level in &mut self.levels {
            if let Some(word) = level.get_mut((number / BITS) as usize) {
                let was_empty = *word == 0;
                *word |= 1 << (number % BITS);
                if !was_empty {
                    return;
                }
            }
            number /= BITS;
        }
    }

    pub(super) fn remove(&mut self, number: u32) {
        let mut number = number;
        for level in &mut self.levels {
            if let Some(word) = level.get_mut((number / BITS) as usize) {
                *word &= !(1 << (number % BITS));
                if *word != 0 {
                    return;
                }
            }
            number /= BITS;
        }
    }

    /// The greatest number of the set that is less than a bound.
    pub(super) fn last_below(&self, bound: u32) -> Option<u32> {
        let mut bound = bound;
        for height in 0..self.levels.len() {
            let below = self.word(height, bound / BITS) & !(u64::MAX << (bound % BITS));
            if below != 0 {
                let found = bound / BITS * BITS + below.ilog2();
                return Some(self.descend(height, found, |word| word.checked_ilog2().unwrap_or(0)));
            }
            bound /= BITS;
        }
        None
    }

    /// The least number of the set that is not less than a bound.
    pub(super) fn first_from(&self, bound: u32) -> Option<u32> {
        let mut bound = bound;
        for height in 0..self.levels.len() {
            let from = self.word(height, bound / BITS) & (u64::MAX << (bound % BITS));
            if from != 0 {
                let found = bound / BITS * BITS + from.trailing_zeros();
                return Some(self.descend(height, found, u64::trailing_zeros));
            }
            bound = bound / BITS + 1;
        }
        None
    }

    /// Descends from a bit at a height to the number that `choose` leads to.
    fn descend(&self, height: usize, bit: u32, choose: impl Fn(u64) -> u32) -> u32 {
        (0..height).rev().fold(bit, |bit, height| bit * BITS + choose(self.word(height, bit)))
    }

    fn word(&self, height: usize, place: u32) -> u64 {
        let word = self.levels.get(height).and_then(|level| level.get(place as usize));
        word.copied().unwrap_or(0)
    }
}

/// Empties a word of the highest of some levels, and all words below that it marks.
fn clear_below(levels: &mut [Vec<u64>], place: usize) {
    let Some((level, below)) = levels.split_last_mut() else { return };
    let mut left = level.get_mut(place).map_or(0, core::mem::take);
    while left != 0 {
        clear_below(below, place * BITS as usize + left.trailing_zeros() as usize);
        left &= left - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn the_set_agrees_with_a_tree(
            limit in 1_u32..20_000,
            changes in prop::collection::vec((any::<bool>(), any::<u32>(), any::<u32>()), 1..60),
        ) {
            let (mut set, mut tree) = (RankSet::new(limit as usize), BTreeSet::new());
            for (comes, number, bound) in changes {
                let (number, bound) = (number % limit, bound % (limit + 1));
                if comes {
                    set.insert(number);
                    tree.insert(number);
                } else if let Some(&near) = tree.range(number..).next() {
                    set.remove(near);
                    tree.remove(&near);
                }
                for bound in [0, bound, number, number + 1, limit] {
                    prop_assert_eq!(set.last_below(bound), tree.range(..bound).next_back().copied());
                    prop_assert_eq!(set.first_from(bound), tree.range(bound..).next().copied());
                }
            }
            set.clear();
            prop_assert_eq!(set.levels, RankSet::new(limit as usize).levels);
        }
    }
}
