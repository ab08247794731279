//! Replay of a recorded series: values of another year, mapped onto the present by the time of year.

use core::iter;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use gpu_carbon_core::{Intensity, Interval, Series, SeriesError, Span, StepChange, Timestamp};

/// Moves the last twelve months of `recorded` to the calendar years of `window`, and cuts them to it.
///
/// A value recorded on 1 June at 12:00 UTC then holds on 1 June at 12:00 UTC of any year. In years without a 29 February that day
/// is left out; in leap years without a recorded 29 February the 28th is repeated. A gap stays a gap, but for one of a single
/// step between the end of the record and its beginning: there the last value holds on. So a year that lacks its last hour
/// can be followed past New Year's Eve.
///
/// # Errors
///
/// When nothing was recorded for that time of the year.
pub fn onto(recorded: &Series, window: Interval) -> Result<Series, SeriesError> {
    let start = twelve_months_before(recorded.extent().end());
    let first = recorded.at(start).interval.start();
    let before = recorded.points().partition_point(|&(time, _)| time < first);
    let points = recorded.points().get(before..).unwrap_or_default().iter();
    let points =
        points.map(|&(time, intensity)| Held { time, intensity, step: recorded.step_at(time) });
    onto_window(points, recorded.step(), window)
}

/// Maps a year as [`onto`] does, for values of one step in order of time, of which those outside the window are never stored.
/// `until` is the end of the last one.
///
/// # Errors
///
/// Like [`onto`].
pub(crate) fn points_onto(
    points: impl Iterator<Item = (Timestamp, Intensity)> + Clone,
    step: Span,
    until: Timestamp,
    window: Interval,
) -> Result<Series, SeriesError> {
    let start = twelve_months_before(until);
    let points = points.map(move |(time, intensity)| Held { time, intensity, step });
    onto_window(points.filter(move |point| point.time + point.step > start), step, window)
}

/// A value, and the time for which it holds.
#[derive(Debug, Clone, Copy)]
struct Held {
    time: Timestamp,
    intensity: Intensity,
    step: Span,
}

/// Moves the values of twelve months, in order of time.
fn onto_window(
    recorded: impl Iterator<Item = Held> + Clone,
    usual_step: Span,
    window: Interval,
) -> Result<Series, SeriesError> {
    let (Some(first), Some(last)) = (utc(window.start()), utc(window.end())) else {
        return Err(SeriesError::Empty);
    };
    let has_leap_day = recorded
        .clone()
        .filter_map(|point| utc(point.time))
        .any(|time| (time.month(), time.day()) == (2, 29));
    let last_before_seam = before_seam(recorded.clone());
    let mut moved: Vec<Held> = Vec::new();
    for point in recorded {
        let Some(time) = utc(point.time) else { continue };
        // The year before, too: its last value may hold past New Year's Eve.
        for year in first.year() - 1..=last.year() {
            for day in days_in(year, time, has_leap_day) {
                let replayed = Timestamp::from_unix_micros(
                    day.and_time(time.time()).and_utc().timestamp_micros(),
                );
                let times = if last_before_seam == Some(point.time) { 2 } else { 1 };
                for time in
                    iter::successors(Some(replayed), |&time| Some(time + point.step)).take(times)
                {
                    if time < window.end() && time + point.step > window.start() {
                        moved.push(Held { time, ..point });
                    }
                }
            }
        }
    }
    moved.sort_by_key(|point| point.time);
    // Twelve months that end on 29 February have a part of the 28th twice: the later value replaces the earlier one.
    moved.dedup_by(|later, earlier| {
        let is_twice = later.time == earlier.time;
        if is_twice {
            *earlier = *later;
        }
        is_twice
    });
    let mut changes: Vec<StepChange> = Vec::new();
    for &Held { time: from, step, .. } in &moved {
        if changes.last().is_none_or(|last| last.step != step) {
            changes.push(StepChange { from, step });
        }
    }
    let points = moved.into_iter().map(|point| (point.time, point.intensity));
    Series::with_changes(points.collect(), usual_step, changes)
}

/// The time of the last value, where it ends at most one step before the anniversary of the first one.
fn before_seam(recorded: impl Iterator<Item = Held> + Clone) -> Option<Timestamp> {
    let first = utc(recorded.clone().next()?.time)?.checked_add_months(Months::new(12))?;
    let last = recorded.last()?;
    let end = last.time + last.step;
    let first = Timestamp::from_unix_micros(first.timestamp_micros());
    (first > end && first <= end + last.step).then_some(last.time)
}

/// The time twelve months before the end of a series; the first time of all where there is none.
fn twelve_months_before(end: Timestamp) -> Timestamp {
    utc(end)
        .and_then(|end| end.checked_sub_months(Months::new(12)))
        .map_or(Timestamp::FIRST, |start| Timestamp::from_unix_micros(start.timestamp_micros()))
}

/// The days of a year on which a recorded time is replayed: one, none, or the 28th and 29th of February.
fn days_in(
    year: i32,
    recorded: DateTime<Utc>,
    has_leap_day: bool,
) -> impl Iterator<Item = NaiveDate> {
    let same = NaiveDate::from_ymd_opt(year, recorded.month(), recorded.day());
    let repeats = (recorded.month(), recorded.day()) == (2, 28) && !has_leap_day;
    let leap = NaiveDate::from_ymd_opt(year, 2, 29).filter(|_| repeats);
    same.into_iter().chain(leap)
}

