//! Pause and Resume: the job runs in the cheapest five-minute intervals there are (the paper's), and its
//! pauses cost nothing.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::exposure::{Exposure, Exposures, Uncovered};
use crate::job::Job;
use crate::pieces::Pieces;
use crate::schedule::costs::slots_to_hold;
use crate::schedule::{STEP, Schedule, flexible_start};
use crate::time::{Interval, Span, Timestamp};
use crate::units::{Intensity, Mass};

/// A plan with pauses.
#[derive(Debug, Clone, PartialEq)]
pub struct PauseAndResume {
    /// When the job runs.
    pub schedule: Schedule,
    /// What it emits.
    pub emissions: Mass,
    /// The highest intensity in which it runs: above that it waits.
    pub threshold: Intensity,
}

/// One interval of the grid.
#[derive(Debug, Clone, Copy)]
struct Slot {
    interval: Interval,
    exposure: Exposure,
}

/// The cheapest intervals of [`earliest`, `earliest` + `window` + the job's duration) that add up to the
/// duration: of equals the earliest, run in order of time. Where they add up to more, the dirtiest of
/// them is trimmed. For a job of constant power; of one that is not constant, the mean power is priced.
///
/// # Errors
///
/// When the series does not cover that time.
pub fn pause_and_resume(
    job: &Job,
    earliest: Timestamp,
    window: Span,
    exposures: &Exposures<'_>,
) -> Result<PauseAndResume, Uncovered> {
    let unbroken = flexible_start(job, earliest, window, exposures)?;
    pause_and_resume_or(&unbroken, job, earliest, window, exposures)
}

/// The same, where what [`flexible_start`] finds is known.
pub(crate) fn pause_and_resume_or(
    unbroken: &(Schedule, Mass),
    job: &Job,
    earliest: Timestamp,
    window: Span,
    exposures: &Exposures<'_>,
) -> Result<PauseAndResume, Uncovered> {
    let slots = slots(Interval::new(earliest, earliest + window + job.duration()), exposures)?;
    let chosen = Chosen::of(&slots, job.duration());
    let mut intervals = Vec::new();
    for (position, slot) in slots.iter().enumerate() {
        let Some(Chosen { last, taken }) = chosen else { break };
        match slot.cmp(last) {
            Ordering::Less => intervals.push(slot.interval),
            Ordering::Equal => {
                let beside = [position.checked_sub(1), Some(position + 1)];
                let [follows, is_followed] = beside.map(|position| {
                    position
                        .and_then(|position| slots.get(position))
                        .is_some_and(|beside| beside.cmp(last).is_lt())
                });
                intervals.push(slot.trimmed(taken, follows, is_followed, exposures)?);
            }
            Ordering::Greater => {}
        }
    }
    let paused = Schedule::joining(intervals);
    let emissions = paused.emissions(job, exposures)?;
    // Off the series' own grid an interval holds several values, and a start may catch a better mixture.
    let (schedule, emissions) =
        if unbroken.1 < emissions { unbroken.clone() } else { (paused, emissions) };
    let threshold = schedule.dirtiest(exposures.series()).unwrap_or(Intensity::ZERO);
    Ok(PauseAndResume { schedule, emissions, threshold })
}

/// The cheapest slots that add up to a duration.
#[derive(Debug, Clone, Copy)]
struct Chosen<'a> {
    /// The dirtiest of them: those before it, in the order in which they are taken, run whole.
    last: &'a Slot,
    /// How much of it runs.
    taken: Span,
}

impl<'a> Chosen<'a> {
    /// `None` where there is no slot, or no time to run. In a few looks at each slot: they need not be sorted.
    fn of(slots: &'a [Slot], duration: Span) -> Option<Chosen<'a>> {
        let mut order: Vec<&Slot> = slots.iter().collect();
        let count = slots_to_hold(duration).min(order.len());
        let index = count.checked_sub(1)?;
        select(&mut order, index);
        let (before, after) = order.split_at(index);
        let (last, after) = after.split_first()?;
        let run = |left: Span, slot: &&Slot| left.saturating_sub(slot.interval.length());
        let (last, left) = (*last, before.iter().fold(duration, run));
        // One of them is the short slot at the end of the window: then it may take one more.
        let lacks = left.saturating_sub(last.interval.length());
        match after.iter().copied().min_by(|a, b| a.cmp(b)).filter(|_| lacks > Span::ZERO) {
            Some(next) => Some(Chosen { last: next, taken: lacks }),
            None => Some(Chosen { last, taken: left.min(last.interval.length()) }),
        }
    }
}

/// Puts the slots that are taken before the one at an index before it, and the others after it. A pivot is drawn by a fixed
/// chance, so that no order of days makes it slow. (The standard library's selection added 11 kB to the wasm before
/// compression, where this adds under 1 kB, and the plan was no sooner there.)
fn select(mut slots: &mut [&Slot], mut index: usize) {
    let mut chance = 1_u64;
    while slots.len() > 1 {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1); // Knuth's, TAOCP 3.3.4
        let drawn = usize::try_from(chance >> 33).unwrap_or(0) % slots.len();
        slots.swap(0, drawn);
        let Some((&mut pivot, rest)) = slots.split_first_mut() else { return };
        let mut before = 0;
        for at in 0..rest.len() {
            if rest.get(at).is_some_and(|slot| slot.cmp(pivot).is_lt()) {
                rest.swap(at, before);
                before += 1;
            }
        }
        slots.swap(0, before);
        let (earlier, later) = core::mem::take(&mut slots).split_at_mut(before);
        slots = match index.checked_sub(before + 1) {
            Some(left) => {
                index = left;
                later.get_mut(1..).unwrap_or_default()
            }
            None if index < before => earlier,
            None => return,
        };
    }
}

/// A window, all of which is covered, in steps; the last one may be shorter.
fn slots(window: Interval, exposures: &Exposures<'_>) -> Result<Vec<Slot>, Uncovered> {
    exposures.over(window)?;
    let whole = window.length().as_micros() / STEP.as_micros();
    let (mut slots, mut start) = (Vec::new(), window.start());
    for (_, exposure) in (0..whole).zip(Pieces::of(exposures, start, STEP)) {
        let interval = Interval::new(start, start + STEP);
        slots.push(Slot { interval, exposure });
        start = interval.end();
    }
    let rest = Interval::new(start, window.end());
    if rest.length() > Span::ZERO {
        slots.push(Slot { interval: rest, exposure: exposures.over(rest)? });
    }
    Ok(slots)
}

impl Slot {
    /// Which is taken first: the one of the lower mean, of equals the earlier.
    fn cmp(&self, other: &Slot) -> Ordering {
        let (length, other_length) = (self.interval.length(), other.interval.length());
        let by_mean = self.exposure.cmp_mean(length, other.exposure, other_length);
        by_mean.then_with(|| self.interval.start().cmp(&other.interval.start()))
    }

    /// The part of it that runs: the cheaper end; of equals the one that needs no pause, else the first.
    fn trimmed(
        &self,
        taken: Span,
        follows: bool,
        is_followed: bool,
        exposures: &Exposures<'_>,
    ) -> Result<Interval, Uncovered> {
        let (start, end) = (self.interval.start(), self.interval.end());
        let (first, last) = (Interval::new(start, start + taken), Interval::new(end - taken, end));
        let (early, late) = (exposures.over(first)?, exposures.over(last)?);
        let last_is_better = late < early || (late == early && is_followed && !follows);
        Ok(if last_is_better { last } else { first })
    }
}
