//! The savings for programs: JSON, with every factor and no rounding.

use anyhow::{Context, Result};
use serde::Serialize;

use super::answer::Answer;
use super::calendar::covered;
use gpu_carbon_feeds::rfc3339;
use gpu_carbon_schema::Seconds;

#[derive(Serialize)]
struct Document<'a> {
    year: i32,
    starts: &'static str,
    signal: &'static str,
    jobs: Vec<Job<'a>>,
    regions: Vec<&'a str>,
    series: Vec<Series<'a>>,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Job<'a> {
    name: &'a str,
    duration_seconds: Seconds,
    energy_kilowatt_hours: f64,
}

/// What the intensity of a region is.
#[derive(Serialize)]
struct Series<'a> {
    region: &'a str,
    source: &'a str,
    step_seconds: Seconds,
    /// What it covers of the year.
    start: Option<String>,
    end: Option<String>,
}

#[derive(Serialize)]
struct Row<'a> {
    job: &'a str,
    window: &'a str,
    region: String,
    starts: usize,
    flexible_start_saving_ratio: Option<f64>,
    pause_and_resume_saving_ratio: Option<f64>,
    pauses_per_hour: Option<f64>,
}

pub(super) fn write(answer: &Answer<'_>) -> Result<String> {
    let request = answer.request;
    let jobs = request.jobs.iter().map(|job| Job {
        name: &job.name,
        duration_seconds: Seconds(job.duration),
        energy_kilowatt_hours: job.energy.as_kilowatt_hours(),
    });
    let series = request.regions.iter().map(|region| {
        let covered = covered(request.year, &region.series);
        Series {
            region: &region.name,
            source: &region.source,
            step_seconds: Seconds(region.series.step()),
            start: covered.map(|covered| rfc3339::format(covered.start())),
            end: covered.map(|covered| rfc3339::format(covered.end())),
        }
    });
    let rows = answer.rows().map(|row| Row {
        job: &row.job.name,
        window: row.window,
        region: row.region().to_owned(),
        starts: row.savings.starts,
        flexible_start_saving_ratio: row.savings.flexible_start_saving_ratio,
        pause_and_resume_saving_ratio: row.savings.pause_and_resume_saving_ratio,
        pauses_per_hour: row.savings.pauses_per_hour,
    });
    let document = Document {
        year: request.year,
        starts: request.starts.name(),
        signal: request.signal.name(),
        jobs: jobs.collect(),
        regions: request.regions.iter().map(|region| region.name.as_str()).collect(),
        series: series.collect(),
        rows: rows.collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).context("cannot write the savings")?;
    text.push('\n');
    Ok(text)
}
