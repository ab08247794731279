//! Pause and Resume (the paper's): the job runs in the cheapest five-minute intervals, and its pauses cost nothing.

use alloc::vec::Vec;

use crate::exposure::ExposureSteps;
use crate::exposure::{CoverageError, Exposure, Exposures};
use crate::job::Job;
use crate::schedule::plan::Schedule;
use crate::schedule::slots::slots_to_hold;
use crate::schedule::start::{UnbrokenPlan, flexible_start};
use crate::time::{Interval, SLOT, Span, Timestamp};
use crate::units::{Energy, Intensity, Mass};

/// A plan with pauses.
#[derive(Debug, Clone, PartialEq)]
pub struct PauseAndResume {
    /// The times at which the job runs.
    pub schedule: Schedule,
    /// The emissions of the job.
    pub emissions: Mass,
    /// The highest intensity at which the job runs; above it, the job waits.
    pub threshold: Intensity,
}

/// Finds the cheapest intervals of [`earliest`, `earliest` + `window` + the job's duration) that add up to the
/// duration: of equals the earliest, in order of time. If they add up to more, the dirtiest of them is trimmed. It is
/// the optimum for a job of constant power; for any other the intervals are chosen by its mean power.
///
/// # Errors
///
/// When the series does not cover that time.
pub fn pause_and_resume(
    job: &Job,
    earliest: Timestamp,
    window: Span,
    exposures: &Exposures<'_>,
) -> Result<PauseAndResume, CoverageError> {
    let unbroken = flexible_start(job, earliest, window, exposures)?;
    pause_and_resume_given_baseline(&unbroken, job, earliest, window, exposures)
}

/// Finds the same plan, given the best start that [`flexible_start`] finds.
pub(crate) fn pause_and_resume_given_baseline(
    unbroken: &UnbrokenPlan,
    job: &Job,
    earliest: Timestamp,
    window: Span,
    exposures: &Exposures<'_>,
) -> Result<PauseAndResume, CoverageError> {
    let slots = Slots::of(Interval::new(earliest, earliest + window + job.duration()), exposures)?;
    let paused = match slots.cheapest(job.duration()) {
        Some(last) => slots.run(last, exposures)?,
        None => Schedule::joining([]),
    };
    let emissions = paused.emissions(job, exposures)?;
    // Off the series' own grid an interval holds several values, and a start may catch a better mixture. A job that
    // draws nothing does not pause: all plans are equal, and the earliest has no pause.
    let unbroken_is_best = unbroken.emissions < emissions || job.energy() == Energy::ZERO;
    let UnbrokenPlan { schedule, emissions } = if unbroken_is_best {
        unbroken.clone()
    } else {
        UnbrokenPlan { schedule: paused, emissions }
    };
    let threshold = schedule.dirtiest(exposures.series()).unwrap_or(Intensity::ZERO);
    Ok(PauseAndResume { schedule, emissions, threshold })
}

/// A covered window in steps; the last one may be shorter.
#[derive(Debug)]
struct Slots {
    window: Interval,
    /// The ranks of the slots, in order of time.
    ranks: Vec<Rank>,
}

/// The rank of a slot: a lower one is chosen first. It is the exposure over a whole step, below 2^99 (a million grams
/// a kilowatt-hour for five minutes), followed by the slot's position, so that no two ranks are equal.
type Rank = u128;

/// The bits of the position, for more slots than memory holds.
const POSITION: u32 = 29;

/// The dirtiest of the cheapest slots, of which only a part may run.
#[derive(Debug, Clone, Copy)]
struct LastSlot {
    rank: Rank,
    /// The length of the part that runs.
    taken: Span,
}

/// The slots beside one that run.
#[derive(Debug, Clone, Copy)]
struct Neighbours {
    before: bool,
    after: bool,
}

impl Slots {
    fn of(window: Interval, exposures: &Exposures<'_>) -> Result<Slots, CoverageError> {
        exposures.over(window)?;
        let whole = window.length().as_micros() / SLOT.as_micros();
        let mut slots = Slots { window, ranks: Vec::new() };
        for (_, exposure) in (0..whole).zip(ExposureSteps::of(exposures, window.start(), SLOT)) {
            slots.push(exposure);
        }
        let rest = slots.interval(slots.ranks.len());
        if rest.length() > Span::ZERO {
            // Rounded down: of equals it comes last, as it does in time.
            slots.push(exposures.over(rest)?.at_length(rest.length(), SLOT));
        }
        Ok(slots)
    }

    fn push(&mut self, exposure: Exposure) {
        self.ranks.push(exposure.as_units() << POSITION | self.ranks.len() as u128);
    }

    fn interval(&self, position: usize) -> Interval {
        let start = self.window.start() + Span::from_micros(position as u64 * SLOT.as_micros());
        Interval::new(start, (start + SLOT).min(self.window.end()))
    }

    fn length(&self, rank: Rank) -> Span {
        self.interval(position(rank)).length()
    }

