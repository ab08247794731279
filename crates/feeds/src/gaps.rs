//! Gaps of a recorded series, filled from its own values: by holding the last one, or by the same hour of another day.

use gpu_carbon_core::{Intensity, Interval, Series, SeriesError, Span, Timestamp};

/// A rule that fills gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filling {
    /// The value before a gap holds through it, if the gap is at most this long; a longer gap stays.
    Hold(Span),
    /// Each missing value is that of the same time on the nearest day that has one, the earlier of two, within a week. A gap of
    /// more than two weeks stays.
    SameHour,
}

/// A series without its gaps, or without some of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// The series.
    pub series: Series,
    /// The intervals that were filled, in order of time.
    pub intervals: Vec<Interval>,
}

/// The most days between a missing value and the one of [`Filling::SameHour`] that takes its place.
pub const MOST_DAYS: u64 = 7;

/// Fills the gaps between the values of a series. Time before the first value and after the last one is no gap.
///
/// # Errors
///
/// Never in practice: no value is added at a time that has one.
///
/// ```
/// use gpu_carbon_core::Span;
/// use gpu_carbon_feeds::gaps::{Filling, fill};
///
/// let rows = ["00:00:00Z,300", "01:00:00Z,200", "02:00:00Z,100", "04:00:00Z,400"];
/// let rows = rows.map(|row| format!("2020-01-01T{row}\n")).concat();
/// let series = gpu_carbon_feeds::csv::parse(&format!("timestamp_utc,gco2_per_kwh\n{rows}"))?;
/// let filled = fill(&series, Filling::Hold(Span::from_seconds(2 * 3600)))?;
/// assert_eq!((filled.intervals.len(), filled.series.points().len()), (1, 5));
/// assert_eq!(filled.series.gaps().count(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fill(series: &Series, filling: Filling) -> Result<Filled, SeriesError> {
    let mut points = series.points().to_vec();
    let mut intervals = Vec::new();
    for gap in series.gaps() {
        match filling {
            Filling::Hold(longest) if gap.length() > longest => {}
            Filling::Hold(_) => {
                let held = series.latest(gap.start()).map(|(_, intensity)| intensity);
                points.extend(times(series, gap).filter_map(|time| Some((time, held?))));
                intervals.push(gap);
            }
            Filling::SameHour if gap.length() > Span::from_days(2 * MOST_DAYS) => {}
            Filling::SameHour => {
                for time in times(series, gap) {
                    let Some(intensity) = of_nearest_day(series, time) else { continue };
                    points.push((time, intensity));
                    let end = (time + series.step_at(time)).min(gap.end());
                    match intervals.last_mut() {
                        Some(last) if last.end() == time => {
                            *last = Interval::new(last.start(), end);
                        }
                        _ => intervals.push(Interval::new(time, end)),
                    }
                }
            }
        }
    }
    let (usual, changes) = (series.step(), series.step_changes().to_vec());
    Ok(Filled { series: Series::with_changes(points, usual, changes)?, intervals })
}

/// The parts of a series' gaps within an interval.
pub fn within(series: &Series, interval: Interval) -> impl Iterator<Item = Interval> + '_ {
    series.gaps().filter_map(move |gap| {
        let start = gap.start().max(interval.start());
        let end = gap.end().min(interval.end());
        (start < end).then(|| Interval::new(start, end))
    })
}

/// The times at which values are missing in a gap.
fn times(series: &Series, gap: Interval) -> impl Iterator<Item = Timestamp> {
    let step = series.step_at(gap.start()).max(Span::from_seconds(1));
    let count = gap.length().as_micros().div_ceil(step.as_micros());
    (0..count)
        .map(move |index| gap.start() + Span::from_micros(step.as_micros().saturating_mul(index)))
}

fn of_nearest_day(series: &Series, time: Timestamp) -> Option<Intensity> {
    (1..=MOST_DAYS).find_map(|days| {
        let days = Span::from_days(days);
        series.at(time - days).intensity.or_else(|| series.at(time + days).intensity)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HOUR: Span = Span::from_seconds(3600);

    /// Hourly values, of which some are missing; each is its hour.
    fn hours(count: u64, missing: &[u64]) -> Series {
        let point = |hour: u64| {
            let time = Timestamp::EPOCH + Span::from_micros(HOUR.as_micros() * hour);
            let grams = Intensity::from_grams_per_kilowatt_hour(hour as f64);
            (time, grams.unwrap())
        };
        let points = (0..count).filter(|hour| !missing.contains(hour)).map(point);
        Series::with_step(points.collect(), HOUR).unwrap()
    }

    fn grams(series: &Series, hour: u64) -> Option<f64> {
        let time = Timestamp::EPOCH + Span::from_micros(HOUR.as_micros() * hour);
        series.at(time).intensity.map(Intensity::as_grams_per_kilowatt_hour)
    }

    #[test]
    fn a_gap_is_held_up_to_its_limit() {
        let series = hours(48, &[5, 10, 11, 12]);
        let filled = fill(&series, Filling::Hold(Span::from_seconds(2 * 3600))).unwrap();
        assert_eq!((grams(&filled.series, 5), grams(&filled.series, 11)), (Some(4.0), None));
        assert_eq!(filled.intervals.len(), 1);
        let left: Vec<Span> =
            within(&filled.series, series.extent()).map(Interval::length).collect();
        assert_eq!(left, [Span::from_seconds(3 * 3600)]);
        let filled = fill(&series, Filling::Hold(Span::from_seconds(3 * 3600))).unwrap();
        assert_eq!([10, 11, 12].map(|hour| grams(&filled.series, hour)), [Some(9.0); 3]);
        assert_eq!(within(&filled.series, series.extent()).count(), 0);
    }

    #[test]
    fn a_missing_hour_is_that_of_the_nearest_day() {
        let series = hours(24 * 4, &[30, 31, 55]);
        let filled = fill(&series, Filling::SameHour).unwrap().series;
        assert_eq!((grams(&filled, 30), grams(&filled, 31)), (Some(6.0), Some(7.0)));
        assert_eq!(grams(&filled, 55), Some(79.0), "31 is missing, too");
        let early = fill(&hours(24 * 4, &[3]), Filling::SameHour).unwrap();
        assert_eq!(grams(&early.series, 3), Some(27.0), "there is no day before");
        let lonely = fill(&hours(24, &[3]), Filling::SameHour).unwrap();
        assert_eq!((grams(&lonely.series, 3), lonely.intervals.len()), (None, 0));
    }

    proptest! {
        #[test]
        fn no_recorded_value_changes_and_no_gap_grows(missing in prop::collection::btree_set(1_u64..200, 0..60), same in any::<bool>()) {
            let missing: Vec<u64> = missing.into_iter().collect();
            let series = hours(201, &missing);
            let filling = if same { Filling::SameHour } else { Filling::Hold(HOUR) };
            let Filled { series: filled, intervals } = fill(&series, filling).unwrap();
            for &(time, intensity) in series.points() {
                prop_assert_eq!(filled.at(time).intensity, Some(intensity));
            }
            let sum = |intervals: &mut dyn Iterator<Item = Interval>| -> u64 {
                intervals.map(|it| it.length().as_micros()).sum()
            };
            let before = sum(&mut within(&series, series.extent()));
            let after = sum(&mut within(&filled, series.extent()));
            prop_assert_eq!(before, after + sum(&mut intervals.into_iter()));
        }
    }
}
