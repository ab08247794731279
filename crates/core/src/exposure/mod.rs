//! The integral of intensity over time, exact: so that equal choices are equal, and the earliest wins.

mod steps;

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::ops::{Add, AddAssign, Sub};

use crate::series::Series;
use crate::time::{Interval, Span, Timestamp};
use crate::units::{Intensity, Mass, Power};

pub(crate) use steps::ExposureSteps;

/// Intensity times time: what a constant power of one kilowatt emits is this many grams, once the time is
/// said in hours.
///
/// It is held as an integer, in units of 2^-50 g/kWh times a microsecond: sums and differences are exact,
/// whatever their order, where sums of floating-point numbers would make equal choices differ. An
/// intensity is rounded once, to 5e-16 g/kWh.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exposure(i128);

const UNITS_PER_GRAM: f64 = (1_u64 << 50) as f64;
const MICROS_PER_HOUR: f64 = 3.6e9;

/// More than any grid emits for a kilowatt-hour, in g/kWh. Above it an intensity counts as this much, so that no sum over a
/// century can overflow; what reads files of intensities refuses more.
pub const MAX_GRID_GRAMS: f64 = 1e6;

impl Intensity {
    /// Of what claims to be a grid's, in g/kWh; `None` where it is no number from zero to [`MAX_GRID_GRAMS`].
    #[must_use]
    pub fn from_grid_grams(grams: f64) -> Option<Intensity> {
        let intensity = Intensity::from_grams_per_kilowatt_hour(grams).ok();
        intensity.filter(|_| grams <= MAX_GRID_GRAMS)
    }
}

impl Exposure {
    /// No exposure.
    pub const ZERO: Exposure = Exposure(0);

    /// An intensity that holds for a span.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // under 2^70, by the bound
    pub fn new(intensity: Intensity, span: Span) -> Exposure {
        let grams = intensity.as_grams_per_kilowatt_hour();
        let grams = if grams < MAX_GRID_GRAMS { grams } else { MAX_GRID_GRAMS }; // `min` is a call in wasm
        // Rounded half up, without a function that `no_std` lacks.
        let units = grams * UNITS_PER_GRAM + 0.5;
        let micros = span.as_micros();
        // Below 8192 g/kWh, as every grid is, in 64 bits: the processor's own conversion, and a product below 2^127.
        let in_64_bits = units < (1_u64 << 63) as f64;
        Exposure(match u32::try_from(micros) {
            // Within 71 minutes, as a slot is, in two products of 64 bits: wasm has no wider ones.
            Ok(micros) if in_64_bits => {
                let (units, micros) = (units as i64 as u64, u64::from(micros));
                let (high, low) = (units >> 32, units & u64::from(u32::MAX));
                (i128::from(high * micros) << 32) + i128::from(low * micros)
            }
            _ if in_64_bits => i128::from(units as u64).wrapping_mul(i128::from(micros)),
            _ => (units as i128).saturating_mul(i128::from(micros)),
        })
    }

    /// What is left after an earlier part of the same sum: as `-`, where nothing can overflow.
    pub(crate) const fn after(self, part: Exposure) -> Exposure {
        Exposure(self.0.wrapping_sub(part.0))
    }

    /// With a later part: as `+`, where nothing can overflow.
    pub(crate) const fn with(self, part: Exposure) -> Exposure {
        Exposure(self.0.wrapping_add(part.0))
    }

    /// What it is over a span, it would be over another length at the same mean; rounded down.
    pub(crate) fn at_length(self, span: Span, length: Span) -> Exposure {
        let [span, length] = [span, length].map(|it| i128::from(it.as_micros()).max(1));
        Exposure(self.0.saturating_mul(length).div_euclid(span))
    }

    /// As a number, to be ranked by.
    pub(crate) const fn as_units(self) -> u128 {
        self.0.unsigned_abs()
    }

    /// What a constant power emits under it.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // one rounding
    pub fn emissions_of(self, power: Power) -> Mass {
        let gram_hours_per_kilowatt_hour = self.0 as f64 / (UNITS_PER_GRAM * MICROS_PER_HOUR);
        Mass::saturating(power.as_watts() / 1000.0 * gram_hours_per_kilowatt_hour)
    }

    /// The mean intensity over a span; `None` over no time.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // one rounding each, and one of the quotient
    pub fn mean_over(self, span: Span) -> Option<Intensity> {
        let micros = span.as_micros() as f64;
        let grams = || Intensity::saturating(self.0 as f64 / micros / UNITS_PER_GRAM);
        (span > Span::ZERO).then(grams)
    }

    /// The share that it is of a whole; `None` of a whole of nothing.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // one rounding each
    pub fn share_of(self, whole: Exposure) -> Option<f64> {
        (whole != Exposure::ZERO).then(|| self.0 as f64 / whole.0 as f64)
    }
}

