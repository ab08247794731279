//! The bill for programs.

use gpu_carbon_core::units::JOULES_PER_KILOWATT_HOUR;

use super::bill::Bill;
use crate::output::{Record, Table, Value};
use crate::report::table::{amounts, factor};
use crate::report::{derived, manufacture};

/// Returns the bill as a table of one row, with the factors in its head.
pub(super) fn of(bill: &Bill<'_>) -> Table {
    let (totals, origins) = (&bill.workload.totals, bill.reader.origins());
    let workload = &bill.workload.workload;
    let pod = workload.pod.as_ref();
    let kilowatt_hours = |joules: f64| joules / JOULES_PER_KILOWATT_HOUR;
    let best = bill.alternatives.as_ref().and_then(|it| it.best);
    let grams = bill.grams();
    let idle = bill.idle();
    let row = Record::default()
        .with("workload", &*workload.name)
        .with("kind", &*workload.kind)
        .with("namespace", pod.map(|pod| pod.namespace.as_str()))
        .with("pod", pod.map(|pod| pod.name.as_str()))
        .with("start", bill.time.start())
        .with("end", bill.time.end())
        .with("gpus", bill.workload.gpus.len())
        .with("idle_kilowatt_hours", idle.map(|idle| kilowatt_hours(idle.joules)))
        .with("idle_below_watts", idle.map(|idle| idle.watts))
        .with("functional_units", bill.args.per.amount)
        .with("functional_unit", bill.args.per.unit.as_str())
        .with("sci_grams_per_unit", bill.sci_grams())
        .with("best_start", best.map(|best| best.start))
        .with("best_start_emissions_grams", best.zip(grams).map(|(best, it)| it * best.start_ratio))
        .with("paused_emissions_grams", best.zip(grams).map(|(best, it)| it * best.pause_ratio))
        .with(
            "alternatives_window_seconds",
            bill.alternatives.as_ref().map(|it| it.window.as_seconds()),
        )
        .with("alternatives_intensity", bill.alternatives.as_ref().map(|it| it.source.as_str()));
    let amounts = amounts(totals, origins);
    let fields = row.fields().iter().chain(amounts.fields());
    let columns = fields.map(|field| field.name).collect();
    let values = row.into_values().into_iter().chain(amounts.into_values()).collect();
    let factors = derived::factors(totals, origins).into_iter().map(factor).collect();
    let damage = Some(bill.reader.damage()).filter(|damage| !damage.is_empty());
    let mut head = Record::default()
        .with("ledger", bill.args.ledger.display().to_string())
        .with("boundary", bill.boundary.sentence())
        .with("factors", Value::Records(factors))
        .with("manufactures", Value::Records(manufacture::records(&bill.manufactures)));
    if let Some(damage) = damage {
        head = head.with("damage", Value::Texts(damage));
    }
    Table { head, columns, rows: vec![values] }
}
