//! The exposures of consecutive steps.

use crate::exposure::amount::Exposure;
use crate::exposure::integral::{Exposures, Integral};
use crate::time::{Span, Timestamp};
use crate::units::Intensity;

/// An iterator over the exposures of steps of one length, each from the end of the one before. It equals
/// [`over`](Exposures::over) for each step, without a look-up for each. The time must be covered: in a gap it
/// continues with the last value.
#[derive(Debug, Clone)]
pub(crate) struct ExposureSteps<'a> {
    /// The points from the value that holds now on.
    points: &'a [(Timestamp, Intensity)],
    /// The integrals up to these points.
    before: &'a [Integral],
    now: Timestamp,
    step: Span,
}

impl<'a> ExposureSteps<'a> {
    /// The steps from a time on.
    pub(crate) fn of(
        exposures: &'a Exposures<'_>,
        start: Timestamp,
        step: Span,
    ) -> ExposureSteps<'a> {
        let series = exposures.series();
        let holds = series.begun_by(start).saturating_sub(1);
        let points = series.points().get(holds..).unwrap_or_default();
        ExposureSteps {
            points,
            before: exposures.sums().get(holds..).unwrap_or_default(),
            now: start,
            step,
        }
    }
}

impl Iterator for ExposureSteps<'_> {
    type Item = Exposure;

    #[inline(never)] // of each copy every byte is downloaded
    fn next(&mut self) -> Option<Exposure> {
        let end = self.now + self.step;
        // Where the steps are the series' own, the sums are known.
        if let ([(start, _), points @ ..], [from, before @ ..]) = (self.points, self.before)
            && let ([(next, _), ..], [to, ..]) = (points, before)
            && (*start, *next) == (self.now, end)
        {
            *self = ExposureSteps { points, before, now: end, step: self.step };
            return Some(to.exposure.after(from.exposure));
        }
        let mut piece = Exposure::ZERO;
        loop {
            let (&(_, intensity), later) = self.points.split_first()?;
            let next = later.first().map(|&(next, _)| next).filter(|&next| next <= end);
            let until = next.unwrap_or(end);
            piece = piece.with(Exposure::new(intensity, until.duration_since(self.now)));
            self.now = until;
            if next.is_some() {
                self.points = later;
                self.before = self.before.get(1..).unwrap_or_default();
            }
            if until == end {
                return Some(piece);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::Series;
    use crate::time::Interval;
    use proptest::prelude::*;
    use std::vec::Vec;

    proptest! {
        #[test]
        fn steps_equal_single_look_ups(
            grams in prop::collection::vec(0.0..1e4_f64, 2..40),
            held in 1_u64..5_000,
            offset in 0_u64..5_000,
            step in 1_u64..5_000,
        ) {
            let held = Span::from_seconds(held);
            let at = |index: u64| Timestamp::EPOCH + Span::from_micros(index * held.as_micros());
            let values = grams.iter().map(|&grams| Intensity::from_grams_per_kilowatt_hour(grams).unwrap());
            let series = Series::with_step((0..).map(at).zip(values).collect(), held).unwrap();
            let exposures = Exposures::of(&series);
            let mut start = Timestamp::EPOCH + Span::from_seconds(offset);
            let step = Span::from_seconds(step);
            let mut expected = Vec::new();
            while let Ok(exposure) = exposures.over(Interval::new(start, start + step)) {
                expected.push(exposure);
                start = start + step;
            }
            let start = Timestamp::EPOCH + Span::from_seconds(offset);
            let found: Vec<_> = ExposureSteps::of(&exposures, start, step).take(expected.len()).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
