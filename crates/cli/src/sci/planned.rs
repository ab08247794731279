//! A disclosure from a plan: an estimate before the job has run.

use std::path::Path;

use anyhow::Result;
use gpu_carbon_core::disclosure::{
    Coefficient, Component, ComponentEnergy, Draft, Figure, IntensityShare, Method, Methodology,
    Persona,
};
use gpu_carbon_core::{Energy, Interval, Mass, Pue, Scope, Signal, Span};
use gpu_carbon_feeds::rfc3339;
use serde::Deserialize;

use super::args::Args;
use super::assessment::Assessment;
use super::boundary_part::part;
use super::project::{self, Project};
use super::selection::default_stage;
use super::{about, boundary, coefficients, count, embodied, methods, unit};
use crate::input;
use crate::usage_error::UsageError;

const ENERGY: &str = "Energy of the plan";
const INTENSITY: &str = "Intensity of the plan";
/// The coefficient of a plan for the servers around the GPUs.
const GPU_SHARE: &str = "gpu-share-of-server-power";
const EMBODIED: &str = "Embodied emissions of the GPUs (declared)";

/// The parts of a plan that an estimate needs, as `gpu-carbon plan --format json` writes them.
#[derive(Debug, Deserialize)]
struct PlanFile {
    job: Job,
    power_usage_effectiveness: f64,
    /// The share of a server's power that its GPUs take, and the boundary in words, of a plan for servers.
    host_share_percent: Option<f64>,
    boundary: Option<String>,
    regions: Vec<Region>,
}

#[derive(Debug, Deserialize)]
struct Job {
    duration_seconds: f64,
    energy_kilowatt_hours: f64,
}

#[derive(Debug, Deserialize)]
struct Region {
    name: String,
    source: String,
    signal: String,
    scope: Option<String>,
    baseline: Baseline,
}

#[derive(Debug, Deserialize)]
struct Baseline {
    start: String,
    end: String,
    emissions_grams: f64,
}

/// The numbers of a plan, checked.
struct Plan {
    region: Region,
    signal: Signal,
    time: Interval,
    duration: Span,
    energy: ComponentEnergy,
    operational: Mass,
    servers: Option<Servers>,
}

/// The servers around the GPUs, where the plan is for them.
struct Servers {
    /// The share of their power that the GPUs take, in percent.
    gpu_percent: f64,
    /// The boundary in words.
    boundary: String,
}

/// Assesses the run at once in the first region of a plan.
///
/// # Errors
///
/// A [`UsageError`] when an argument or the plan cannot be used; another error when Prometheus does not answer.
pub(super) fn assess(args: &Args, path: &Path, persona: Persona) -> Result<Assessment> {
    let plan = read(path)?;
    let counted = count::count(args, plan.time)?;
    let unit = unit::of(args, &counted);
    let gpus = f64::from(args.gpu_count);
    let rate = embodied::declared_rate(args);
    let grams = rate.map(|rate| rate * gpus * plan.duration.as_seconds());
    let embodied = grams.and_then(|grams| Mass::from_grams(grams).ok());
    let methodologies = methodologies(&plan, embodied.is_some());
    let names = methodologies.iter().map(|it| it.name.clone());
    let component = Component {
        name: plan.region.name.clone(),
        description: format!("The job, run at once in {}, on {gpus} GPUs.", plan.region.name),
        conversion: Some(plan.energy),
        operational: plan.operational,
        embodied,
        methodologies: names.chain([methods::count_name(&unit)]).collect(),
    };
    let stage = default_stage(args, persona);
    let mut all_coefficients = plan_coefficients(&plan);
    if let (Some(kilograms), Some(source)) = (args.embodied, &args.embodied_source) {
        all_coefficients.extend(coefficients::declared_embodied(args, kilograms, source));
    }
    all_coefficients.extend(coefficients::count(&counted, &unit));
    let (job, alone) = match &plan.servers {
        Some(Servers { boundary, .. }) => (
            format!("the energy that the plan names: that of {boundary}"),
            "the plan has the energy of the job's servers alone",
        ),
        None => (
            "the energy that the plan names".to_owned(),
            "the plan has the energy of the job alone",
        ),
    };
    let included = vec![part("the job", &job)];
    let left_out = vec![part("all else", alone)];
    let mut all_methods = methodologies;
    all_methods.push(methods::count(&counted, &unit));
    let draft = Draft {
        about: about::read(args.about.as_deref())?,
        persona,
        stages: vec![stage],
        boundary: boundary::complete(included, left_out, persona, &[stage]),
        timespan: plan.time,
        components: vec![component],
        energy: Some(plan.energy.energy),
        operational: plan.operational,
        embodied,
        intensities: vec![share(&plan)],
        coefficients: all_coefficients,
        methodologies: all_methods,
        unit: unit.clone(),
    };
    let project = Project {
        gpu_hours: gpus * plan.duration.as_seconds() / 3600.0,
        wall_clock: plan.duration,
        stages: vec![(stage, plan.operational + embodied.unwrap_or_default())],
        ..project::of_energy(Some(plan.energy), &unit)
    };
    let mut assessment = Assessment::of(draft, project, counted)?;
    assessment.is_estimate = true;
    Ok(assessment)
}

