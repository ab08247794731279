//! Timestamps, lengths of time and intervals, in whole microseconds of UTC. This crate has no clock: time is an
//! argument.

use core::ops::{Add, Sub};

const MICROS_PER_SECOND: i64 = 1_000_000;

/// A time: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The epoch, 1970-01-01T00:00:00Z.
    pub const EPOCH: Timestamp = Timestamp(0);

    /// The first timestamp, 292,000 years before the epoch.
    pub const FIRST: Timestamp = Timestamp(i64::MIN);

    /// Creates a timestamp from microseconds since the epoch.
    #[must_use]
    pub const fn from_unix_micros(micros: i64) -> Timestamp {
        Timestamp(micros)
    }

    /// Creates a timestamp from seconds since the epoch; saturates at the last timestamp, beyond the year 292,000.
    #[must_use]
    pub const fn from_unix_seconds(seconds: i64) -> Timestamp {
        Timestamp(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    /// The microseconds since the epoch.
    #[must_use]
    pub const fn as_unix_micros(self) -> i64 {
        self.0
    }

    /// The seconds since the epoch, to the microsecond for any date near ours.
    #[must_use]
    pub const fn as_unix_seconds(self) -> f64 {
        self.0 as f64 / MICROS_PER_SECOND as f64
    }

    /// The time that has passed since an earlier timestamp; zero when it is not earlier.
    #[must_use]
    pub const fn duration_since(self, earlier: Timestamp) -> Span {
        if self.0 > earlier.0 { Span(self.0.abs_diff(earlier.0)) } else { Span::ZERO }
    }

    /// The timestamp of the same moment after the clock was set: instead of `was`, the clock shows `is`.
    #[must_use]
    pub const fn on_clock_set(self, was: Timestamp, is: Timestamp) -> Timestamp {
        Timestamp(self.0.saturating_add(is.0.saturating_sub(was.0)))
    }

    /// The last multiple of `step` since the epoch that is not after this timestamp.
    #[must_use]
    pub fn floor_to(self, step: Span) -> Timestamp {
        let step = i64::try_from(step.0).unwrap_or(i64::MAX).max(1);
        Timestamp(self.0.saturating_sub(self.0.rem_euclid(step)))
    }
}

impl Add<Span> for Timestamp {
    type Output = Timestamp;
    fn add(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_add_unsigned(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Timestamp;
    fn sub(self, span: Span) -> Timestamp {
        Timestamp(self.0.saturating_sub_unsigned(span.0))
    }
}

/// A length of time, zero or more, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(u64);

impl Span {
    /// A length of zero.
    pub const ZERO: Span = Span(0);

    /// The length from the first timestamp to the last.
    pub const ALL: Span = Span(u64::MAX);

    /// Creates a span from microseconds.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Span {
        Span(micros)
    }

    /// Creates a span from seconds.
    #[must_use]
    pub const fn from_seconds(seconds: u64) -> Span {
        Span(seconds.saturating_mul(MICROS_PER_SECOND.unsigned_abs()))
    }

    /// Creates a span from a number of seconds, to the microsecond; `None` if it is negative, not a number, or too large.
    #[must_use]
    pub fn from_seconds_f64(seconds: f64) -> Option<Span> {
        let duration = core::time::Duration::try_from_secs_f64(seconds).ok()?;
        u64::try_from(duration.as_micros()).ok().map(Span)
    }

    /// Creates a span from days of 24 hours.
    #[must_use]
    pub const fn from_days(days: u64) -> Span {
        Span::from_seconds(days.saturating_mul(86_400))
    }

    /// The microseconds.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The seconds.
    #[must_use]
    pub const fn as_seconds(self) -> f64 {
        self.0 as f64 / MICROS_PER_SECOND as f64
    }

    /// The difference to another span; zero where the other is longer.
    #[must_use]
    pub const fn saturating_sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

/// A slot of five minutes: the step of the paper's intensity series, of the grid on which jobs start and pause, and of
/// the rows in which energy is accounted.
pub const SLOT: Span = Span::from_seconds(300);

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

/// The time from `start` up to, and without, `end`. An empty interval is the instant `start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    start: Timestamp,
    end: Timestamp,
}

impl Interval {
    /// The interval between two timestamps; the instant `start` if `end` is not after it.
    #[must_use]
    pub fn new(start: Timestamp, end: Timestamp) -> Interval {
        Interval { start, end: end.max(start) }
    }

    /// The interval from one reading to the next; the instant of the second if the clock ran backwards.
    pub(crate) fn between(before: Timestamp, at: Timestamp) -> Interval {
        if before <= at { Interval::new(before, at) } else { Interval::instant(at) }
    }

    /// The empty interval at a time.
    #[must_use]
    pub const fn instant(at: Timestamp) -> Interval {
        Interval { start: at, end: at }
    }

    /// The first instant.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        self.start
    }

    /// The first instant after the interval.
    #[must_use]
    pub const fn end(self) -> Timestamp {
        self.end
    }

    /// The length.
    #[must_use]
    pub const fn length(self) -> Span {
        self.end.duration_since(self.start)
    }

    /// The shortest interval that contains both.
    #[must_use]
    pub fn hull(self, other: Interval) -> Interval {
        Interval::new(self.start().min(other.start()), self.end().max(other.end()))
    }

    /// The parts before and after a time; one of them is `None` if the time is not inside.
    #[must_use]
    pub fn split_at(self, at: Timestamp) -> (Option<Interval>, Option<Interval>) {
        if at <= self.start {
            (None, Some(self))
        } else if at >= self.end {
            (Some(self), None)
        } else {
            (Some(Interval::new(self.start, at)), Some(Interval::new(at, self.end)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_floored_before_the_epoch_too() {
        let step = SLOT;
        assert_eq!(
            Timestamp::from_unix_seconds(601).floor_to(step),
            Timestamp::from_unix_seconds(600)
        );
        assert_eq!(
            Timestamp::from_unix_seconds(600).floor_to(step),
            Timestamp::from_unix_seconds(600)
        );
        assert_eq!(
            Timestamp::from_unix_seconds(-1).floor_to(step),
            Timestamp::from_unix_seconds(-300)
        );
        assert_eq!(Timestamp(7).floor_to(Span::ZERO), Timestamp(7));
    }

    #[test]
    fn only_lengths_of_time_are_converted_from_seconds() {
        assert_eq!(Span::from_seconds_f64(0.25), Some(Span::from_micros(250_000)));
        assert_eq!(Span::from_seconds_f64(1e13), Some(Span::from_seconds(10_000_000_000_000)));
        for bad in [-1e-9, f64::NAN, f64::INFINITY, 1e14] {
            assert_eq!(Span::from_seconds_f64(bad), None, "{bad}");
        }
    }

    #[test]
    fn times_saturate_at_both_ends() {
        let last = Timestamp(i64::MAX);
        let first = Timestamp(i64::MIN);
        assert_eq!(last + Span::from_seconds(1), last);
        assert_eq!(first - Span::from_seconds(1), first);
        assert_eq!(last.duration_since(first), Span::ALL);
        assert_eq!(first.duration_since(last), Span::ZERO);
        assert_eq!(first.floor_to(SLOT), first);
        assert_eq!(Timestamp::from_unix_seconds(i64::MAX), last);
    }

    #[test]
    fn a_span_is_zero_seconds_or_more() {
        assert_eq!(Span::from_seconds_f64(0.5), Some(Span::from_micros(500_000)));
        assert_eq!(Span::from_seconds_f64(0.0), Some(Span::ZERO));
        for none in [-1.0, f64::NAN, f64::INFINITY, 1e30] {
            assert_eq!(Span::from_seconds_f64(none), None, "{none}");
        }
    }

    #[test]
    fn intervals_are_split_only_inside() {
        let [a, b, c] = [1, 2, 3].map(Timestamp::from_unix_seconds);
        let whole = Interval::new(a, c);
        assert_eq!(whole.split_at(b), (Some(Interval::new(a, b)), Some(Interval::new(b, c))));
        assert_eq!(whole.split_at(a), (None, Some(whole)));
        assert_eq!(whole.split_at(c), (Some(whole), None));
        assert_eq!(Interval::new(c, a), Interval::instant(c), "an interval never runs backwards");
    }
}
