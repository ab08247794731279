//! The calendar, in UTC: which moments are a year, and when the paper's jobs start.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime};
use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::{Interval, Timestamp};

use crate::refusal::Refusal;
use crate::region::Region;
use gpu_carbon_feeds::moment::rfc3339;

/// The days of each month on which the jobs of the paper start, at 00:00 UTC: 60 starts a year (Dodge et
/// al., FAccT 2022, section 5).
pub(super) const PAPER_DAYS: [u32; 5] = [1, 7, 13, 19, 25];

/// A year, from its first moment up to that of the next.
pub(super) fn year(year: i32) -> Option<Interval> {
    Some(Interval::new(midnight(year, 1, 1)?, midnight(year.checked_add(1)?, 1, 1)?))
}

/// When the jobs of the paper start in a year.
pub(super) fn paper_starts(year: i32) -> Vec<Timestamp> {
    let days = |month| PAPER_DAYS.into_iter().filter_map(move |day| midnight(year, month, day));
    (1..=12).flat_map(days).collect()
}

/// The only year that every series covers.
pub(super) fn only_year(regions: &[Region]) -> Result<i32, Refusal> {
    let extents = || regions.iter().map(|region| region.series.extent());
    let start = extents().map(Interval::start).max().unwrap_or(Timestamp::EPOCH);
    let end = extents().map(Interval::end).min().unwrap_or(start);
    let within =
        |&number: &i32| year(number).is_some_and(|year| start <= year.start() && year.end() <= end);
    let mut years: Vec<i32> = match (calendar_year(start), calendar_year(end)) {
        (Some(first), Some(last)) => (first..=last).filter(within).collect(),
        _ => Vec::new(),
    };
    if years.len() > 1 {
        let exposures: Vec<_> =
            regions.iter().map(|region| Exposures::of(&region.series)).collect();
        let has_no_gap = |&number: &i32| {
            let year = year(number);
            exposures.iter().all(|all| year.is_some_and(|year| all.over(year).is_ok()))
        };
        years.retain(has_no_gap);
    }
    match years.as_slice() {
        [] if start < end => Err(Refusal::WhichYear(format!(
            "what every series covers, {} to {}, has no whole calendar year (UTC) without a gap: give longer series",
            rfc3339(start),
            rfc3339(end)
        ))),
        [] => Err(Refusal::WhichYear(
            "the series have no time in common: leave out those of other years".to_owned(),
        )),
        [only] => Ok(*only),
        [first, .., last] => Err(Refusal::WhichYear(format!(
            "every series covers {} years between {first} and {last}: give one of them",
            years.len()
        ))),
    }
}

fn midnight(year: i32, month: u32, day: u32) -> Option<Timestamp> {
    let midnight = NaiveDate::from_ymd_opt(year, month, day)?.and_time(NaiveTime::MIN);
    Some(Timestamp::from_unix_micros(midnight.and_utc().timestamp_micros()))
}

fn calendar_year(moment: Timestamp) -> Option<i32> {
    Some(DateTime::from_timestamp_micros(moment.as_unix_micros())?.year())
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_core::{Intensity, Series, Signal, Span};

    fn region(from: &[i32], until: i32) -> Region {
        let first = |number: i32| year(number).unwrap().start();
        let length = first(until).since(first(*from.last().unwrap()));
        let grams = Intensity::from_grams_per_kilowatt_hour(400.0).unwrap();
        let points = from.iter().map(|&number| (first(number), grams)).collect();
        let series = Series::with_step(points, length).unwrap();
        Region {
            name: "grid".to_owned(),
            series,
            signal: Signal::Marginal,
            source: String::new(),
            is_shipped: false,
        }
    }

    #[test]
    fn a_year_has_its_own_length() {
        let days = |number| year(number).unwrap().length();
        assert_eq!(days(2020), Span::from_days(366));
        assert_eq!(days(2021), Span::from_days(365));
        assert_eq!(days(1900), Span::from_days(365));
        assert!(year(9999).is_some());
        let starts = paper_starts(2020);
        assert_eq!(starts.len(), 60);
        let text = |place: usize| rfc3339(starts[place]);
        let expected = ["2020-01-01T00:00:00Z", "2020-02-07T00:00:00Z", "2020-12-25T00:00:00Z"];
        assert_eq!([0, 6, 59].map(text), expected);
    }

    #[test]
    fn the_only_year_that_all_cover_is_meant() {
        let only = |regions: &[Region]| only_year(regions).map_err(|error| error.to_string());
        assert_eq!(only(&[region(&[2020], 2021)]), Ok(2020));
        assert_eq!(only(&[region(&[2019], 2021), region(&[2020], 2023)]), Ok(2020));
        let two = only(&[region(&[2019], 2021)]).unwrap_err();
        assert!(
            two.ends_with("every series covers 2 years between 2019 and 2020: give one of them")
        );
        // 2018 holds for as long as 2021 does, and then there is a gap up to 2021.
        assert_eq!(only(&[region(&[2018, 2021], 2022), region(&[2018], 2021)]), Ok(2018));
        let apart = only(&[region(&[2019], 2020), region(&[2020], 2021)]).unwrap_err();
        assert!(apart.contains("no time in common"), "{apart}");
    }
}
