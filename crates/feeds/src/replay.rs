//! Replay of a recorded series: values of another year, mapped onto the present by the time of year.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use gpu_carbon_core::{Intensity, Interval, Series, SeriesError, Timestamp};

/// Moves the last twelve months of `recorded` to the calendar years of `window`, and cuts them to it.
///
/// A value recorded on 1 June at 12:00 UTC then holds on 1 June at 12:00 UTC of any year. In years without a 29 February that day
/// is left out; in leap years without a recorded 29 February the 28th is repeated. A gap stays a gap.
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
        .filter_map(|&(time, _)| utc(time))
        .any(|time| (time.month(), time.day()) == (2, 29));
    // Twelve months that end on 29 February have a part of the 28th twice: the later value replaces the earlier one.
    let mut points = BTreeMap::new();
    for &(time, intensity) in recorded_points {
        let Some(time) = utc(time) else { continue };
        // The year before, too: its last value may hold past New Year's Eve.
        for year in first.year() - 1..=last.year() {
            for day in days_in(year, time, has_leap_day) {
                let replayed = Timestamp::from_unix_micros(
                    day.and_time(time.time()).and_utc().timestamp_micros(),
                );
                if replayed < window.end() && replayed + recorded.step() > window.start() {
                    points.insert(replayed, intensity);
                }
            }
        }
    }
    Series::with_step(points.into_iter().collect(), recorded.step())
}

/// The values that hold in the last twelve months, including one that began before them.
fn last_twelve_months(recorded: &Series) -> &[(Timestamp, Intensity)] {
    let start = utc(recorded.extent().end())
        .and_then(|end| end.checked_sub_months(Months::new(12)))
        .map_or(Timestamp::FIRST, |start| Timestamp::from_unix_micros(start.timestamp_micros()));
    let first = recorded.at(start).interval.start();
    let before = recorded.points().partition_point(|&(time, _)| time < first);
    recorded.points().get(before..).unwrap_or_default()
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
