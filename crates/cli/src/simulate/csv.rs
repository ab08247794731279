//! What was kept for tables: CSV, a row for each region and policy, with no rounding.

use super::answer::{Answer, Row};
use gpu_carbon_schema::csv::quoted;

const HEADER: &str = "region,policy,starts,kept_ratio,saving_ratio,oracle_saving_ratio,regret_grams,regret_ratio,pauses,\
    starts_worse_than_at_once,starts_at,year,signal,forecasts,duration_seconds,window_seconds,energy_kilowatt_hours,\
    pause_energy_kilowatt_hours,power_usage_effectiveness,source\n";

/// What is undefined is an empty field.
pub(super) fn write(answer: &Answer<'_>) -> String {
    HEADER.to_owned() + &answer.rows.iter().map(|row| line(answer, row)).collect::<String>()
}

fn line(answer: &Answer<'_>, row: &Row<'_>) -> String {
    let (request, summary) = (answer.request, row.summary);
    let number = |number: Option<f64>| number.map(|n| n.to_string()).unwrap_or_default();
    let fields = [
        quoted(&row.region.name),
        row.policy.name().to_owned(),
        summary.starts.to_string(),
        number(summary.share_of_oracle_saving),
        number(summary.saving),
        number(summary.oracle_saving),
        row.regret.as_grams().to_string(),
        number(summary.regret_ratio),
        summary.pauses.to_string(),
        summary.worse.to_string(),
        request.starts.name().to_owned(),
        request.year.map(|year| year.to_string()).unwrap_or_default(),
        request.signal.name().to_owned(),
        request.forecasts.is_some().to_string(),
        request.duration.as_seconds().to_string(),
        request.window.as_seconds().to_string(),
        request.energy.as_kilowatt_hours().to_string(),
        request.pause.as_kilowatt_hours().to_string(),
        request.pue.as_number().to_string(),
        quoted(&row.region.source),
    ];
    fields.join(",") + "\n"
}
