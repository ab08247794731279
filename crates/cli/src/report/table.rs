//! The report for programs: every quantity with its unit in its name, and every factor, without rounding.

use std::collections::BTreeSet;

use gpu_carbon_core::units::JOULES_PER_KILOWATT_HOUR;
use gpu_carbon_core::{Quality, Scope, Signal};
use gpu_carbon_ledger::report::{OriginTotals, Totals};
use gpu_carbon_ledger::{EnergySource, Gpu, HostAccount, Origin};

use super::answer::{Answer, Group, Key};
use super::args::By;
use super::derived;
use super::manufacture;
use crate::output::{Record, Table, Value};

/// Returns the report as a table, with the total, the factors and the GPUs in its head.
pub(super) fn of(answer: &Answer<'_>) -> Table {
    let origins = answer.reader.origins();
    let key = match answer.by {
        By::Gpu => ["gpu", "uuid", "name"],
        By::Day => ["day", "start", "end"],
        By::Month => ["month", "start", "end"],
        By::Workload | By::Namespace | By::Kind | By::Phase => [answer.by.name(), "", ""],
    };
    let key = key.into_iter().filter(|name| !name.is_empty());
    let total = amounts(&answer.total, origins);
    let columns = key.chain(total.fields().iter().map(|field| field.name)).collect();
    let row = |group: &Group<'_>| {
        let amounts = amounts(&group.totals, origins).into_values();
        key_values(&group.key).into_iter().chain(amounts).collect()
    };
    let rows = answer.groups.iter().map(row).collect();
    let factors = derived::factors(&answer.total, origins);
    let damage = Some(answer.reader.damage()).filter(|damage| !damage.is_empty());
    let host =
        answer.host.accounts.iter().map(|(account, totals)| of_host(*account, totals, origins));
    let mut head = Record::default()
        .with("ledger", answer.args.ledger.display().to_string())
        .with("from", answer.time.map(|time| time.start()))
        .with("to", answer.time.map(|time| time.end()))
        .with("time_zone", answer.args.time_zone.to_string())
        .with("by", answer.by.name())
        .with("boundary", answer.host.boundary.sentence())
        .with("total", total)
        .with("factors", Value::Records(factors.into_iter().map(factor).collect()))
        .with("manufactures", Value::Records(manufacture::records(&answer.manufactures)))
        .with("gpus", Value::Records(answer.reader.gpus().iter().map(gpu).collect()))
        .with("host", Value::Records(host.collect()));
    if let Some(share) = answer.args.server.share(&answer.total) {
        head = head.with("servers", share.record());
    }
    if let Some(damage) = damage {
        head = head.with("damage", Value::Texts(damage));
    }
    Table { head, columns, rows }
}

fn key_values(key: &Key<'_>) -> Vec<Value> {
    match key {
        Key::Holders { name } => vec![name.as_str().into()],
        Key::Gpu(gpu) => vec![gpu.index.into(), gpu.uuid.as_str().into(), gpu.name.as_str().into()],
        Key::Host(account) => vec![Value::Missing, account.uuid().into(), account.name().into()],
        Key::Period { name, interval } => {
            vec![name.as_str().into(), interval.start().into(), interval.end().into()]
        }
    }
}

