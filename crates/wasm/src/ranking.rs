//! The ranking of places by the yearly level of their grids, with the money and the moving of a job in each.

use gpu_carbon_core::what_if::{Outlay, Request};
use gpu_carbon_core::{Energy, Intensity, Mass, ranking, transfer};
use gpu_carbon_feeds::calendar;
use serde::{Deserialize, Serialize};

use crate::InputError;

/// The costs of the job besides emissions.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Costs {
    /// The price of an hour in each place, in USD; `None` where it is unknown.
    usd_per_hour: Vec<Option<f64>>,
    /// The data that move with the job from home.
    gigabytes: f64,
    /// The price of moving a gigabyte, in USD.
    usd_per_gigabyte: f64,
}

/// A ranking of places by the emissions of one job.
#[derive(Debug, Serialize)]
pub struct Ranking {
    /// The energy of the job, without the overhead of the data centre.
    energy_kilowatt_hours: f64,
    /// The energy to move a gigabyte.
    move_kilowatt_hours_per_gigabyte: f64,
    places: Vec<Place>,
}

/// A place in the ranking.
#[derive(Debug, Serialize)]
struct Place {
    index: usize,
    emissions_grams: Option<f64>,
    saving_ratio: Option<f64>,
    /// The emissions of moving the data there, which are not part of the others.
    moving_grams: Option<f64>,
    /// The price of running and moving.
    usd: Option<f64>,
    /// Reports whether no place is at least as good in emissions and money and better in one; `None` where one is unknown.
    is_unbeaten: Option<bool>,
}

/// Ranks places by their levels in grams per kilowatt-hour, the least first; `None` is an unknown level, and `home` the
/// index of the place that savings are measured against and in which the data are.
///
/// # Errors
///
/// When a level, a price or the amount of data is out of range.
pub fn by_level(
    request: &Request,
    levels: &[Option<f64>],
    home: Option<usize>,
    costs: &Costs,
) -> Result<Ranking, InputError> {
    let level =
        |level: &Option<f64>| level.map(Intensity::from_grams_per_kilowatt_hour).transpose();
    let levels = levels.iter().map(level).collect::<Result<Vec<_>, _>>();
    let levels = levels.map_err(|error| InputError::of("levels", error))?;
    let energy = request.energy;
    let ranked = ranking::by_level(&levels, Some(energy), request.pue, home);
    let year = calendar::year_of(request.start).unwrap_or_default();
    let per_gigabyte = transfer::energy_per_gigabyte(year);
    let moved = Energy::from_kilowatt_hours(per_gigabyte.as_kilowatt_hours() * costs.gigabytes)
        .map_err(|error| InputError::of("gigabytes", error))?;
    let at = |index: usize| levels.get(index).copied().flatten();
    let here = home.and_then(at);
    let hours = request.job.duration().as_seconds() / 3600.0;
    let place = |it: ranking::RankedPlace| {
        let stays = home == Some(it.index) || home.is_none();
        let moving = if stays {
            Some(Mass::ZERO)
        } else {
            at(it.index).map(|there| transfer::emissions(moved, here.unwrap_or(there), there))
        };
        let price = costs.usd_per_hour.get(it.index).copied().flatten();
        let by_moving = if stays { 0.0 } else { costs.gigabytes * costs.usd_per_gigabyte };
        Place {
            index: it.index,
            emissions_grams: it.emissions.map(Mass::as_grams),
            saving_ratio: it.saving_ratio,
            moving_grams: moving.map(Mass::as_grams),
            usd: price.map(|price| price * hours + by_moving),
            is_unbeaten: None,
        }
    };
    let mut places: Vec<Place> = ranked.into_iter().map(place).collect();
    let outlays: Vec<Option<Outlay>> = places.iter().map(Place::outlay).collect();
    let known: Vec<Outlay> = outlays.iter().flatten().copied().collect();
    for (place, outlay) in places.iter_mut().zip(outlays) {
        place.is_unbeaten = outlay.map(|outlay| outlay.is_unbeaten_among(&known));
    }
    Ok(Ranking {
        energy_kilowatt_hours: energy.as_kilowatt_hours(),
        move_kilowatt_hours_per_gigabyte: per_gigabyte.as_kilowatt_hours(),
        places,
    })
}

impl Place {
    /// The emissions and the money of running and moving together.
    fn outlay(&self) -> Option<Outlay> {
        let emissions = Mass::from_grams(self.emissions_grams? + self.moving_grams?).ok()?;
        Some(Outlay { emissions, money: self.usd? })
    }
}
