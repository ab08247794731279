//! The calendar in UTC: the bounds of years, and the starts of the paper's jobs.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime};
use gpu_carbon_core::{Interval, Span, Timestamp};

/// The days of each month on which the jobs of the paper start, at 00:00 UTC: 60 starts a year (Dodge et al., FAccT 2022,
/// section 5).
pub const PAPER_DAYS: [u32; 5] = [1, 7, 13, 19, 25];

/// A calendar year, from its first midnight to that of the next year; `None` where chrono's calendar ends (about 262,000 years
/// either side of year 0).
///
/// ```
/// use gpu_carbon_core::Span;
/// use gpu_carbon_feeds::calendar::year;
/// assert_eq!([2020, 2021].map(|it| year(it).unwrap().length()), [Span::from_days(366), Span::from_days(365)]);
/// ```
#[must_use]
pub fn year(year: i32) -> Option<Interval> {
    Some(Interval::new(midnight(year, 1, 1)?, midnight(year.checked_add(1)?, 1, 1)?))
}

/// The 60 starts of the paper's jobs in a year, in order.
#[must_use]
pub fn paper_starts(year: i32) -> Vec<Timestamp> {
    let days = |month| PAPER_DAYS.into_iter().filter_map(move |day| midnight(year, month, day));
    (1..=12).flat_map(days).collect()
}

/// The midnight at the start of each day of a year, in order; empty where the calendar ends.
#[must_use]
pub fn midnights(number: i32) -> Vec<Timestamp> {
    let Some(year) = year(number) else { return Vec::new() };
    let next = |&midnight: &Timestamp| Some(midnight + Span::from_days(1));
    std::iter::successors(Some(year.start()), next)
        .take_while(|&midnight| midnight < year.end())
        .collect()
}

/// The calendar year of a timestamp; `None` beyond the calendar.
#[must_use]
pub fn year_of(time: Timestamp) -> Option<i32> {
    Some(DateTime::from_timestamp_micros(time.as_unix_micros())?.year())
}

/// The month of a timestamp, from 0 for January to 11; `None` beyond the calendar.
#[must_use]
pub fn month_of(time: Timestamp) -> Option<usize> {
    let month = DateTime::from_timestamp_micros(time.as_unix_micros())?.month0();
    usize::try_from(month).ok()
}

fn midnight(year: i32, month: u32, day: u32) -> Option<Timestamp> {
    let midnight = NaiveDate::from_ymd_opt(year, month, day)?.and_time(NaiveTime::MIN);
    Some(Timestamp::from_unix_micros(midnight.and_utc().timestamp_micros()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rfc3339;

    #[test]
    fn leap_years_have_366_days() {
        let days = |number| year(number).unwrap().length();
        assert_eq!(days(2020), Span::from_days(366));
        assert_eq!(days(2021), Span::from_days(365));
        assert_eq!(days(1900), Span::from_days(365));
        assert!(year(9999).is_some());
        let starts = paper_starts(2020);
        assert_eq!(starts.len(), 60);
        let text = |place: usize| rfc3339::format(starts[place]);
        let expected = ["2020-01-01T00:00:00Z", "2020-02-07T00:00:00Z", "2020-12-25T00:00:00Z"];
        assert_eq!([0, 6, 59].map(text), expected);
        assert_eq!([2020, 2021].map(|year| midnights(year).len()), [366, 365]);
        assert_eq!(rfc3339::format(midnights(2020)[59]), "2020-02-29T00:00:00Z");
    }

    #[test]
    fn years_follow_one_another_day_by_day() {
        for number in 1890..2110 {
            let is_leap = number % 4 == 0 && (number % 100 != 0 || number % 400 == 0);
            let found = midnights(number);
            assert_eq!(found.len(), if is_leap { 366 } else { 365 }, "{number}");
            assert_eq!(year(number).unwrap().end(), year(number + 1).unwrap().start());
            let months: Vec<usize> =
                found.iter().filter_map(|&midnight| month_of(midnight)).collect();
            let february = months.iter().filter(|&&month| month == 1).count();
            assert!(months.is_sorted() && february == 28 + usize::from(is_leap), "{number}");
            assert!(paper_starts(number).iter().all(|start| found.contains(start)));
        }
    }

    #[test]
    fn a_timestamp_has_its_month_and_year() {
        for (month, day) in [(1, 1), (1, 31), (2, 29), (12, 31)] {
            let noon = midnight(2020, month, day).unwrap() + Span::from_seconds(43_200);
            assert_eq!(month_of(noon), Some(month as usize - 1));
            assert_eq!(year_of(noon), Some(2020));
        }
        assert_eq!(year_of(Timestamp::FIRST), None);
    }
}
