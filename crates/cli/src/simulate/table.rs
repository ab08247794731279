//! The simulated savings for programs: JSON and CSV, without rounding and with every factor.

use anyhow::Result;
use gpu_carbon_schema::csv::BOUNDARY;

use super::answer::{Answer, Row};
use crate::output::{Record, Value, csv, json};

const COLUMNS: [&str; 22] = [
    "region",
    "policy",
    "starts",
    "kept_ratio",
    "saving_ratio",
    "oracle_saving_ratio",
    "regret_grams",
    "regret_ratio",
    "pauses",
    "starts_worse_than_at_once",
    "greatest_loss_grams",
    "starts_at",
    "year",
    "signal",
    "forecasts",
    "duration_seconds",
    "window_seconds",
    "energy_kilowatt_hours",
    "pause_energy_kilowatt_hours",
    "paused_power_watts",
    "power_usage_effectiveness",
    "source",
];

/// Returns a CSV with a row for each region and policy.
pub(super) fn csv(answer: &Answer<'_>) -> String {
    let request = answer.request;
    let boundary = request.host_share.percent().map(|_| request.host_share.sentence());
    let rows = answer.rows.iter().map(|row| {
        let values: [Value; COLUMNS.len()] = [
            row.region.name.as_str().into(),
            row.policy.name().into(),
            row.summary.starts.into(),
            row.summary.share_of_oracle_saving.into(),
            row.summary.saving.into(),
            row.summary.oracle_saving.into(),
            row.regret.as_grams().into(),
            row.summary.regret_ratio.into(),
            row.summary.pauses.into(),
            row.summary.worse.into(),
            row.greatest_loss.as_grams().into(),
            request.starts.name().into(),
            request.year.into(),
            request.signal.name().into(),
            request.forecasts.is_some().into(),
            request.duration.into(),
            request.window.into(),
            request.energy.as_kilowatt_hours().into(),
            request.pause.as_kilowatt_hours().into(),
            request.paused_power.as_watts().into(),
            request.pue.as_number().into(),
            row.region.source.as_str().into(),
        ];
        values.into_iter().chain(boundary.clone().map(Value::from)).collect::<Vec<_>>()
    });
    csv::write(COLUMNS.into_iter().chain(boundary.iter().map(|_| BOUNDARY)), rows)
}

/// Returns a JSON object with the job, and for each region its policies.
///
/// # Errors
///
/// When the JSON cannot be written.
pub(super) fn json(answer: &Answer<'_>) -> Result<String> {
    let request = answer.request;
    let job = Record::default()
        .with("duration_seconds", request.duration)
        .with("energy_kilowatt_hours", request.energy.as_kilowatt_hours());
    let regions = answer.by_region().filter_map(region).collect();
    let mut head = Record::default()
        .with("job", job)
        .with("window_seconds", request.window)
        .with("pause_energy_kilowatt_hours", request.pause.as_kilowatt_hours())
        .with("paused_power_watts", request.paused_power.as_watts())
        .with("max_loss_ratio", request.max_loss)
        .with("power_usage_effectiveness", request.pue.as_number());
    if let Some(percent) = request.host_share.percent() {
        let boundary = request.host_share.sentence();
        head = head.with("host_share_percent", percent).with("boundary", boundary);
    }
    let document = head
        .with("signal", request.signal.name())
        .with("starts", request.starts.name())
        .with("year", request.year)
        .with("forecasts", request.forecasts.is_some())
        .with("regions", Value::Records(regions));
    json::write(&document)
}

fn region(rows: &[Row<'_>]) -> Option<Record> {
    let Row { region, summary, .. } = rows.first()?;
    let policies = rows.iter().map(policy).collect();
    let record = Record::default()
        .with("name", region.name.as_str())
        .with("source", region.source.as_str())
        .with("starts", summary.starts)
        .with("oracle_saving_ratio", summary.oracle_saving)
        .with("policies", Value::Records(policies));
    Some(record)
}

fn policy(row: &Row<'_>) -> Record {
    Record::default()
        .with("policy", row.policy.name())
        .with("kept_ratio", row.summary.share_of_oracle_saving)
        .with("saving_ratio", row.summary.saving)
        .with("regret_grams", row.regret.as_grams())
        .with("regret_ratio", row.summary.regret_ratio)
        .with("pauses", row.summary.pauses)
        .with("starts_worse_than_at_once", row.summary.worse)
        .with("greatest_loss_grams", row.greatest_loss.as_grams())
}
