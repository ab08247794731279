//! The policy that plans again at each step.

use alloc::vec::Vec;

use super::reason::Reason;
use super::settings::{Promise, Settings};
use super::wish::{Situation, Wish};
use crate::exposure::Exposures;
use crate::online::{PauseShares, Policy, Replan, SLOTS_PER_DAY, View};
use crate::series::Series;
use crate::time::{Interval, SLOT, Span, Timestamp};
use crate::units::{Energy, Intensity};

/// The slots of the past by which the policy is fitted: half a year, and the fortnight before it.
const FITTED: usize = 195 * SLOTS_PER_DAY;

/// The slots of the past by which it predicts.
const RECENT: usize = 15 * SLOTS_PER_DAY;

/// The slots without a value for which the value before them holds: an hour. The past before a longer gap is not used.
const LONGEST_HOLE: usize = 12;

/// The policy, once it is fitted.
#[derive(Debug, Clone, Default)]
pub(super) struct Fitted(Option<Replan>);

impl Fitted {
    /// The wish at an intensity.
    pub(super) fn wish(
        &mut self,
        settings: &Settings,
        promise: &Promise,
        intensity: Option<Intensity>,
        known: Option<&Series>,
        job: &Situation,
    ) -> Wish {
        let Some(intensity) = intensity else { return Wish::unknown(settings.unknown, job) };
        let (left, spare) = (job.left.unwrap_or_default(), job.spare.unwrap_or_default());
        let left = whole_slots(left).max(1);
        // Of the slots until the deadline, those in which the job need not run are whole.
        let slots = left.saturating_add(count(spare.as_micros() / SLOT.as_micros()));
        if slots <= left {
            return Wish::run(Reason::MustRun);
        }
        let exposures = known.map(Exposures::of);
        let policy = self.0.get_or_insert_with(|| {
            let past = exposures.as_ref().map(|known| past(known, job.now, FITTED));
            past.map_or_else(Replan::default, |past| Replan::of_past(&past))
        });
        let mut seen = exposures.as_ref().map_or(Vec::new(), |known| past(known, job.now, RECENT));
        seen.push(intensity.as_grams_per_kilowatt_hour());
        let ahead = exposures.as_ref().map_or(Vec::new(), |known| forecast(known, job.now, slots));
        let in_all = whole_slots(promise.work());
        let slot = settings.weight() * SLOT;
        let limits = settings.pauses;
        let share = |energy: Energy| energy.as_joules() / slot.as_joules();
        let costs = PauseShares {
            resume: share(limits.energy + settings.weight() * limits.time),
            paused: share(limits.paused_power * SLOT),
        };
        let view = View {
            past: &seen,
            forecast: &ahead,
            work: if job.begun { in_all.max(left + 1) } else { left },
            left,
            slots,
            running: job.running,
            costs,
        };
        if policy.runs(&view) {
            Wish::run(Reason::CheaperNow)
        } else {
            Wish::wait(Reason::CheaperLater)
        }
    }
}

/// The mean intensities of the slots before the present one, the oldest first.
fn past(known: &Exposures<'_>, now: Timestamp, most: usize) -> Vec<f64> {
    let present = now.floor_to(SLOT);
    let (mut values, mut hole) = (Vec::new(), 0);
    for back in 1..=most {
        let end = present - slots_long(back - 1);
        let mean = known.mean_of_covered(Interval::new(end - SLOT, end));
        if let Some(mean) = mean {
            let mean = mean.as_grams_per_kilowatt_hour();
            values.extend(core::iter::repeat_n(mean, hole + 1));
            hole = 0;
        } else if hole == LONGEST_HOLE || end < known.series().extent().start() {
            break;
        } else {
            hole += 1;
        }
    }
    values.reverse();
    values
}

/// The forecast of the slots after the present one, up to the first that is not covered.
fn forecast(known: &Exposures<'_>, now: Timestamp, slots: usize) -> Vec<f64> {
    let present = now.floor_to(SLOT);
    (1..slots)
        .map_while(|ahead| {
            let start = present + slots_long(ahead);
            let mean = known.over(Interval::new(start, start + SLOT)).ok()?.mean_over(SLOT)?;
            Some(mean.as_grams_per_kilowatt_hour())
        })
        .collect()
}

/// The slots that hold a span.
fn whole_slots(span: Span) -> usize {
    count(span.as_micros().div_ceil(SLOT.as_micros()))
}

fn slots_long(slots: usize) -> Span {
    Span::from_micros(u64::try_from(slots).unwrap_or(u64::MAX).saturating_mul(SLOT.as_micros()))
}

fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
