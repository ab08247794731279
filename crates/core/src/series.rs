//! Carbon intensity over time: piecewise constant, with gaps.

use alloc::vec::Vec;

use crate::steps::{StepChange, Steps};
use crate::time::{Interval, SLOT, Span, Timestamp};
use crate::units::Intensity;

/// A series of intensities. Each value holds from its timestamp to the next one, but no longer than one
/// [step](Series::step_at); the last one holds for one step. Time that no value covers is a gap.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    points: Vec<(Timestamp, Intensity)>,
    steps: Steps,
}

/// An error in the points of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    /// A series without a point.
    #[error("a series needs at least one value")]
    Empty,
    /// Two points have the same timestamp.
    #[error("two values for the same time, {} seconds after 1970-01-01T00:00:00Z", .0.as_unix_seconds())]
    Duplicate(Timestamp),
}

/// An interval in which one value holds, or none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// The interval.
    pub interval: Interval,
    /// The value that holds in it; `None` in a gap.
    pub intensity: Option<Intensity>,
}

/// The number of missing values up to which a value is searched near its place in a series without gaps.
const NEAR: usize = 128;

impl Series {
    /// A series of points in any order. Its steps are the distances between neighbours that stand several times in a row,
    /// each where it does; otherwise the most common distance (of equally common ones, the shortest), and five minutes for a
    /// single point.
    ///
    /// # Errors
    ///
    /// When there is no point, or two have the same timestamp.
    pub fn new(points: Vec<(Timestamp, Intensity)>) -> Result<Series, SeriesError> {
        let points = sorted(points)?;
        let times: Vec<Timestamp> = points.iter().map(|&(time, _)| time).collect();
        let steps = Steps::of(&times).unwrap_or(Steps::uniform(SLOT));
        Ok(Series { points, steps })
    }

    /// A series of points in any order, with a known step.
    ///
    /// # Errors
    ///
    /// When there is no point, or two have the same timestamp.
    pub fn with_step(
        points: Vec<(Timestamp, Intensity)>,
        step: Span,
    ) -> Result<Series, SeriesError> {
        Ok(Series { points: sorted(points)?, steps: Steps::uniform(step) })
    }

    /// A series of points in any order whose steps are known: `usual`, unless there are changes, which are in order of
    /// time.
    ///
    /// # Errors
    ///
    /// When there is no point, or two have the same timestamp.
    pub fn with_changes(
        points: Vec<(Timestamp, Intensity)>,
        usual: Span,
        changes: Vec<StepChange>,
    ) -> Result<Series, SeriesError> {
        Ok(Series { points: sorted(points)?, steps: Steps::with_changes(usual, changes) })
    }

    /// One value for all time.
    #[must_use]
    pub fn constant(intensity: Intensity) -> Series {
        let points = alloc::vec![(Timestamp::FIRST, intensity)];
        Series { points, steps: Steps::uniform(Span::ALL) }
    }

    /// The longest time for which most values hold.
    #[must_use]
    pub fn step(&self) -> Span {
        self.steps.usual()
    }

    /// The longest time for which the value at a time holds.
    #[must_use]
    pub fn step_at(&self, time: Timestamp) -> Span {
        self.steps.at(time)
    }

    /// The changes of the step in order of time, with the step of the first value; empty where the step never changes.
    #[must_use]
    pub fn step_changes(&self) -> &[StepChange] {
        self.steps.changes()
    }

