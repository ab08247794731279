//! The plausibility of an energy counter's values.

use super::Limits;
use super::state::OddValue;
use crate::time::Span;
use crate::units::Energy;

/// The time by which a counter may lag behind the power. The counter is refreshed every 20 to 100 ms; its rise is
/// compared with the ceiling over the time since it last moved plus this much.
const LAG: Span = Span::from_seconds(1);

/// The time for which a counter must go on from a value that cannot follow the one before it, until it is believed to
/// have restarted or leapt. Drivers reload in seconds, and single wrong values were seen.
const CONFIRMED_AFTER: Span = Span::from_seconds(3);

/// The longest time for which slow counters were seen to stand between two steps. The first step that is seen of one may show
/// the energy of this time before the counter was first read.
const LONGEST_STEP: Span = Span::from_seconds(30);

/// A fall of a counter in mJ that is jitter and no restart: what a GPU draws in milliseconds. Until the counter exceeds the
/// value from before, it stands.
const JITTER: u64 = 1000;

/// An energy counter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counter {
    /// The last value that was accepted, in mJ.
    value: u64,
    /// The time at which the value last changed, since boot; the time at which it was first read until it changes.
    moved: Span,
    /// False until the value changes.
    has_moved: bool,
    odd: Option<OddValue>,
}

/// The values that a counter showed between two that follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    Nothing,
    /// Values that could follow, but that came too early, such as those of a reading that was late.
    Early,
    /// One odd value, or several that follow each other.
    Outlier,
    /// Values that cannot follow each other in any counter of a GPU.
    Outliers,
}

/// The meaning of a counter's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement {
    /// The counter rose by this many mJ since the last accepted value, or stands.
    Rise { millijoules: u64, between: Between },
    /// The counter shows a value that cannot follow the accepted one. A later value will show why.
    Odd {
        /// True if it also cannot follow the one before it, which was odd, too.
        is_repeated: bool,
    },
    /// The counter restarted, and shows this many mJ since then; `None` if that is implausible.
    Reset(Option<u64>),
    /// The counter rose by this many mJ, which is more than a GPU can draw.
    Leap(u64),
    /// The counter moved for the first time since it was first read, by more than a GPU can draw in that time: it moves
    /// seldom, and shows the energy since its last step, which was not seen.
    FirstStep,
}

impl Counter {
    /// A counter that is read for the first time.
    pub(super) const fn new(value: u64, uptime: Span) -> Counter {
        Counter { value, moved: uptime, has_moved: false, odd: None }
    }

    /// A counter that was read before, such as by an earlier process, and last moved at a known time.
    pub(super) const fn resumed(value: u64, moved: Span, odd: Option<OddValue>) -> Counter {
        Counter { value, moved, has_moved: true, odd }
    }

    /// The last value that was accepted, in mJ, and the time at which it last changed, since boot.
    pub(super) const fn accepted(&self) -> (u64, Span) {
        (self.value, self.moved)
    }

    /// The value that the counter shows now, if it cannot follow the accepted one.
    pub(super) const fn odd(&self) -> Option<OddValue> {
        self.odd
    }

    /// Compares a value with those before it.
    pub(super) fn judge(&mut self, value: u64, uptime: Span, limits: &Limits) -> Judgement {
        let is_jitter = value < self.value && self.value - value <= JITTER;
        let value = if is_jitter { self.value } else { value };
        let rise_from = |before: u64, since: Span| {
            let rise = value.checked_sub(before)?;
            let most = limits.ceiling * (uptime.saturating_sub(since) + LAG);
            (Energy::from_millijoules(rise) <= most).then_some(rise)
        };
        if let Some(millijoules) = rise_from(self.value, self.moved) {
            let before = *self;
            if millijoules > 0 {
                (self.value, self.moved, self.has_moved) = (value, uptime, true);
            }
            let between = match self.odd.take() {
                None => Between::Nothing,
                Some(OddValue { is_repeated: true, .. }) => Between::Outliers,
                Some(odd) if (before.value..=value).contains(&odd.millijoules) => Between::Early,
                Some(_) => Between::Outlier,
            };
            if between == Between::Early && !before.has_moved {
                return Judgement::FirstStep;
            }
            return Judgement::Rise { millijoules, between };
        }
        let leap = value.checked_sub(self.value);
        let first =
            OddValue { since: uptime, millijoules: value, moved: uptime, is_repeated: false };
        let Some(odd) = self.odd.replace(first) else {
            return Judgement::Odd { is_repeated: false };
        };
        let Some(rise) = rise_from(odd.millijoules, odd.moved) else {
            // A counter that leaps at each reading goes on from here; one that falls may still return.
            return match leap {
                Some(leap) => {
                    *self = Counter::resumed(value, uptime, None);
                    Judgement::Leap(leap)
                }
                None => {
                    self.odd = Some(OddValue { is_repeated: true, ..first });
                    Judgement::Odd { is_repeated: true }
                }
            };
        };
        let moved = if rise > 0 { uptime } else { odd.moved };
        if uptime.saturating_sub(odd.since) < CONFIRMED_AFTER {
            self.odd = Some(OddValue { millijoules: value, moved, ..odd });
            return Judgement::Odd { is_repeated: false };
        }
        let (shown, stood) = (rise_from(0, self.moved), uptime.saturating_sub(self.moved));
        let most = limits.ceiling * (stood + LONGEST_STEP);
        let has_moved = self.has_moved;
        *self = Counter::resumed(value, moved, None);
        match leap {
            None => Judgement::Reset(shown),
            Some(leap) if !has_moved && Energy::from_millijoules(leap) <= most => {
                Judgement::FirstStep
            }
            Some(leap) => Judgement::Leap(leap),
        }
    }

    /// Judges the first value after a restart at a known time.
    pub(super) fn after_restart(
        value: u64,
        since: Span,
        uptime: Span,
        limits: &Limits,
    ) -> (Counter, Option<u64>) {
        let most = limits.ceiling * (since + LAG);
        let shown = (Energy::from_millijoules(value) <= most).then_some(value);
        (Counter::resumed(value, uptime, None), shown)
    }
}