fn utc(time: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(time.as_unix_micros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_core::Span;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_unix_micros(text.parse::<DateTime<Utc>>().unwrap().timestamp_micros())
    }

    /// Hourly values with their month, day and hour as digits: 60215 is 15 h on 2 June.
    fn recorded(from: &str, to: &str) -> Series {
        let (mut now, end, mut points) = (at(from), at(to), Vec::new());
        while now < end {
            let t = utc(now).unwrap();
            let digits = t.month() * 10_000
                + t.day() * 100
                + t.format("%H").to_string().parse::<u32>().unwrap();
            points.push((now, Intensity::from_grams_per_kilowatt_hour(f64::from(digits)).unwrap()));
            now = now + Span::from_seconds(3600);
        }
        Series::new(points).unwrap()
    }

    fn replayed(recorded: &Series, time: &str) -> Option<f64> {
        let time = at(time);
        let window = Interval::new(time - Span::from_days(3), time + Span::from_days(3));
        let series = onto(recorded, window).ok()?;
        series.at(time).intensity.map(Intensity::as_grams_per_kilowatt_hour)
    }

    #[test]
    fn a_year_without_its_last_hour_goes_on_past_new_years_eve() {
        let lacks = |to| recorded("2020-01-01T00:00:00Z", to);
        let year = lacks("2020-12-31T23:00:00Z");
        for (time, expected) in [
            ("2026-12-31T22:30:00Z", Some(123_122.0)),
            ("2026-12-31T23:30:00Z", Some(123_122.0)),
            ("2027-01-01T00:30:00Z", Some(10_100.0)),
        ] {
            assert_eq!(replayed(&year, time), expected, "{time}");
        }
        let [from, until] = ["2026-12-31T23:30:00Z", "2027-01-01T02:00:00Z"].map(at);
        let series = onto(&year, Interval::new(from, until)).unwrap();
        assert!(series.at(from).intensity.is_some(), "a window that begins in the seam");
        let two = lacks("2020-12-31T22:00:00Z");
        assert_eq!(replayed(&two, "2026-12-31T23:30:00Z"), None, "a gap of two hours stays");
    }

    #[test]
    fn values_hold_at_the_same_time_of_any_year() {
        let leap = recorded("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z");
        assert_eq!(replayed(&leap, "2026-06-02T15:59:59Z"), Some(60_215.0));
        assert_eq!(replayed(&leap, "2026-12-31T23:59:59Z"), Some(123_123.0));
        assert_eq!(replayed(&leap, "2027-01-01T00:00:00Z"), Some(10_100.0));
        assert_eq!(
            replayed(&leap, "2027-03-01T00:00:00Z"),
            Some(30_100.0),
            "no 29 February in 2027"
        );
        assert_eq!(replayed(&leap, "2028-02-29T07:30:00Z"), Some(22_907.0));
    }

    #[test]
    fn a_leap_day_without_a_record_repeats_the_day_before() {
        let common = recorded("2021-01-01T00:00:00Z", "2022-01-01T00:00:00Z");
        assert_eq!(replayed(&common, "2028-02-29T07:30:00Z"), Some(22_807.0));
        assert_eq!(replayed(&common, "2028-03-01T07:30:00Z"), Some(30_107.0));
    }

    #[test]
    fn of_several_years_the_last_twelve_months_are_replayed() {
        let long = recorded("2019-05-01T00:00:00Z", "2021-09-01T00:00:00Z");
        for day in ["2026-08-31T12:00:00Z", "2026-09-01T12:00:00Z", "2026-04-30T12:00:00Z"] {
            assert!(replayed(&long, day).is_some(), "{day}");
        }
    }

    #[test]
    fn times_without_a_record_stay_missing() {
        let june = recorded("2020-06-01T00:00:00Z", "2020-07-01T00:00:00Z");
        assert_eq!(replayed(&june, "2026-06-30T23:00:00Z"), Some(63_023.0));
        assert_eq!(replayed(&june, "2026-07-01T00:00:00Z"), None);
        assert_eq!(replayed(&june, "2026-11-01T00:00:00Z"), None);
    }

    #[test]
    fn twelve_months_that_end_on_a_leap_day_are_replayed() {
        let long = recorded("2018-06-01T00:00:00Z", "2020-02-29T12:00:00Z");
        assert_eq!(replayed(&long, "2026-02-28T18:30:00Z"), Some(22_818.0));
        assert_eq!(replayed(&long, "2026-03-01T00:00:00Z"), Some(30_100.0));
        assert_eq!(replayed(&long, "2028-02-29T11:00:00Z"), Some(22_911.0));
    }

    #[test]
    fn a_value_that_began_before_the_twelve_months_holds_in_them() {
        // Monthly values, of which each holds for 31 days at most: the twelve months begin on 3 March.
        let months = (1..=14).map(|month| {
            let first =
                NaiveDate::from_ymd_opt(2019 + month / 13, (month - 1).cast_unsigned() % 12 + 1, 1);
            let time = first.unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();
            let grams = Intensity::from_grams_per_kilowatt_hour(f64::from(month)).unwrap();
            (Timestamp::from_unix_micros(time.timestamp_micros()), grams)
        });
        let series = Series::new(months.collect()).unwrap();
        assert_eq!(replayed(&series, "2026-03-20T00:00:00Z"), Some(3.0));
        assert_eq!(replayed(&series, "2026-02-20T00:00:00Z"), Some(14.0));
    }
}
