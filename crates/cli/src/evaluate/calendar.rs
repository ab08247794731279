//! Which year is meant, where nobody says.

use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::{Interval, Timestamp};
use gpu_carbon_feeds::calendar::{year, year_of};

use crate::refusal::Refusal;
use crate::region::Region;
use gpu_carbon_feeds::moment::rfc3339;

/// The only year that every series covers.
pub(super) fn only_year(regions: &[Region]) -> Result<i32, Refusal> {
    let extents = || regions.iter().map(|region| region.series.extent());
    let start = extents().map(Interval::start).max().unwrap_or(Timestamp::EPOCH);
    let end = extents().map(Interval::end).min().unwrap_or(start);
    let within =
        |&number: &i32| year(number).is_some_and(|year| start <= year.start() && year.end() <= end);
    let mut years: Vec<i32> = match (year_of(start), year_of(end)) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use gpu_carbon_core::{Intensity, Series, Signal};

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