    /// The intervals between two values that no value covers, in order of time.
    pub fn gaps(&self) -> impl Iterator<Item = Interval> + '_ {
        let pairs = self.points.iter().zip(self.points.iter().skip(1));
        pairs.filter_map(|(&(start, _), &(next, _))| {
            let until = start + self.step_at(start);
            (until < next).then(|| Interval::new(until, next))
        })
    }

    /// The values and their timestamps, in order of time; never empty.
    #[must_use]
    pub fn points(&self) -> &[(Timestamp, Intensity)] {
        &self.points
    }

    /// The interval from the first value to the end of the last, gaps included.
    #[must_use]
    pub fn extent(&self) -> Interval {
        match (self.points.first(), self.points.last()) {
            (Some(&(start, _)), Some(&(last, _))) => {
                Interval::new(start, last + self.step_at(last))
            }
            _ => Interval::instant(Timestamp::EPOCH), // not reached: a series has a point
        }
    }

    /// The segment at a time: a value and the interval in which it holds, or a gap. Before the first value and after
    /// the last, the gap is returned as the instant.
    #[must_use]
    pub fn at(&self, time: Timestamp) -> Segment {
        let next = self.begun_by(time);
        let following = self.points.get(next).map(|&(start, _)| start);
        let Some(&(start, intensity)) = next.checked_sub(1).and_then(|last| self.points.get(last))
        else {
            return Segment { interval: Interval::instant(time), intensity: None };
        };
        let held_until = start + self.step_at(start);
        let until = following.map_or(held_until, |following| following.min(held_until));
        if time < until {
            Segment { interval: Interval::new(start, until), intensity: Some(intensity) }
        } else {
            let gap = Interval::new(until, following.unwrap_or(time));
            Segment { interval: gap, intensity: None }
        }
    }

    /// The last value at or before a time, with its timestamp, however old it is.
    #[must_use]
    pub fn latest(&self, time: Timestamp) -> Option<(Timestamp, Intensity)> {
        let next = self.begun_by(time);
        next.checked_sub(1).and_then(|last| self.points.get(last)).copied()
    }

    /// The number of values whose timestamps are at or before a time.
    pub(crate) fn begun_by(&self, time: Timestamp) -> usize {
        let has_begun = |at: usize| self.points.get(at).is_some_and(|&(start, _)| start <= time);
        // Without gaps this number is the time over the step; gaps make it smaller.
        let since =
            self.points.first().map_or(Span::ZERO, |&(first, _)| time.duration_since(first));
        let steps = since.as_micros() / self.step().as_micros().max(1);
        let guess =
            usize::try_from(steps).unwrap_or(usize::MAX).min(self.points.len().saturating_sub(1))
                + 1;
        if has_begun(guess - 1) && !has_begun(guess) {
            return guess;
        }
        let near = guess.saturating_sub(NEAR);
        let (from, to) = if has_begun(near) && !has_begun(guess) {
            (near, guess)
        } else {
            (0, self.points.len())
        };
        let points = self.points.get(from..to).unwrap_or_default();
        from + points.partition_point(|&(start, _)| start <= time)
    }

    /// The segments of an interval, cut where the value changes: in order, without holes between them, each with its
    /// value or none. The empty interval has one segment, its instant.
    #[must_use]
    pub fn segments(&self, interval: Interval) -> Segments<'_> {
        Segments { series: self, rest: Some(interval) }
    }
}

/// An iterator over the segments of an interval; see [`Series::segments`].
#[derive(Debug, Clone)]
pub struct Segments<'a> {
    series: &'a Series,
    rest: Option<Interval>,
}

impl Iterator for Segments<'_> {
    type Item = Segment;

    fn next(&mut self) -> Option<Segment> {
        let rest = self.rest.take()?;
        let Segment { interval, intensity } = self.series.at(rest.start());
        let changes_at = if interval.end() > rest.start() {
            interval.end()
        } else if self.series.extent().start() > rest.start() {
            self.series.extent().start() // before the first value
        } else {
            rest.end() // after the last one
        };
        let (now, later) = rest.split_at(changes_at);
        self.rest = later.filter(|_| now.is_some());
        Some(Segment { interval: now.unwrap_or(rest), intensity })
    }
}

