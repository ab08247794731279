//! The ranking of places by the mean intensity of their grids, such as that of a year.
//!
//! A mean compares places, and says nothing about the time of day: [`what_if`](crate::what_if) plans with a series.

use alloc::vec::Vec;

use crate::pue::Pue;
use crate::schedule::saving_ratio;
use crate::units::{Energy, Intensity, Mass};

/// A place in the ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankedPlace {
    /// The index of the place's level.
    pub index: usize,
    /// The emissions of the job there; `None` without a level or a job.
    pub emissions: Option<Mass>,
    /// The share of the emissions at home that moving there saves: below zero where it emits more; `None` where either is
    /// unknown, or the job emits nothing at home.
    pub saving_ratio: Option<f64>,
}

/// Ranks places by their levels, the least first: those of one level keep their order, and those without a level come last.
///
/// ```
/// use gpu_carbon_core::{Energy, Intensity, Pue, ranking};
///
/// let level = |grams| Intensity::from_grams_per_kilowatt_hour(grams).ok();
/// let job = Energy::from_kilowatt_hours(100.0)?;
/// let ranked = ranking::by_level(&[level(400.0), None, level(40.0)], Some(job), Pue::ONE, Some(0));
/// assert_eq!(ranked.iter().map(|place| place.index).collect::<Vec<_>>(), [2, 0, 1]);
/// assert_eq!(ranked[0].emissions.map(|mass| mass.as_grams()), Some(4000.0));
/// assert_eq!(ranked[0].saving_ratio, Some(0.9));
/// # Ok::<(), gpu_carbon_core::UnitError>(())
/// ```
#[must_use]
pub fn by_level(
    levels: &[Option<Intensity>],
    job: Option<Energy>,
    pue: Pue,
    home: Option<usize>,
) -> Vec<RankedPlace> {
    let emissions =
        |level: &Option<Intensity>| level.zip(job).map(|(level, energy)| energy * pue * level);
    let baseline = home.and_then(|home| levels.get(home)).and_then(emissions);
    let mut order: Vec<(f64, usize)> = levels
        .iter()
        .map(|level| level.map_or(f64::INFINITY, Intensity::as_grams_per_kilowatt_hour))
        .zip(0..)
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0)); // stable: equals keep their order
    let place = |(_, index): (f64, usize)| {
        let emissions = levels.get(index).and_then(emissions);
        let saving = baseline.zip(emissions).and_then(|(from, to)| saving_ratio(from, to));
        RankedPlace { index, emissions, saving_ratio: saving }
    };
    order.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    fn level(grams: f64) -> Option<Intensity> {
        Intensity::from_grams_per_kilowatt_hour(grams).ok()
    }

    #[test]
    fn every_place_stands_once_and_emissions_never_fall() {
        let levels: Vec<_> = (0..97)
            .map(|index| if index % 9 == 4 { None } else { level(f64::from(index * 37 % 89)) })
            .collect();
        let job = Energy::from_kilowatt_hours(134.4).ok();
        let ranked = by_level(&levels, job, Pue::ONE, Some(3));
        let mut indices: Vec<_> = ranked.iter().map(|place| place.index).collect();
        indices.sort_unstable();
        assert_eq!(indices, (0..levels.len()).collect::<Vec<_>>());
        let known: Vec<_> = ranked.iter().filter_map(|place| place.emissions).collect();
        assert!(known.windows(2).all(|pair| pair[0] <= pair[1]));
        let unknown = ranked.iter().skip(known.len());
        assert!(unknown.clone().all(|place| place.emissions.is_none()));
        assert_eq!(known.len() + unknown.count(), levels.len());
        for pair in ranked.windows(2).filter(|pair| pair[0].emissions == pair[1].emissions) {
            assert!(pair[0].index < pair[1].index, "{pair:?}");
        }
        for place in ranked.iter().filter(|place| place.index == 3) {
            assert_eq!(place.saving_ratio, Some(0.0));
        }
    }

    #[test]
    fn nothing_is_saved_where_home_or_the_job_is_unknown() {
        let levels = [level(0.0), None, level(300.0)];
        let job = Energy::from_kilowatt_hours(1.0).ok();
        for (job, home) in
            [(job, None), (job, Some(0)), (job, Some(1)), (job, Some(9)), (None, Some(2))]
        {
            let ranked = by_level(&levels, job, Pue::ONE, home);
            assert!(ranked.iter().all(|place| place.saving_ratio.is_none()), "{home:?}");
        }
        let more = by_level(&levels[1..], job, Pue::ONE, Some(1));
        assert_eq!(
            more.iter().map(|place| place.saving_ratio).collect::<Vec<_>>(),
            [Some(0.0), None]
        );
    }
}