fn read(path: &Path) -> Result<Plan, UsageError> {
    let wrong = |reason: String| {
        UsageError::CommandLine(format!(
            "{}: {reason}: give an answer of gpu-carbon plan --intensity … --format json",
            path.display()
        ))
    };
    let file: PlanFile =
        serde_json::from_str(&input::text(path)?).map_err(|error| wrong(error.to_string()))?;
    let region =
        file.regions.into_iter().next().ok_or_else(|| wrong("it has no region".to_owned()))?;
    let time = |text: &str| rfc3339::parse(text).map_err(|error| wrong(error.to_string()));
    let (start, end) = (time(&region.baseline.start)?, time(&region.baseline.end)?);
    let number = |error: &dyn std::fmt::Display| wrong(error.to_string());
    let energy = Energy::from_kilowatt_hours(file.job.energy_kilowatt_hours)
        .map_err(|error| number(&error))?;
    let pue = Pue::from_number(file.power_usage_effectiveness).map_err(|error| number(&error))?;
    let operational =
        Mass::from_grams(region.baseline.emissions_grams).map_err(|error| number(&error))?;
    let intensity = operational / (energy * pue);
    let duration = Span::from_seconds_f64(file.job.duration_seconds);
    let signal = Signal::named(&region.signal);
    let (Some(intensity), Some(duration), Some(signal)) = (intensity, duration, signal) else {
        return Err(wrong("its energy, its duration or its signal is none".to_owned()));
    };
    Ok(Plan {
        region,
        signal,
        time: Interval::new(start, end.max(start)),
        duration,
        energy: ComponentEnergy { energy, pue, intensity },
        operational,
        servers: file
            .host_share_percent
            .zip(file.boundary)
            .map(|(gpu_percent, boundary)| Servers { gpu_percent, boundary }),
    })
}

fn share(plan: &Plan) -> IntensityShare {
    let scope = plan.region.scope.as_deref().and_then(Scope::named);
    IntensityShare {
        zone: plan.region.name.clone(),
        signal: plan.signal.name(),
        scope: scope.map(Scope::title),
        source: plan.region.source.clone(),
        quality: "forecast",
        step: "the steps of the series".to_owned(),
        share: 1.0,
        grams_per_kilowatt_hour: Some(plan.energy.intensity.as_grams_per_kilowatt_hour()),
    }
}

fn plan_coefficients(plan: &Plan) -> Vec<Coefficient> {
    let of_servers = plan.servers.as_ref().map(|servers| Coefficient {
        name: GPU_SHARE.to_owned(),
        description:
            "Share of a server's power that its GPUs take, by which their energy is divided"
                .to_owned(),
        value: servers.gpu_percent / 100.0,
        unit: "1".to_owned(),
        source: format!("the plan (--host-share): {}", servers.boundary),
    });
    let mut all = vec![
        Coefficient {
            name: "grid-intensity".to_owned(),
            description: format!(
                "Mean {} intensity of the grid while the job would run",
                plan.signal
            ),
            value: plan.energy.intensity.as_grams_per_kilowatt_hour(),
            unit: "g CO2e/kWh".to_owned(),
            source: plan.region.source.clone(),
        },
        Coefficient {
            name: "power-usage-effectiveness".to_owned(),
            description: "Energy of the data centre for each unit that its IT equipment uses"
                .to_owned(),
            value: plan.energy.pue.as_number(),
            unit: "1".to_owned(),
            source: "the plan (--pue)".to_owned(),
        },
    ];
    all.extend(of_servers);
    all
}

fn methodologies(plan: &Plan, has_embodied: bool) -> Vec<Methodology> {
    let methodology =
        |figure, name: &str, method, description: String, names: &[&str]| Methodology {
            figure,
            name: name.to_owned(),
            method,
            description,
            coefficients: names.iter().map(|it| (*it).to_owned()).collect(),
        };
    let mut all = vec![
        methodology(
            Figure::Energy,
            ENERGY,
            Method::Model,
            "The energy that the plan assumes for the job, which has not run.".to_owned(),
            if plan.servers.is_some() { &[GPU_SHARE] } else { &[] },
        ),
        methodology(
            Figure::Intensity,
            INTENSITY,
            Method::Model,
            format!("The series {} over the time of the run at once.", plan.region.source),
            &["grid-intensity", "power-usage-effectiveness"],
        ),
    ];
    if has_embodied {
        all.push(methodology(
            Figure::Embodied,
            EMBODIED,
            Method::Declared,
            "M = TE x (TiR / EL): the declared manufacture of the GPUs over their declared lifespan.".to_owned(),
            &[coefficients::DECLARED_EMBODIED, coefficients::LIFESPAN],
        ));
    }
    all
}