    /// Finds the dirtiest of the cheapest slots that add up to a duration, and the part of it that runs; the slots
    /// that rank before it run whole. `None` if there is no slot, or the duration is zero.
    fn cheapest(&self, duration: Span) -> Option<LastSlot> {
        let index = slots_to_hold(duration).min(self.ranks.len()).checked_sub(1)?;
        let last = at_index(self.ranks.clone(), index)?;
        let short = *self.ranks.last()?;
        let lacking = SLOT.saturating_sub(self.length(short));
        let lacking = if short < last { lacking } else { Span::ZERO };
        let before = Span::from_micros(index as u64 * SLOT.as_micros()).saturating_sub(lacking);
        let left = duration.saturating_sub(before);
        // The short slot at the end of the window is one of them: then one more may be needed.
        let lacks = left.saturating_sub(self.length(last));
        let after = || self.ranks.iter().copied().filter(|&rank| rank > last).min();
        let next = if lacks > Span::ZERO { after() } else { None };
        Some(match next {
            Some(rank) => LastSlot { rank, taken: lacks },
            None => LastSlot { rank: last, taken: left.min(self.length(last)) },
        })
    }

    /// Runs the slots that rank before one, and a part of that one.
    fn run(&self, last: LastSlot, exposures: &Exposures<'_>) -> Result<Schedule, CoverageError> {
        let LastSlot { rank: last, taken } = last;
        let at = position(last);
        let runs = |position: Option<usize>| {
            position.and_then(|position| self.ranks.get(position)).is_some_and(|&rank| rank < last)
        };
        let beside = Neighbours { before: runs(at.checked_sub(1)), after: runs(Some(at + 1)) };
        let part = trimmed(self.interval(at), taken, beside, exposures)?;
        let chosen = self.ranks.iter().enumerate().filter(|&(_, &rank)| rank <= last);
        Ok(Schedule::joining(
            chosen.map(|(position, _)| if position == at { part } else { self.interval(position) }),
        ))
    }
}

fn position(rank: Rank) -> usize {
    usize::try_from(rank & ((1 << POSITION) - 1)).unwrap_or(usize::MAX)
}

/// The part of a slot that runs: the cheaper end; of equals the one that needs no pause, otherwise the first.
fn trimmed(
    slot: Interval,
    taken: Span,
    runs: Neighbours,
    exposures: &Exposures<'_>,
) -> Result<Interval, CoverageError> {
    let (start, end) = (slot.start(), slot.end());
    let (first, last) = (Interval::new(start, start + taken), Interval::new(end - taken, end));
    let (early, late) = (exposures.over(first)?, exposures.over(last)?);
    let last_is_better = late < early || (late == early && runs.after && !runs.before);
    Ok(if last_is_better { last } else { first })
}

/// Finds the rank at an index of the sorted ranks. The ranks are counted by equal parts of their range, and only those
/// of the part that contains the index are searched again. No branch depends on a comparison, which the processor
/// could not predict. (The standard library's selection added 11 kB to the wasm before compression, where this adds
/// under 1 kB, and the plan took as long.)
#[expect(clippy::cast_possible_truncation, reason = "only 64 of its bits, or 8, are needed")]
fn at_index(mut ranks: Vec<Rank>, mut index: usize) -> Option<Rank> {
    let range = |ranks: &[Rank]| {
        let with = |(least, most): (Rank, Rank), &rank: &Rank| (least.min(rank), most.max(rank));
        Some(ranks.iter().fold((Rank::MAX, 0), with)).filter(|(least, most)| least < most)
    };
    while let Some((least, most)) = range(&ranks) {
        // By 64 bits of the difference, the upper ones or the lower ones: wasm shifts no wider ones.
        let wide = (most - least) >> 64 != 0;
        let bits = |rank: Rank| {
            let above = rank - least;
            if wide { (above >> 64) as u64 } else { above as u64 }
        };
        let shift = (u64::BITS - bits(most).leading_zeros()).saturating_sub(PARTS.ilog2());
        let part = |rank: Rank| (bits(rank) >> shift) as usize;
        let mut counts = [0_usize; PARTS];
        for &rank in &ranks {
            *counts.get_mut(part(rank))? += 1;
        }
        let mut sought = 0;
        while let Some(&count) = counts.get(sought).filter(|&&count| count <= index) {
            index -= count;
            sought += 1;
        }
        let mut length = 0;
        for at in 0..ranks.len() {
            let rank = *ranks.get(at)?;
            *ranks.get_mut(length)? = rank;
            length += usize::from(part(rank) == sought);
        }
        ranks.truncate(length);
    }
    ranks.get(index).copied()
}

const PARTS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_rank_at_an_index_is_that_of_the_sorted_ranks(
            exposures in prop::collection::vec((0..3_u128, prop::sample::select(&[0, 20, 64, 97])).prop_flat_map(|(few, bits)| few..=few << bits), 0..300),
        ) {
            let ranks = exposures.iter().zip(0..).map(|(exposure, position)| exposure << POSITION | position);
            let ranks: Vec<Rank> = ranks.collect();
            let mut sorted = ranks.clone();
            sorted.sort_unstable();
            for index in (0..ranks.len()).step_by(7) {
                prop_assert_eq!(at_index(ranks.clone(), index), Some(sorted[index]));
            }
            prop_assert_eq!(at_index(ranks.clone(), ranks.len()), None);
        }
    }
}
