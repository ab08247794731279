//! The savings for programs: JSON and CSV, without rounding and with every factor.

use anyhow::Result;

use super::answer::Answer;
use super::calendar::covered;
use super::request::Request;
use crate::output::{Record, Value, csv, json};

const COLUMNS: [&str; 13] = [
    "job",
    "window",
    "region",
    "starts",
    "flexible_start_saving_ratio",
    "pause_and_resume_saving_ratio",
    "pauses_per_hour",
    "year",
    "starts_at",
    "signal",
    "duration_seconds",
    "energy_kilowatt_hours",
    "source",
];

/// Returns a CSV with a row for each job, window and region.
pub(super) fn csv(answer: &Answer<'_>) -> String {
    let request = answer.request;
    let rows = answer.rows().map(|row| -> [Value; COLUMNS.len()] {
        [
            row.job.name.as_str().into(),
            row.window.into(),
            row.region().into(),
            row.savings.starts.into(),
            row.savings.flexible_start_saving_ratio.into(),
            row.savings.pause_and_resume_saving_ratio.into(),
            row.savings.pauses_per_hour.into(),
            request.year.into(),
            request.starts.name().into(),
            request.signal.name().into(),
            row.job.duration.into(),
            row.job.energy.as_kilowatt_hours().into(),
            row.region.map(|region| region.source.as_str()).into(),
        ]
    });
    csv::write(COLUMNS, rows)
}

/// Returns a JSON object with the jobs, the series, and a row for each job, window and region.
///
/// # Errors
///
/// When the JSON cannot be written.
pub(super) fn json(answer: &Answer<'_>) -> Result<String> {
    let request = answer.request;
    let regions = request.regions.iter().map(|region| region.name.clone()).collect();
    let rows = answer.rows().map(|row| {
        Record::default()
            .with("job", row.job.name.as_str())
            .with("window", row.window)
            .with("region", row.region())
            .with("starts", row.savings.starts)
            .with("flexible_start_saving_ratio", row.savings.flexible_start_saving_ratio)
            .with("pause_and_resume_saving_ratio", row.savings.pause_and_resume_saving_ratio)
            .with("pauses_per_hour", row.savings.pauses_per_hour)
    });
    let document = Record::default()
        .with("year", request.year)
        .with("starts", request.starts.name())
        .with("signal", request.signal.name())
        .with("jobs", Value::Records(jobs(request)))
        .with("regions", Value::Texts(regions))
        .with("series", Value::Records(series(request)))
        .with("rows", Value::Records(rows.collect()));
    json::write(&document)
}

fn jobs(request: &Request<'_>) -> Vec<Record> {
    let jobs = request.jobs.iter().map(|job| {
        Record::default()
            .with("name", job.name.as_str())
            .with("duration_seconds", job.duration)
            .with("energy_kilowatt_hours", job.energy.as_kilowatt_hours())
    });
    jobs.collect()
}

/// Returns, for each region, the series of its intensity and the part of the year that it covers.
fn series(request: &Request<'_>) -> Vec<Record> {
    let series = request.regions.iter().map(|region| {
        let covered = covered(request.year, &region.series);
        Record::default()
            .with("region", region.name.as_str())
            .with("source", region.source.as_str())
            .with("step_seconds", region.series.step())
            .with("start", covered.map(|covered| covered.start()))
            .with("end", covered.map(|covered| covered.end()))
    });
    series.collect()
}