/// Returns the amounts of totals, each with its unit in its name.
pub(crate) fn amounts(totals: &Totals, origins: &[Origin]) -> Record {
    let energy = |joules: f64| joules / JOULES_PER_KILOWATT_HOUR;
    let [marginal, average] = Signal::ALL;
    let quality = |quality| derived::quality_ratio(totals, origins, quality);
    let distinct = |text_of: &dyn Fn(&Origin) -> Option<String>| {
        let mut seen = BTreeSet::new();
        let texts = totals.origins(origins).filter_map(|(origin, _)| text_of(origin));
        Value::Texts(texts.filter(|text| seen.insert(text.clone())).collect())
    };
    let source =
        |origin: &Origin| origin.intensity_source.as_ref().map(|source| source.name.to_string());
    Record::default()
        .with("energy_kilowatt_hours", energy(totals.joules()))
        .with("counted_kilowatt_hours", energy(totals.joules_from(EnergySource::Counted)))
        .with("integrated_kilowatt_hours", energy(totals.joules_from(EnergySource::Integrated)))
        .with("recovered_kilowatt_hours", energy(totals.joules_from(EnergySource::Recovered)))
        .with("host_kilowatt_hours", energy(totals.host_joules))
        .with("pending_kilowatt_hours", energy(totals.pending_joules(origins)))
        .with("marginal_emissions_grams", totals.grams(marginal, origins))
        .with("average_emissions_grams", totals.grams(average, origins))
        .with("marginal_intensity_grams_per_kilowatt_hour", totals.intensity(marginal, origins))
        .with("average_intensity_grams_per_kilowatt_hour", totals.intensity(average, origins))
        .with("embodied_emissions_grams", totals.embodied_grams)
        .with("embodied_known_ratio", totals.embodied_known_ratio())
        .with("gpu_hours", totals.gpu_seconds / 3600.0)
        .with("mean_gpu_power_watts", totals.mean_watts())
        .with("grid_zones", distinct(&|origin| Some(origin.zone.to_string())))
        .with("sources", distinct(&source))
        .with("scopes", distinct(&|origin| derived::scope(origin).map(|it| it.name().to_owned())))
        .with("measured_ratio", quality(Quality::Measured))
        .with("estimated_ratio", quality(Quality::Estimated))
        .with("forecast_ratio", quality(Quality::Forecast))
        .with("fallback_ratio", quality(Quality::Fallback))
        .with("power_usage_effectiveness", derived::pue(totals, origins))
        .with("shared_out_kilowatt_hours", energy(totals.shared_joules))
}

/// Returns the origin of an intensity, and the energy converted by it; nulls where the energy is pending.
pub(crate) fn factor((origin, part): (&Origin, OriginTotals)) -> Record {
    let source = origin.intensity_source.as_ref();
    Record::default()
        .with("grid_zone", &*origin.zone)
        .with("signal", origin.signal.name())
        .with("source", source.map(|source| &*source.name))
        .with("quality", source.map(|source| source.quality.name()))
        .with("scope", derived::scope(origin).map(Scope::name))
        .with("power_usage_effectiveness", origin.pue.as_number())
        .with("energy_kilowatt_hours", part.joules / JOULES_PER_KILOWATT_HOUR)
        .with("emissions_grams", source.map(|_| part.grams))
        .with("intensity_grams_per_kilowatt_hour", derived::intensity(origin, part))
}

/// Returns the energy of a part of the host over the time of the report, whether the total contains it or not.
fn of_host(account: HostAccount, totals: &Totals, origins: &[Origin]) -> Record {
    let [marginal, average] = Signal::ALL;
    Record::default()
        .with("component", account.part.name())
        .with("method", account.method.name())
        .with("energy_kilowatt_hours", totals.joules() / JOULES_PER_KILOWATT_HOUR)
        .with("pending_kilowatt_hours", totals.pending_joules(origins) / JOULES_PER_KILOWATT_HOUR)
        .with("marginal_emissions_grams", totals.grams(marginal, origins))
        .with("average_emissions_grams", totals.grams(average, origins))
}

/// Returns the facts about a GPU that hold for the whole ledger, whatever time was asked for.
fn gpu(gpu: &Gpu) -> Record {
    Record::default()
        .with("gpu", gpu.index)
        .with("uuid", gpu.uuid.as_str())
        .with("name", gpu.name.as_str())
        .with("read_at", gpu.read_at)
        .with("unseen_seconds", gpu.unseen_seconds)
        .with("earlier_kilowatt_hours", gpu.carried.joules / JOULES_PER_KILOWATT_HOUR)
        .with("earlier_emissions_grams", gpu.carried.known_grams())
}
