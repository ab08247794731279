//! The report for programs: every figure with its unit in its name, and every factor, without rounding.

use gpu_carbon_core::units::JOULES_PER_KILOWATT_HOUR;
use gpu_carbon_core::{Quality, Signal};
use gpu_carbon_feeds::rfc3339;
use gpu_carbon_ledger::report::{OriginTotals, Totals};
use gpu_carbon_ledger::{EnergySource, Gpu, Origin};

use super::{Answer, By, Group, derived};
use crate::sheet::{Record, Sheet, Value};

pub(super) fn of(answer: &Answer<'_>) -> Sheet {
    let origins = answer.reader.origins();
    let rows = answer.groups.iter().map(|(group, totals)| {
        let mut row = named(group);
        row.extend(amounts(totals, origins));
        row
    });
    let rows: Vec<Record> = rows.collect();
    let mut columns: Vec<&str> = match answer.by {
        By::Gpu => vec!["gpu", "uuid", "name"],
        By::Day => vec!["day", "start", "end"],
        By::Month => vec!["month", "start", "end"],
    };
    let total = amounts(&answer.total, origins);
    columns.extend(total.iter().map(|(name, _)| *name));
    let moment =
        |of: Option<_>| of.map_or(Value::Number(None), |at| Value::Text(rfc3339::format(at)));
    let factors = derived::factors(&answer.total, origins);
    let head = vec![
        ("ledger", Value::Text(answer.args.ledger.display().to_string())),
        ("from", moment(answer.time.map(|time| time.start()))),
        ("to", moment(answer.time.map(|time| time.end()))),
        ("time_zone", Value::Text(answer.args.time_zone.to_string())),
        ("by", Value::Text(answer.by.name().to_owned())),
        ("total", Value::Record(total)),
        ("factors", Value::Records(factors.into_iter().map(factor).collect())),
        ("gpus", Value::Records(answer.reader.gpus().iter().map(about).collect())),
    ];
    let values = |row: Record| row.into_iter().map(|(_, value)| value).collect();
    Sheet { head, columns, rows: rows.into_iter().map(values).collect() }
}

fn named(group: &Group<'_>) -> Record {
    match group {
        Group::Gpu(gpu) => vec![
            ("gpu", Value::Count(place(gpu))),
            ("uuid", Value::Text(gpu.uuid.clone())),
            ("name", Value::Text(gpu.name.clone())),
        ],
        Group::Period(name, period) => vec![
            ("period", Value::Text(name.clone())),
            ("start", Value::Text(rfc3339::format(period.start()))),
            ("end", Value::Text(rfc3339::format(period.end()))),
        ],
    }
}

fn place(gpu: &Gpu) -> usize {
    usize::try_from(gpu.index).unwrap_or(usize::MAX)
}

fn amounts(totals: &Totals, origins: &[Origin]) -> Record {
    let energy = |joules: f64| Value::Number(Some(joules / JOULES_PER_KILOWATT_HOUR));
    let [marginal, average] = Signal::ALL;
    let quality = |quality| Value::Number(derived::quality_ratio(totals, origins, quality));
    let texts = |of: &dyn Fn(&Origin) -> Option<String>| {
        let mut texts: Vec<String> = Vec::new();
        for text in totals.origins(origins).filter_map(|(origin, _)| of(origin)) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        Value::Texts(texts)
    };
    let source =
        |origin: &Origin| origin.intensity_source.as_ref().map(|source| source.name.to_string());
    vec![
        ("energy_kilowatt_hours", energy(totals.joules())),
        ("counted_kilowatt_hours", energy(totals.joules_from(EnergySource::Counted))),
        ("integrated_kilowatt_hours", energy(totals.joules_from(EnergySource::Integrated))),
        ("recovered_kilowatt_hours", energy(totals.joules_from(EnergySource::Recovered))),
        ("pending_kilowatt_hours", energy(totals.pending_joules(origins))),
        ("marginal_emissions_grams", Value::Number(totals.grams(marginal, origins))),
        ("average_emissions_grams", Value::Number(totals.grams(average, origins))),
        (
            "marginal_intensity_grams_per_kilowatt_hour",
            Value::Number(totals.intensity(marginal, origins)),
        ),
        (
            "average_intensity_grams_per_kilowatt_hour",
            Value::Number(totals.intensity(average, origins)),
        ),
        ("embodied_emissions_grams", Value::Number(Some(totals.embodied_grams))),
        ("gpu_hours", Value::Number(Some(totals.gpu_seconds / 3600.0))),
        ("mean_gpu_power_watts", Value::Number(totals.mean_watts())),
        ("grid_zones", texts(&|origin| Some(origin.zone.to_string()))),
        ("sources", texts(&source)),
        ("measured_ratio", quality(Quality::Measured)),
        ("estimated_ratio", quality(Quality::Estimated)),
        ("forecast_ratio", quality(Quality::Forecast)),
        ("fallback_ratio", quality(Quality::Fallback)),
        ("power_usage_effectiveness", Value::Number(derived::pue(totals, origins))),
        ("shared_out_kilowatt_hours", energy(totals.shared_joules)),
    ]
}

/// The factors that converted energy; nulls while it is pending.
fn factor((origin, part): (&Origin, OriginTotals)) -> Record {
    let source = origin.intensity_source.as_ref();
    let text =
        |text: Option<&str>| text.map_or(Value::Number(None), |it| Value::Text(it.to_owned()));
    let kilowatt_hours = part.joules / JOULES_PER_KILOWATT_HOUR;
    vec![
        ("grid_zone", Value::Text(origin.zone.to_string())),
        ("signal", Value::Text(origin.signal.name().to_owned())),
        ("source", text(source.map(|source| &*source.name))),
        ("quality", text(source.map(|source| source.quality.name()))),
        ("power_usage_effectiveness", Value::Number(Some(origin.pue.as_number()))),
        ("energy_kilowatt_hours", Value::Number(Some(kilowatt_hours))),
        ("emissions_grams", Value::Number(source.map(|_| part.grams))),
        ("intensity_grams_per_kilowatt_hour", Value::Number(derived::intensity(origin, part))),
    ]
}

/// What the ledger knows of a GPU, whatever the time that was asked for.
fn about(gpu: &Gpu) -> Record {
    vec![
        ("gpu", Value::Count(place(gpu))),
        ("uuid", Value::Text(gpu.uuid.clone())),
        ("name", Value::Text(gpu.name.clone())),
        ("read_at", gpu.read_at.map_or(Value::Number(None), |at| Value::Text(rfc3339::format(at)))),
        ("unseen_seconds", Value::Number(Some(gpu.unseen_seconds))),
        (
            "earlier_kilowatt_hours",
            Value::Number(Some(gpu.carried.joules / JOULES_PER_KILOWATT_HOUR)),
        ),
        ("earlier_emissions_grams", Value::Number(Some(gpu.carried.grams))),
    ]
}
