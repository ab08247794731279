//! The ranking for programs.

use gpu_carbon_core::{Intensity, Mass, Scope, Signal};
use gpu_carbon_feeds::bundled::BundledSeries;
use gpu_carbon_feeds::regions::{YEARLY_ATTRIBUTION, YEARLY_YEAR, ZoneSource};
use gpu_carbon_feeds::{Account, Service};

use super::ranking::{RankedRegion, Ranking};
use crate::output::{Record, Table, Value};

const COLUMNS: [&str; 16] = [
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
    "services_without_account",
    "services_with_free_account",
    "services_with_forecast",
    "marginal_services",
    "marginal_recorded_years",
];

/// Returns the ranking as a table, with the factors in its head.
pub(super) fn of(ranking: &Ranking<'_>) -> Table {
    let head = Record::default()
        .with("energy_kilowatt_hours", ranking.energy.map(|energy| energy.as_kilowatt_hours()))
        .with("power_usage_effectiveness", ranking.args.pue.as_number())
        .with("year", u32::from(YEARLY_YEAR))
        .with("signal", "average")
        .with("scope", Scope::Co2eLifecycle.name())
        .with("attribution", YEARLY_ATTRIBUTION);
    let ranked = ranking.regions.iter().enumerate();
    let rows = ranked.map(|(position, region)| row(position + 1, region)).collect();
    Table { head, columns: COLUMNS.to_vec(), rows }
}

fn row(rank: usize, it: &RankedRegion) -> Vec<Value> {
    let services = |is: &dyn Fn(Service) -> bool| {
        let name = |source: ZoneSource| format!("{}:{}", source.service.name(), source.zone);
        Value::Texts(it.services().filter(|source| is(source.service)).map(name).collect())
    };
    let recorded = |is: &dyn Fn(&BundledSeries) -> bool| {
        let recorded = it.zone.recorded.iter().filter(|series| is(series));
        Value::Texts(recorded.map(|series| series.name().to_owned()).collect())
    };
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
        services(&|_| true),
        recorded(&|_| true),
        services(&|service| service.account() == Account::None),
        services(&|service| service.account() == Account::Free),
        services(&|service| service.has_forecast()),
        services(&|service| service.signal() == Signal::Marginal),
        recorded(&|series| series.signal() == Signal::Marginal),
    ]
}
