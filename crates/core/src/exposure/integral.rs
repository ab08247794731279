//! The integral of a series over any interval.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use crate::exposure::amount::Exposure;
use crate::series::Series;
use crate::time::{Interval, Span, Timestamp};
use crate::units::Intensity;

/// A series with its integral, which gives the exposure of any interval in the time of one look-up.
#[derive(Debug, Clone)]
pub struct Exposures<'a> {
    series: Cow<'a, Series>,
    /// The integral up to each value.
    before: Vec<Integral>,
    /// The integral up to the end of the last value.
    all: Integral,
}

/// The integral of a series from its first value up to some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Integral {
    pub(crate) exposure: Exposure,
    /// The length of the time that no value covers.
    pub(crate) gaps: Span,
}

impl Integral {
    const ZERO: Integral = Integral { exposure: Exposure::ZERO, gaps: Span::ZERO };
}

/// The series does not cover the time that a plan would need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CoverageError {
    /// A part of it lies before the first value or after the last one.
    #[error("the series does not reach that far")]
    Outside {
        /// The interval that the series covers, gaps included.
        covered: Interval,
    },
    /// A gap in the interval.
    #[error("the series has a gap there")]
    Gap {
        /// The first gap.
        gap: Interval,
    },
}

impl<'a> Exposures<'a> {
    /// The integral of a series.
    #[must_use]
    pub fn of(series: &'a Series) -> Exposures<'a> {
        Exposures::integrate(Cow::Borrowed(series))
    }

    /// The integral of a series, which it owns, for repeated use.
    #[must_use]
    pub fn owning(series: Series) -> Exposures<'static> {
        Exposures::integrate(Cow::Owned(series))
    }

    fn integrate(series: Cow<'a, Series>) -> Exposures<'a> {
        let mut before = Vec::with_capacity(series.points().len());
        let mut sum = Integral::ZERO;
        for (held, gap, intensity) in held_and_gap(&series) {
            before.push(sum);
            sum = Integral {
                exposure: sum.exposure + Exposure::new(intensity, held),
                gaps: sum.gaps + gap,
            };
        }
        Exposures { series, before, all: sum }
    }

    /// The series.
    #[must_use]
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// The integral up to each value.
    pub(crate) fn sums(&self) -> &[Integral] {
        &self.before
    }

    /// The exposure over an interval.
    ///
    /// # Errors
    ///
    /// When the series does not cover all of it.
    pub fn over(&self, interval: Interval) -> Result<Exposure, CoverageError> {
        let covered = self.series.extent();
        if interval.start() < covered.start() || interval.end() > covered.end() {
            return Err(CoverageError::Outside { covered });
        }
        let begun = self.series.begun_by(interval.start());
        // Within one value, no difference of sums is needed; over a constant since the first timestamp it would
        // overflow.
        let points = self.series.points();
        let value = begun.checked_sub(1).and_then(|last| points.get(last));
        let next = points.get(begun).map_or(covered.end(), |&(next, _)| next);
        if let Some(&(start, intensity)) = value
            && interval.end() <= next.min(start + self.series.step_at(start))
        {
            return Ok(Exposure::new(intensity, interval.length()));
        }
        let (from, to) = (self.up_to(interval.start(), begun), self.until(interval.end()));
        if from.gaps != to.gaps {
            let gap = self.series.segments(interval).find(|segment| segment.intensity.is_none());
            let gap =
                gap.map_or(interval, |segment| self.series.at(segment.interval.start()).interval);
            return Err(CoverageError::Gap { gap });
        }
        Ok(to.exposure - from.exposure)
    }

    /// The mean intensity over the covered part of an interval; `None` if no part is covered.
    #[must_use]
    pub fn mean_of_covered(&self, interval: Interval) -> Option<Intensity> {
        let extent = self.series.extent();
        let start = interval.start().max(extent.start());
        let within = Interval::new(start, interval.end().min(extent.end()));
        let (from, to) = (self.until(within.start()), self.until(within.end()));
        let covered = within.length().saturating_sub(to.gaps.saturating_sub(from.gaps));
        (to.exposure - from.exposure).mean_over(covered)
    }

    /// The integral from the first value to a time within the extent.
    pub(crate) fn until(&self, time: Timestamp) -> Integral {
        self.up_to(time, self.series.begun_by(time))
    }

    /// The same, if the number of values that have begun by then is known.
    fn up_to(&self, time: Timestamp, begun: usize) -> Integral {
        let last = begun
            .checked_sub(1)
            .and_then(|last| Some((self.before.get(last)?, self.series.points().get(last)?)));
        let Some((&sum, &(start, intensity))) = last else {
            return Integral::ZERO;
        };
        if time >= self.series.extent().end() {
            return self.all;
        }
        let since = time.duration_since(start);
        if since == Span::ZERO {
            return sum;
        }
        let held = since.min(self.series.step_at(start));
        Integral {
            exposure: sum.exposure + Exposure::new(intensity, held),
            gaps: sum.gaps + time.duration_since(start + held),
        }
    }
}

/// The time for which each point holds, the length of the gap after it, and its value.
fn held_and_gap(series: &Series) -> impl Iterator<Item = (Span, Span, Intensity)> + '_ {
    let points = series.points();
    let next = points.iter().skip(1).map(|&(start, _)| Some(start)).chain([None]);
    points.iter().zip(next).map(|(&(start, intensity), next)| {
        let step = series.step_at(start);
        let until = next.unwrap_or(start + step);
        let held = until.duration_since(start).min(step);
        (held, until.duration_since(start + held), intensity)
    })
}