fn sorted(
    mut points: Vec<(Timestamp, Intensity)>,
) -> Result<Vec<(Timestamp, Intensity)>, SeriesError> {
    if points.is_empty() {
        return Err(SeriesError::Empty);
    }
    points.sort_by_key(|&(start, _)| start);
    match points.iter().zip(points.iter().skip(1)).find(|(a, b)| a.0 == b.0) {
        Some((twice, _)) => Err(SeriesError::Duplicate(twice.0)),
        None => Ok(points),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_unix_seconds(minutes * 60)
    }

    fn series(points: &[(i64, f64)]) -> Series {
        let points = points
            .iter()
            .map(|&(minutes, grams)| {
                (at(minutes), Intensity::from_grams_per_kilowatt_hour(grams).unwrap())
            })
            .collect();
        Series::new(points).unwrap()
    }

    /// The segments as (from minute, to minute, grams).
    fn cut(series: &Series, from: i64, to: i64) -> Vec<(i64, i64, Option<f64>)> {
        let minutes = |t: Timestamp| t.as_unix_micros() / 60_000_000;
        series
            .segments(Interval::new(at(from), at(to)))
            .map(|s| {
                let grams = s.intensity.map(Intensity::as_grams_per_kilowatt_hour);
                (minutes(s.interval.start()), minutes(s.interval.end()), grams)
            })
            .collect()
    }

    #[test]
    fn a_value_holds_until_the_next_and_the_last_for_one_step() {
        let series = series(&[(0, 100.0), (5, 0.0), (10, 300.0)]);
        assert_eq!(
            cut(&series, -7, 20),
            [
                (-7, 0, None),
                (0, 5, Some(100.0)),
                (5, 10, Some(0.0)),
                (10, 15, Some(300.0)),
                (15, 20, None)
            ]
        );
        assert_eq!(cut(&series, 6, 8), [(6, 8, Some(0.0))], "inside one value");
        assert_eq!(cut(&series, 5, 5), [(5, 5, Some(0.0))], "an instant");
        assert_eq!(cut(&series, 15, 15), [(15, 15, None)]);
        assert_eq!(cut(&series, 90, 95), [(90, 95, None)]);
    }

    #[test]
    fn values_are_found_near_their_place_and_far_from_it() {
        // Every value, all but some, two steps mixed, and hardly any.
        let patterns: [fn(i64) -> bool; 4] = [
            |_| true,
            |slot| slot % 7 != 3,
            |slot| slot < 500 || slot % 2 == 0,
            |slot| slot % 450 == 0,
        ];
        for is_present in patterns {
            let points: Vec<(i64, f64)> =
                (0..1000).filter(|&slot| is_present(slot)).map(|slot| (5 * slot, 1.0)).collect();
            let series = series(&points);
            for minute in -7..5020 {
                let begun = points.iter().filter(|&&(start, _)| start <= minute).count();
                assert_eq!(series.begun_by(at(minute)), begun, "{minute}");
            }
        }
        assert_eq!(Series::constant(Intensity::ZERO).begun_by(Timestamp::EPOCH), 1);
    }

    #[test]
    fn gaps_are_preserved() {
        let series = series(&[(30, 3.0), (0, 1.0), (5, 2.0), (10, 9.0)]);
        assert_eq!(series.step(), SLOT);
        assert_eq!(
            cut(&series, 5, 35),
            [(5, 10, Some(2.0)), (10, 15, Some(9.0)), (15, 30, None), (30, 35, Some(3.0))]
        );
        assert_eq!(series.at(at(20)).interval, Interval::new(at(15), at(30)));
    }

    #[test]
    fn a_series_of_two_steps_holds_for_the_common_one() {
        // A grid that publishes every half hour, and for a while every quarter.
        let series = series(&[(0, 1.0), (30, 2.0), (60, 3.0), (75, 4.0), (90, 5.0), (120, 6.0)]);
        assert_eq!(series.step(), Span::from_seconds(1800));
        assert!(cut(&series, 0, 150).iter().all(|(_, _, grams)| grams.is_some()));
    }

    #[test]
    fn a_constant_holds_always() {
        let grams = Intensity::from_grams_per_kilowatt_hour(400.0).unwrap();
        let series = Series::constant(grams);
        for time in [Timestamp::FIRST, Timestamp::EPOCH, at(1_000_000_000)] {
            assert_eq!(series.at(time).intensity, Some(grams));
        }
        assert_eq!(cut(&series, -7, 20), [(-7, 20, Some(400.0))]);
    }

    #[test]
    fn two_values_for_one_time_are_an_error() {
        let one = Intensity::ZERO;
        let twice = vec![(at(5), one), (at(0), one), (at(5), one)];
        assert_eq!(Series::new(twice), Err(SeriesError::Duplicate(at(5))));
        assert_eq!(Series::new(vec![]), Err(SeriesError::Empty));
        assert_eq!(Series::new(vec![(at(5), one)]).unwrap().step(), SLOT);
    }

    #[test]
    fn the_latest_value_has_its_own_timestamp() {
        let series = series(&[(0, 100.0), (5, 200.0)]);
        assert_eq!(series.latest(at(-1)), None);
        assert_eq!(series.latest(at(7)).unwrap().0, at(5));
        assert_eq!(series.latest(at(700)).unwrap().0, at(5));
        assert_eq!(series.extent(), Interval::new(at(0), at(10)));
    }
}
