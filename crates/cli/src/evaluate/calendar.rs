//! The part of a year that a series covers, and the year that is evaluated where --year does not name it.

use gpu_carbon_core::SLOT;
use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::{Interval, Series, Span, Timestamp};
use gpu_carbon_feeds::calendar::{year, year_of};

use crate::region::Region;
use crate::usage_error::UsageError;
use gpu_carbon_feeds::rfc3339;

/// The longest part of a year in UTC that a series may lack at its ends: a year in local time lacks up to 14 hours, and
/// some services publish a year without its last hour.
const MOST_LACKING: Span = Span::from_days(1);

/// Returns the part of a year that a series covers, in whole slots and without regard to gaps; `None` where more than
/// [`MOST_LACKING`] is missing.
pub(super) fn covered(number: i32, series: &Series) -> Option<Interval> {
    let (year, extent) = (year(number)?, series.extent());
    let slots = |count: u64| Span::from_micros(count.saturating_mul(SLOT.as_micros()));
    let late = extent.start().duration_since(year.start()).as_micros().div_ceil(SLOT.as_micros());
    let start = year.start() + slots(late);
    let whole = extent.end().min(year.end()).duration_since(start).as_micros() / SLOT.as_micros();
    let covered = Interval::new(start, start + slots(whole));
    (year.length().saturating_sub(covered.length()) <= MOST_LACKING).then_some(covered)
}

/// Returns the only year that every series covers.
///
/// # Errors
///
/// When the series cover no year in common, or several.
pub(super) fn only_year(regions: &[Region]) -> Result<i32, UsageError> {
    let extents = || regions.iter().map(|region| region.series.extent());
    let start = extents().map(Interval::start).max().unwrap_or(Timestamp::EPOCH);
    let end = extents().map(Interval::end).min().unwrap_or(start);
    let within =
        |&number: &i32| regions.iter().all(|region| covered(number, &region.series).is_some());
    let mut years: Vec<i32> = match (year_of(start), year_of(end)) {
        (Some(first), Some(last)) => (first..=last).filter(within).collect(),
        _ => Vec::new(),
    };
    if years.len() > 1 {
        let exposures: Vec<_> =
            regions.iter().map(|region| Exposures::of(&region.series)).collect();
        let has_no_gap = |&number: &i32| {
            let has_none = |all: &Exposures<'_>| {
                covered(number, all.series()).is_some_and(|year| all.over(year).is_ok())
            };
            exposures.iter().all(has_none)
        };
        years.retain(has_no_gap);
    }
    match years.as_slice() {
        [] if start < end => Err(UsageError::AmbiguousYear(format!(
            "the time that every series covers, {} to {}, has no calendar year (UTC) without a gap, except for a day at its ends: \
             give longer series",
            rfc3339::format(start),
            rfc3339::format(end)
        ))),
        [] => Err(UsageError::AmbiguousYear(
            "the series have no time in common: remove those of other years".to_owned(),
        )),
        [only] => Ok(*only),
        [first, .., last] => Err(UsageError::AmbiguousYear(format!(
            "every series covers {} years between {first} and {last}: give one of them",
            years.len()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_core::{Intensity, Series, Signal};

    fn region(from: &[i32], until: i32) -> Region {
        let first = |number: i32| year(number).unwrap().start();
        let length = first(until).duration_since(first(*from.last().unwrap()));
        let grams = Intensity::from_grams_per_kilowatt_hour(400.0).unwrap();
        let points = from.iter().map(|&number| (first(number), grams)).collect();
        let series = Series::with_step(points, length).unwrap();
        Region {
            name: "grid".to_owned(),
            series,
            signal: Signal::Marginal,
            is_signal_assumed: false,
            scope: None,
            source: String::new(),
            credit: None,
            filled: None,
            is_one_of_several: false,
        }
    }

    #[test]
    fn the_only_year_that_all_cover_is_evaluated() {
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
