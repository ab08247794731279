//! The ranking for programs.

use gpu_carbon_core::{Intensity, Mass};
use gpu_carbon_feeds::bundled::BundledSeries;
use gpu_carbon_feeds::regions::{YEARLY_ATTRIBUTION, YEARLY_YEAR};

use super::ranking::{RankedRegion, Ranking};
use crate::output::{Record, Table, Value};

const COLUMNS: [&str; 11] = [
    "rank",
    "provider",
    "region",
    "place",
    "zone",
    "zone_name",
    "other_zone",
    "yearly_grams_per_kilowatt_hour",
    "emissions_grams",
    "services",
    "recorded_years",
];

/// Returns the ranking as a table, with the factors in its head.
pub(super) fn of(ranking: &Ranking<'_>) -> Table {
    let head = Record::default()
        .with("energy_kilowatt_hours", ranking.energy.map(|energy| energy.as_kilowatt_hours()))
        .with("power_usage_effectiveness", ranking.args.pue.as_number())
        .with("year", u32::from(YEARLY_YEAR))
        .with("signal", "average")
        .with("attribution", YEARLY_ATTRIBUTION);
    let ranked = ranking.regions.iter().enumerate();
    let rows = ranked.map(|(position, region)| row(position + 1, region)).collect();
    Table { head, columns: COLUMNS.to_vec(), rows }
}

fn row(rank: usize, it: &RankedRegion) -> Vec<Value> {
    let services = it.services().map(|source| format!("{}:{}", source.service.name(), source.zone));
    let recorded = it.zone.recorded.iter().map(|series: &BundledSeries| series.name().to_owned());
    vec![
        rank.into(),
        it.region.provider.name().into(),
        it.region.name.into(),
        it.region.place.into(),
        it.zone.code.into(),
        it.zone.name.into(),
        it.other_zone.as_ref().map(|zone| zone.code).into(),
        it.level.map(Intensity::as_grams_per_kilowatt_hour).into(),
        it.emissions.map(Mass::as_grams).into(),
        Value::Texts(services.collect()),
        Value::Texts(recorded.collect()),
    ]
}
