//! A series of another year, mapped onto today by the time of year.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use gpu_carbon_core::{Intensity, Interval, Series, SeriesError, Timestamp};

/// The last twelve months of `recorded`, moved to the calendar years that `window` lies in, and cut to it.
///
/// What was recorded on 1 June at 12:00 UTC then holds on any year's 1 June at 12:00 UTC. A 29 February
/// without a year to stand in is left out, and one that was never recorded repeats the 28th. A gap stays
/// a gap.
///
/// # Errors
///
/// When nothing was recorded for that time of the year.
pub fn onto(recorded: &Series, window: Interval) -> Result<Series, SeriesError> {
    let (Some(first), Some(last)) = (utc(window.start()), utc(window.end())) else {
        return Err(SeriesError::Empty);
    };
    let recorded_points = last_twelve_months(recorded);
    let has_leap_day = recorded_points
        .iter()
        .filter_map(|&(moment, _)| utc(moment))
        .any(|moment| (moment.month(), moment.day()) == (2, 29));
    // Twelve months that end on 29 February have a part of the 28th twice: the later one holds.
    let mut points = BTreeMap::new();
    for &(moment, intensity) in recorded_points {
        let Some(was) = utc(moment) else { continue };
        // From the year before: a value holds on past New Year's Eve.
        for year in first.year() - 1..=last.year() {
            for day in days_in(year, was, has_leap_day) {
                let replayed = Timestamp::from_unix_micros(
                    day.and_time(was.time()).and_utc().timestamp_micros(),
                );
                if replayed < window.end() && replayed + recorded.step() > window.start() {
                    points.insert(replayed, intensity);
                }
            }
        }
    }
    Series::with_step(points.into_iter().collect(), recorded.step())
}

/// The values that held in the last twelve months, also the one that began before them.
fn last_twelve_months(recorded: &Series) -> &[(Timestamp, Intensity)] {
    let start = utc(recorded.extent().end())
        .and_then(|end| end.checked_sub_months(Months::new(12)))
        .map_or(Timestamp::FIRST, |start| Timestamp::from_unix_micros(start.timestamp_micros()));
    let first = recorded.at(start).interval.start();
    let before = recorded.points().partition_point(|&(moment, _)| moment < first);
    recorded.points().get(before..).unwrap_or_default()
}

/// The days of a year on which a recorded day is replayed: one, none, or the 28th and 29th of February.
fn days_in(year: i32, was: DateTime<Utc>, has_leap_day: bool) -> impl Iterator<Item = NaiveDate> {
    let same = NaiveDate::from_ymd_opt(year, was.month(), was.day());
    let repeats = (was.month(), was.day()) == (2, 28) && !has_leap_day;
    let leap = NaiveDate::from_ymd_opt(year, 2, 29).filter(|_| repeats);
    same.into_iter().chain(leap)
}

fn utc(moment: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(moment.as_unix_micros())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_core::Span;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_unix_micros(text.parse::<DateTime<Utc>>().unwrap().timestamp_micros())
    }

    /// Hourly values that tell their month, day and hour: 60215 is 15 h on 2 June.
    fn recorded(from: &str, to: &str) -> Series {
        let (mut now, end, mut points) = (at(from), at(to), Vec::new());
        while now < end {
            let t = utc(now).unwrap();
            let tells = t.month() * 10_000
                + t.day() * 100
                + t.format("%H").to_string().parse::<u32>().unwrap();
            points.push((now, Intensity::from_grams_per_kilowatt_hour(f64::from(tells)).unwrap()));
            now = now + Span::from_seconds(3600);
        }
        Series::new(points).unwrap()
    }

    fn replayed(recorded: &Series, moment: &str) -> Option<f64> {
        let moment = at(moment);
        let window = Interval::new(moment - Span::from_days(3), moment + Span::from_days(3));
        let series = onto(recorded, window).ok()?;
        series.at(moment).intensity.map(Intensity::as_grams_per_kilowatt_hour)
    }

    #[test]
    fn the_same_moment_of_the_year_holds() {
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
    fn a_leap_day_that_was_never_recorded_repeats_the_day_before() {
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
    fn what_was_not_recorded_stays_missing() {
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
            let moment = first.unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();
            let grams = Intensity::from_grams_per_kilowatt_hour(f64::from(month)).unwrap();
            (Timestamp::from_unix_micros(moment.timestamp_micros()), grams)
        });
        let series = Series::new(months.collect()).unwrap();
        assert_eq!(replayed(&series, "2026-03-20T00:00:00Z"), Some(3.0));
        assert_eq!(replayed(&series, "2026-02-20T00:00:00Z"), Some(14.0));
    }
}
