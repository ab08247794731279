//! The cheapest slots of a window that grows and moves, updated in a few steps a slot.

use crate::evaluate::rank_set::RankSet;
use crate::evaluate::year::Year;
use crate::exposure::Exposure;

/// The `wanted` cheapest slots of a window of positions, of equals the earliest; all of them, while the window is
/// shorter.
///
/// The ranks in the window are a set, and those below a bound are chosen. When a slot enters or leaves, the bound
/// moves by one member of the set.
#[derive(Debug)]
pub(super) struct Cheapest<'a> {
    year: &'a Year,
    wanted: usize,
    /// The window: from this position up to, and without, `to`.
    from: usize,
    to: usize,
    ranks: RankSet,
    /// Reports whether the first slots will leave. In a window that only grows, a slot that is not chosen once never
    /// is.
    moves: bool,
    /// The bound of the ranks that are chosen.
    bound: u32,
    chosen: usize,
    exposure: Exposure,
    /// The number of chosen slots that directly follow another one.
    joined: usize,
}

impl<'a> Cheapest<'a> {
    pub(super) fn new(year: &'a Year, wanted: usize) -> Cheapest<'a> {
        let limit = year.slots() * 2;
        Cheapest {
            year,
            wanted,
            from: 0,
            to: 0,
            ranks: RankSet::new(limit),
            moves: false,
            bound: u32::try_from(limit).unwrap_or(u32::MAX),
            chosen: 0,
            exposure: Exposure::ZERO,
            joined: 0,
        }
    }

    /// Restarts with the empty window at a position: one that moves, or one that only grows.
    pub(super) fn restart(&mut self, position: usize, moves: bool) {
        self.moves = moves;
        self.ranks.clear();
        self.bound = u32::try_from(self.year.slots() * 2).unwrap_or(u32::MAX);
        (self.from, self.to) = (position, position);
        (self.chosen, self.exposure, self.joined) = (0, Exposure::ZERO, 0);
    }

    /// Adds the next slot to the window.
    #[inline]
    pub(super) fn grow(&mut self) {
        let position = self.to;
        let rank = self.year.rank(position);
        self.to += 1;
        if self.moves || rank < self.bound {
            self.take(position, rank);
        }
    }

    #[inline(never)]
    fn take(&mut self, position: usize, rank: u32) {
        self.ranks.insert(rank);
        if rank >= self.bound {
            return;
        }
        self.choose(position);
        if self.chosen > self.wanted
            && let Some(costliest) = self.ranks.last_below(self.bound)
        {
            self.drop(self.year.position(costliest));
            self.bound = costliest;
        }
    }

    /// Removes the first slot of a window that moves.
    pub(super) fn shrink(&mut self) {
        let position = self.from;
        let rank = self.year.rank(position);
        self.ranks.remove(rank);
        self.from += 1; // first: it is beside none of those that stay
        if rank < self.bound {
            self.drop(position);
            if let Some(next) = self.ranks.first_from(self.bound) {
                self.choose(self.year.position(next));
                self.bound = next + 1;
            }
        }
    }

    /// The exposure over the chosen slots.
    pub(super) fn exposure(&self) -> Exposure {
        self.exposure
    }

    /// The number of pauses of a job that runs in the chosen slots.
    pub(super) fn pauses(&self) -> usize {
        self.chosen.saturating_sub(self.joined).saturating_sub(1)
    }

    fn choose(&mut self, position: usize) {
        self.chosen += 1;
        self.joined += self.chosen_beside(position);
        self.exposure = self.exposure.with(self.year.over(position, 1));
    }

    fn drop(&mut self, position: usize) {
        self.chosen = self.chosen.saturating_sub(1);
        self.joined = self.joined.saturating_sub(self.chosen_beside(position));
        self.exposure = self.exposure.after(self.year.over(position, 1));
    }

    /// The number of chosen slots among the two beside a position.
    fn chosen_beside(&self, position: usize) -> usize {
        let is_chosen = |beside: usize| {
            self.from <= beside && beside < self.to && self.year.rank(beside) < self.bound
        };
        let before = position.checked_sub(1).is_some_and(is_chosen);
        usize::from(before) + usize::from(is_chosen(position + 1))
    }
}
