//! The ranking as text for people.

use gpu_carbon_core::Intensity;
use gpu_carbon_core::format::{self, MassUnit};
use gpu_carbon_feeds::Account;
use gpu_carbon_feeds::bundled::BundledSeries;
use gpu_carbon_feeds::regions::{YEARLY_ATTRIBUTION, YEARLY_YEAR};

use super::ranking::{RankedRegion, Ranking};
use crate::output::text::{Layout, table};

pub(super) fn lines(ranking: &Ranking<'_>) -> Vec<String> {
    let mut lines = vec![title(ranking), String::new()];
    let masses = ranking.regions.iter().filter_map(|it| it.emissions);
    let unit = MassUnit::of(masses);
    let mut rows = vec![header(ranking, unit)];
    rows.extend(ranking.regions.iter().map(|region| row(region, ranking, unit)));
    let cells = table(&rows, Layout { indent: 0, gap: 2, widths: &[] });
    let places = std::iter::once("hourly data".to_owned()).chain(ranking.regions.iter().map(data));
    lines.extend(cells.iter().zip(places).map(|(cells, data)| format!("{cells}  {data}")));
    let disputed: Vec<_> = ranking.regions.iter().filter_map(disputed).collect();
    if !disputed.is_empty() {
        lines.push(String::new());
        lines.push("* Sources name another zone for this region:".to_owned());
        lines.extend(disputed);
    }
    lines.push(String::new());
    lines.push(format!(
        "g/kWh: the mean of {YEARLY_YEAR}, average, CO2e over the life cycle. Data: {YEARLY_ATTRIBUTION}."
    ));
    lines.push(
        "A yearly level says where a job emits less, and nothing about the hour; `gpu-carbon plan` does that with hourly data."
            .to_owned(),
    );
    lines
}

fn title(ranking: &Ranking<'_>) -> String {
    let args = ranking.args;
    let job = match (&args.gpus, args.duration, ranking.energy) {
        (Some(gpus), Some(duration), Some(energy)) => format!(
            "{} {} at {:.0} % of {} for {}: {}",
            gpus.count,
            gpus.model.name,
            args.load.as_number() * 100.0,
            format::power(gpus.board_power()),
            format::span(duration),
            format::energy(energy),
        ),
        (_, _, Some(energy)) => match &args.job {
            Some(job) => format!("{} ({}): {}", job.title, job.gpus, format::energy(energy)),
            None => format::energy(energy),
        },
        _ => return "Cloud regions by the yearly carbon intensity of their grid zones".to_owned(),
    };
    format!(
        "{job}, PUE {}, by the yearly carbon intensity of each region's grid zone",
        args.pue.as_number()
    )
}

fn header(ranking: &Ranking<'_>, unit: MassUnit) -> Vec<String> {
    let mut cells = vec!["region".to_owned(), "zone".to_owned(), "g/kWh".to_owned()];
    if ranking.energy.is_some() {
        cells.push(unit.symbol().to_owned());
    }
    cells
}

fn row(region: &RankedRegion, ranking: &Ranking<'_>, unit: MassUnit) -> Vec<String> {
    let mark = if region.other_zone.is_some() { "*" } else { "" };
    let level = region.level.map(Intensity::as_grams_per_kilowatt_hour);
    let level = level.map_or_else(|| "unknown".to_owned(), |grams| format!("{grams:.0}"));
    let mut cells = vec![region.region.id(), format!("{}{mark}", region.zone.code), level];
    if ranking.energy.is_some() {
        let mass = region.emissions.map(|mass| format::digits(unit.number(mass)));
        cells.push(mass.unwrap_or_else(|| "unknown".to_owned()));
    }
    cells
}

/// The hourly data of a region: services, each with its account, and bundled years.
fn data(region: &RankedRegion) -> String {
    let live = region.services().filter(|source| source.service.account() != Account::Contract);
    let live = live.map(|source| {
        let (service, account) = (source.service, source.service.account().title());
        format!("{} ({}, {account})", service.title(), service.signal().name())
    });
    let recorded =
        region.zone.recorded.iter().map(|series: &BundledSeries| series.name().to_owned());
    // A service may have several parts of a zone, or both of two zones.
    let mut all: Vec<String> = Vec::new();
    for source in live.chain(recorded) {
        if !all.contains(&source) {
            all.push(source);
        }
    }
    if all.is_empty() { "by contract only".to_owned() } else { all.join(", ") }
}

fn disputed(region: &RankedRegion) -> Option<String> {
    let (other, zone) = (region.region.disputed?, region.other_zone.as_ref()?);
    let level = zone.yearly_level().map(Intensity::as_grams_per_kilowatt_hour);
    let level = level.map_or_else(|| "unknown".to_owned(), |grams| format!("{grams:.0} g/kWh"));
    Some(format!("  {}  {} ({level}): {}", region.region.id(), other.zone, other.reason))
}
