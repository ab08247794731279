//! The plan for programs: JSON, with every factor and no rounding.

use anyhow::{Context, Result};
use gpu_carbon_core::Interval;
use serde::Serialize;

use super::answer::{Answer, Paused, Plan, Plans};
use crate::moment::rfc3339;
use crate::seconds::Seconds;

#[derive(Serialize)]
struct Document<'a> {
    job: Job,
    window_seconds: Seconds,
    power_usage_effectiveness: f64,
    signal: &'static str,
    regions: Vec<Region<'a>>,
    best_region: Option<&'a str>,
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
    step_seconds: Seconds,
    baseline: Baseline,
    flexible_start: FlexibleStart,
    pause_and_resume: Option<PauseAndResume>,
}

#[derive(Serialize)]
struct Baseline {
    #[serde(flatten)]
    run: Run,
    emissions_grams: f64,
}

#[derive(Serialize)]
struct FlexibleStart {
    #[serde(flatten)]
    run: Run,
    emissions_grams: f64,
    saving_ratio: Option<f64>,
}

#[derive(Serialize)]
struct PauseAndResume {
    emissions_grams: f64,
    saving_ratio: Option<f64>,
    pauses: usize,
    pauses_per_hour: f64,
    threshold_grams_per_kilowatt_hour: f64,
    intervals: Vec<Run>,
}

#[derive(Serialize)]
struct Run {
    start: String,
    end: String,
}

pub(super) fn write(answer: &Answer<'_>) -> Result<String> {
    let request = answer.request;
    let document = Document {
        job: Job {
            duration_seconds: Seconds(request.job.duration()),
            energy_kilowatt_hours: request.energy.as_kilowatt_hours(),
        },
        window_seconds: Seconds(request.window),
        power_usage_effectiveness: request.pue.as_number(),
        signal: request.signal.name(),
        regions: answer.regions.iter().map(region).collect(),
        best_region: answer.best().map(|plans| plans.region.name.as_str()),
    };
    let mut text = serde_json::to_string_pretty(&document).context("cannot write the plan")?;
    text.push('\n');
    Ok(text)
}

fn region<'a>(plans: &Plans<'a>) -> Region<'a> {
    let (now, later) = (&plans.baseline, &plans.flexible_start);
    Region {
        name: &plans.region.name,
        source: &plans.region.source,
        step_seconds: Seconds(plans.region.series.step()),
        baseline: Baseline { run: all_of(now), emissions_grams: now.emissions.as_grams() },
        flexible_start: FlexibleStart {
            run: all_of(later),
            emissions_grams: later.emissions.as_grams(),
            saving_ratio: plans.saving(later),
        },
        pause_and_resume: plans.pause_and_resume.as_ref().map(|paused| pauses(plans, paused)),
    }
}

fn pauses(plans: &Plans<'_>, paused: &Paused) -> PauseAndResume {
    let Paused { plan, threshold, pauses_per_hour } = paused;
    PauseAndResume {
        emissions_grams: plan.emissions.as_grams(),
        saving_ratio: plans.saving(plan),
        pauses: plan.schedule.pauses(),
        pauses_per_hour: *pauses_per_hour,
        threshold_grams_per_kilowatt_hour: threshold.as_grams_per_kilowatt_hour(),
        intervals: plan.schedule.intervals().iter().copied().map(Run::from).collect(),
    }
}

fn all_of(plan: &Plan) -> Run {
    let start = || Interval::instant(gpu_carbon_core::Timestamp::EPOCH); // not reached: a job takes time
    plan.schedule.extent().unwrap_or_else(start).into()
}

impl From<Interval> for Run {
    fn from(interval: Interval) -> Run {
        Run { start: rfc3339(interval.start()), end: rfc3339(interval.end()) }
    }
}