impl Add for Exposure {
    type Output = Exposure;
    fn add(self, other: Exposure) -> Exposure {
        Exposure(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Exposure {
    fn add_assign(&mut self, other: Exposure) {
        *self = *self + other;
    }
}

impl Sub for Exposure {
    type Output = Exposure;
    fn sub(self, other: Exposure) -> Exposure {
        Exposure(self.0.saturating_sub(other.0))
    }
}

/// A series with its integral, to ask for the exposure of any interval in the time of one look-up.
#[derive(Debug, Clone)]
pub struct Exposures<'a> {
    series: Cow<'a, Series>,
    /// For each point: the exposure from the first point to it, and how much of that time is a gap.
    before: Vec<(Exposure, Span)>,
    all: (Exposure, Span),
}

/// The time that a plan would need is not covered by the series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CoverageError {
    /// It lies, in part, before the first value or after the last one.
    #[error("the series does not reach that far")]
    Outside {
        /// What the series covers, gaps and all.
        covered: Interval,
    },
    /// There is a gap in it.
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

    /// The integral of a series, kept with it: for whoever asks again and again.
    #[must_use]
    pub fn owning(series: Series) -> Exposures<'static> {
        Exposures::integrate(Cow::Owned(series))
    }

    fn integrate(series: Cow<'a, Series>) -> Exposures<'a> {
        let mut before = Vec::with_capacity(series.points().len());
        let mut sum = (Exposure::ZERO, Span::ZERO);
        for (held, gap, intensity) in held_and_gap(&series) {
            before.push(sum);
            sum = (sum.0 + Exposure::new(intensity, held), sum.1 + gap);
        }
        Exposures { series, before, all: sum }
    }

    /// The series.
    #[must_use]
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// For each value: the exposure up to it, and how much of that time is a gap.
    pub(crate) fn sums(&self) -> &[(Exposure, Span)] {
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
        // Within one value: no difference of sums, which for a constant since the first moment overflow.
        let points = self.series.points();
        let value = begun.checked_sub(1).and_then(|last| points.get(last));
        let next = points.get(begun).map_or(covered.end(), |&(next, _)| next);
        if let Some(&(start, intensity)) = value
            && interval.end() <= next.min(start + self.series.step())
        {
            return Ok(Exposure::new(intensity, interval.length()));
        }
        let ((from, gap_before), (to, gap_after)) =
            (self.up_to(interval.start(), begun), self.until(interval.end()));
        if gap_before != gap_after {
            let gap = self.series.segments(interval).find(|segment| segment.intensity.is_none());
            let gap =
                gap.map_or(interval, |segment| self.series.at(segment.interval.start()).interval);
            return Err(CoverageError::Gap { gap });
        }
        Ok(to - from)
    }

    /// The mean intensity over what is covered of an interval; `None` where nothing of it is.
    #[must_use]
    pub fn mean_of_covered(&self, interval: Interval) -> Option<Intensity> {
        let extent = self.series.extent();
        let start = interval.start().max(extent.start());
        let within = Interval::new(start, interval.end().min(extent.end()));
        let ((from, gaps_before), (to, gaps_after)) =
            (self.until(within.start()), self.until(within.end()));
        let covered = within.length().saturating_sub(gaps_after.saturating_sub(gaps_before));
        (to - from).mean_over(covered)
    }

    /// From the first value to a moment within the extent, and how much of that time is a gap.
    pub(crate) fn until(&self, moment: Timestamp) -> (Exposure, Span) {
        self.up_to(moment, self.series.begun_by(moment))
    }

    /// The same, where so many values have begun by then.
    fn up_to(&self, moment: Timestamp, begun: usize) -> (Exposure, Span) {
        let last = begun
            .checked_sub(1)
            .and_then(|last| Some((self.before.get(last)?, self.series.points().get(last)?)));
        let Some((&(exposure, gaps), &(start, intensity))) = last else {
            return (Exposure::ZERO, Span::ZERO);
        };
        if moment >= self.series.extent().end() {
            return self.all;
        }
        let since = moment.duration_since(start);
        if since == Span::ZERO {
            return (exposure, gaps);
        }
        let held = since.min(self.series.step());
        (exposure + Exposure::new(intensity, held), gaps + (moment.duration_since(start + held)))
    }
}

/// For each point: for how long it holds, how long the gap after it is, and its value.
fn held_and_gap(series: &Series) -> impl Iterator<Item = (Span, Span, Intensity)> + '_ {
    let points = series.points();
    let next = points.iter().skip(1).map(|&(start, _)| Some(start)).chain([None]);
    points.iter().zip(next).map(|(&(start, intensity), next)| {
        let until = next.unwrap_or(start + series.step());
        let held = until.duration_since(start).min(series.step());
        (held, until.duration_since(start + held), intensity)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::SLOT;
    use proptest::prelude::*;
    use std::vec;

    fn grams(value: f64) -> Intensity {
        Intensity::from_grams_per_kilowatt_hour(value).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_seconds(seconds)
    }

    #[test]
    fn the_sum_of_the_parts_is_the_whole_to_the_bit() {
        let tenth = Exposure::new(grams(0.1), Span::from_seconds(300));
        let ten: Exposure = (0..10).fold(Exposure::ZERO, |sum, _| sum + tenth);
        assert_eq!(ten, Exposure::new(grams(0.1), Span::from_seconds(3000)));
        assert_eq!(ten - tenth + tenth, ten);
    }

    #[test]
    fn a_kilowatt_for_an_hour_emits_the_intensity() {
        let hour = Exposure::new(grams(356.9), Span::from_seconds(3600));
        let found = hour.emissions_of(Power::from_watts(1000.0).unwrap()).as_grams();
        assert!((found / 356.9 - 1.0).abs() < 1e-14, "{found}");
        let mean = hour.mean_over(Span::from_seconds(3600)).unwrap();
        assert!((mean.as_grams_per_kilowatt_hour() / 356.9 - 1.0).abs() < 1e-14);
        assert_eq!(hour.mean_over(Span::ZERO), None);
    }

    #[test]
    fn the_most_there_is_does_not_overflow() {
        let most = Exposure::new(grams(f64::MAX), Span::from_days(366 * 100));
        assert!(most > Exposure::ZERO && most + most > most);
        let beyond = Exposure::new(grams(f64::MAX), Span::ALL);
        assert!(beyond > most && beyond + beyond == beyond, "it stays at the most there is");
    }

    #[test]
    fn an_interval_is_covered_or_it_says_why_not() {
        let points = vec![(at(0), grams(100.0)), (at(300), grams(200.0)), (at(900), grams(300.0))];
        let series = Series::with_step(points, SLOT).unwrap();
        let exposures = Exposures::of(&series);
        let over = |from, to| exposures.over(Interval::new(at(from), at(to)));
        assert_eq!(
            over(60, 600),
            Ok(Exposure::new(grams(100.0), Span::from_seconds(240))
                + Exposure::new(grams(200.0), Span::from_seconds(300)))
        );
        assert_eq!(over(900, 1200), Ok(Exposure::new(grams(300.0), Span::from_seconds(300))));
        assert_eq!(
            over(400, 901),
            Err(CoverageError::Gap { gap: Interval::new(at(600), at(900)) })
        );
        let covered = Interval::new(at(0), at(1200));
        assert_eq!(over(900, 1201), Err(CoverageError::Outside { covered }));
        assert_eq!(over(-1, 10), Err(CoverageError::Outside { covered }));
        assert_eq!(over(30, 30), Ok(Exposure::ZERO));
    }

    #[test]
    fn what_is_covered_has_a_mean_and_a_gap_none() {
        let points = vec![(at(0), grams(100.0)), (at(300), grams(200.0)), (at(900), grams(300.0))];
        let series = Series::with_step(points, SLOT).unwrap();
        let exposures = Exposures::owning(series);
        let over = |from, to| {
            let mean = exposures.mean_of_covered(Interval::new(at(from), at(to)));
            mean.map(Intensity::as_grams_per_kilowatt_hour)
        };
        assert_eq!(over(0, 600), Some(150.0));
        assert_eq!(over(300, 1200), Some(250.0), "the gap counts for nothing");
        assert_eq!(over(-600, 300), Some(100.0), "nor does what is before the first value");
        assert_eq!([over(600, 900), over(-600, 0), over(1200, 1500), over(60, 60)], [None; 4]);
    }

    #[test]
    fn a_constant_covers_any_time() {
        for value in [356.9, 1e6] {
            let series = Series::constant(grams(value));
            let found = Exposures::of(&series).over(Interval::new(at(-10), at(1_600_000_000)));
            let expected = Exposure::new(grams(value), Span::from_seconds(1_600_000_010));
            assert_eq!(found, Ok(expected));
        }
    }

    proptest! {
        /// By integers, without a quotient: a mean is no more than another where its exposure is no more than what the
        /// other would be over as much time.
        #[test]
        fn at_another_length_it_ranks_as_its_mean_does(
            values in [0.0..1e3_f64, 0.0..1e3_f64],
            same in any::<bool>(),
            micros in 1_u64..300_000_000,
        ) {
            let (five, short) = (SLOT, Span::from_micros(micros));
            let [whole, part] = if same { [values[0]; 2] } else { values };
            let (whole, part) = (Exposure::new(grams(whole), five), Exposure::new(grams(part), short));
            let at_five = part.at_length(short, five);
            let [micros, all] = [short, five].map(|it| i128::from(it.as_micros()));
            prop_assert_eq!(whole <= at_five, whole.0 * micros <= part.0 * all);
            prop_assert!(!same || whole == at_five);
        }
    }
}
