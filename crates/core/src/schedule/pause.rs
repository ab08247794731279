//! Pause and Resume: the job runs in the cheapest five-minute intervals there are (the paper's), and its
//! pauses cost nothing.

use alloc::vec::Vec;

use crate::exposure::{Exposure, Exposures, Uncovered};
use crate::job::Job;
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
    let slots = slots(Interval::new(earliest, earliest + window + job.duration()), exposures)?;
    let mut cheapest: Vec<usize> = (0..slots.len()).collect();
    cheapest.sort_by(|&a, &b| match (slots.get(a), slots.get(b)) {
        (Some(a), Some(b)) => a.cmp_mean(b),
        _ => core::cmp::Ordering::Equal,
    });
    let mut left = job.duration();
    let mut chosen: Vec<Option<Span>> = alloc::vec![None; slots.len()];
    for position in cheapest {
        let (Some(slot), Some(runs)) = (slots.get(position), chosen.get_mut(position)) else {
            continue;
        };
        if left == Span::ZERO {
            break;
        }
        let taken = slot.interval.length().min(left);
        *runs = Some(taken);
        left = left.saturating_sub(taken);
    }
    let runs = |position: usize| chosen.get(position).copied().flatten().is_some();
    let mut intervals = Vec::new();
    for (position, (slot, taken)) in slots.iter().zip(&chosen).enumerate() {
        if let Some(taken) = *taken {
            let follows = position.checked_sub(1).is_some_and(runs);
            intervals.push(slot.trimmed(taken, follows, runs(position + 1), exposures)?);
        }
    }
    let paused = Schedule::joining(intervals);
    let emissions = paused.emissions(job, exposures)?;
    // Off the series' own grid an interval holds several values, and a start may catch a better mixture.
    let unbroken = flexible_start(job, earliest, window, exposures)?;
    let (schedule, emissions) = if unbroken.1 < emissions { unbroken } else { (paused, emissions) };
    let threshold = schedule.dirtiest(exposures.series()).unwrap_or(Intensity::ZERO);
    Ok(PauseAndResume { schedule, emissions, threshold })
}

fn slots(window: Interval, exposures: &Exposures<'_>) -> Result<Vec<Slot>, Uncovered> {
    exposures.over(window)?;
    let mut slots = Vec::new();
    let mut rest = Some(window);
    while let Some(now) = rest {
        let (head, later) = now.split_at(now.start() + STEP);
        let interval = head.unwrap_or(now);
        slots.push(Slot { interval, exposure: exposures.over(interval)? });
        rest = later.filter(|_| head.is_some());
    }
    Ok(slots)
}

impl Slot {
    fn cmp_mean(&self, other: &Slot) -> core::cmp::Ordering {
        let (length, other_length) = (self.interval.length(), other.interval.length());
        self.exposure.cmp_mean(length, other.exposure, other_length)
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
