//! What was kept for programs: JSON, with every factor and no rounding.

use anyhow::{Context, Result};
use gpu_carbon_schema::Seconds;
use serde::Serialize;

use super::answer::{self, Answer};

#[derive(Serialize)]
struct Document<'a> {
    job: Job,
    window_seconds: Seconds,
    pause_energy_kilowatt_hours: f64,
    power_usage_effectiveness: f64,
    signal: &'static str,
    starts: &'static str,
    year: Option<i32>,
    forecasts: bool,
    regions: Vec<Region<'a>>,
}

#[derive(Serialize)]
struct Job {
    duration_seconds: Seconds,
    energy_kilowatt_hours: f64,
}

#[derive(Serialize)]
struct Region<'a> {
    name: &'a str,
    source: &'a str,
    starts: usize,
    oracle_saving_ratio: Option<f64>,
    policies: Vec<Policy>,
}

#[derive(Serialize)]
struct Policy {
    policy: &'static str,
    kept_ratio: Option<f64>,
    saving_ratio: Option<f64>,
    regret_grams: f64,
    regret_ratio: Option<f64>,
    pauses: f64,
    starts_worse_than_at_once: usize,
}

impl From<&answer::Row<'_>> for Policy {
    fn from(row: &answer::Row<'_>) -> Policy {
        Policy {
            policy: row.policy.name(),
            kept_ratio: row.summary.share_of_oracle_saving,
            saving_ratio: row.summary.saving,
            regret_grams: row.regret.as_grams(),
            regret_ratio: row.summary.regret_ratio,
            pauses: row.summary.pauses,
            starts_worse_than_at_once: row.summary.worse,
        }
    }
}

pub(super) fn write(answer: &Answer<'_>) -> Result<String> {
    let request = answer.request;
    let regions = answer.rows.chunk_by(|a, b| std::ptr::eq(a.region, b.region));
    let document = Document {
        job: Job {
            duration_seconds: Seconds(request.duration),
            energy_kilowatt_hours: request.energy.as_kilowatt_hours(),
        },
        window_seconds: Seconds(request.window),
        pause_energy_kilowatt_hours: request.pause.as_kilowatt_hours(),
        power_usage_effectiveness: request.pue.as_number(),
        signal: request.signal.name(),
        starts: request.starts.name(),
        year: request.year,
        forecasts: request.forecasts.is_some(),
        regions: regions
            .filter_map(|rows| {
                let answer::Row { region, summary, .. } = rows.first()?;
                Some(Region {
                    name: &region.name,
                    source: &region.source,
                    starts: summary.starts,
                    oracle_saving_ratio: summary.oracle_saving,
                    policies: rows.iter().map(Policy::from).collect(),
                })
            })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).context("cannot write what was kept")?;
    text.push('\n');
    Ok(text)
}
