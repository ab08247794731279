//! The JSON of an answer: every plan, with every factor and without rounding.

use gpu_carbon_core::what_if::{Answer, PausedPlan, Plan, Plans, Request, Shift, Warning};
use gpu_carbon_core::{Interval, Timestamp, schedule};
use gpu_carbon_feeds::rfc3339;
use serde::Serialize;

use crate::explain::describe_warning;
use crate::seconds::Seconds;
use crate::timestamp::Rfc3339;

/// The document of an answer, ready for serialization. The names of its fields are those of the JSON.
#[derive(Debug, Serialize)]
pub struct PlanDocument<'a> {
    job: JobDocument,
    window_seconds: Seconds,
    power_usage_effectiveness: f64,
    #[serde(flatten)]
    host_share: Option<HostShareDocument>,
    /// The signal of the home region.
    signal: &'static str,
    pause_costs: PauseCostsDocument,
    regions: Vec<Region<'a>>,
    /// The region of the home region's signal with the least emissions.
    best_region: &'a str,
    /// The region against which moving is measured.
    home_region: &'a str,
    shifts: Shifts<'a>,
    /// One ranking for each signal, the signal of the home region first.
    ranking: Vec<Ranking<'a>>,
    warnings: Vec<String>,
}

/// The document of a job.
#[derive(Debug, Serialize)]
pub struct JobDocument {
    duration_seconds: Seconds,
    energy_kilowatt_hours: f64,
}

/// The document of the boundary of a plan for servers; there is none for the GPUs alone.
#[derive(Debug, Serialize)]
pub struct HostShareDocument {
    /// The share of a server's power that its GPUs take, by which the energy of the job is that of the servers.
    host_share_percent: f64,
    /// The boundary in words.
    boundary: String,
}

/// The document of the costs and the limits of pauses.
#[derive(Debug, Serialize)]
pub struct PauseCostsDocument {
    energy_kilowatt_hours: f64,
    time_seconds: Seconds,
    paused_power_watts: f64,
    least_run_seconds: Seconds,
    most_pauses: Option<usize>,
    milestones: Vec<Milestone>,
}

#[derive(Debug, Serialize)]
struct Milestone {
    work_seconds: Seconds,
    by: Rfc3339,
}

#[derive(Debug, Serialize)]
struct Region<'a> {
    name: &'a str,
    source: &'a str,
    signal: &'static str,
    /// The scope of the intensity; null where it is unknown.
    scope: Option<&'static str>,
    #[serde(flatten)]
    plans: PlansDocument,
}

/// The document of the plans of one region.
#[derive(Debug, Serialize)]
pub struct PlansDocument {
    step_seconds: Seconds,
    baseline: Baseline,
    flexible_start: FlexibleStart,
    pause_and_resume: PauseAndResume,
}

#[derive(Debug, Serialize)]
struct Baseline {
    #[serde(flatten)]
    run: Run,
    emissions_grams: f64,
}

#[derive(Debug, Serialize)]
struct FlexibleStart {
    #[serde(flatten)]
    run: Run,
    emissions_grams: f64,
    saving_ratio: Option<f64>,
}

#[derive(Debug, Serialize)]
struct PauseAndResume {
    emissions_grams: f64,
    saving_ratio: Option<f64>,
    pauses: usize,
    pauses_per_hour: f64,
    threshold_grams_per_kilowatt_hour: f64,
    /// The method that found the plan: see [`method`].
    method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    costs: Option<Costs>,
    intervals: Vec<Run>,
}

#[derive(Debug, Serialize)]
struct Costs {
    pause_emissions_grams: f64,
    free_claim_emissions_grams: f64,
    honest_free_emissions_grams: f64,
    pausing_pays: bool,
}

#[derive(Debug, Serialize)]
struct Run {
    start: Rfc3339,
    end: Rfc3339,
}

#[derive(Debug, Serialize)]
struct Shifts<'a> {
    moving: Shifted<'a>,
    waiting: Shifted<'a>,
    pausing: Shifted<'a>,
    all: Shifted<'a>,
}

#[derive(Debug, Serialize)]
struct Shifted<'a> {
    region: &'a str,
    emissions_grams: f64,
    saving_ratio: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Ranking<'a> {
    signal: &'static str,
    regions: Vec<&'a str>,
}

impl<'a> PlanDocument<'a> {
    /// Creates the document of an answer.
    #[must_use]
    pub fn of(answer: &Answer<'a>) -> PlanDocument<'a> {
        let request = answer.request;
        let shifts = gpu_carbon_core::what_if::Shifts::of(answer);
        let ranking = |signal| Ranking {
            signal: gpu_carbon_core::Signal::name(signal),
            regions: answer.ranking(signal).iter().map(|plans| plans.region.name).collect(),
        };
        PlanDocument {
            job: JobDocument::of(request),
            window_seconds: Seconds(request.window),
            power_usage_effectiveness: request.pue.as_number(),
            host_share: HostShareDocument::of(request),
            signal: answer.home().region.signal.name(),
            pause_costs: PauseCostsDocument::of(&request.pause_costs),
            regions: answer.regions().iter().map(region).collect(),
            best_region: answer.best().region.name,
            home_region: answer.home().region.name,
            shifts: Shifts {
                moving: shifts.moving.into(),
                waiting: shifts.waiting.into(),
                pausing: shifts.pausing.into(),
                all: shifts.all.into(),
            },
            ranking: answer.signals().map(ranking).collect(),
            warnings: Warning::all_of(answer)
                .iter()
                .map(|it| describe_warning(it, rfc3339::format))
                .collect(),
        }
    }

    /// Serializes the document as indented JSON that ends with a line break.
    ///
    /// # Errors
    ///
    /// Never in practice: the names are text, and the numbers are finite.
    pub fn to_json(&self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

/// The name of the method that found a plan with pauses: `cheapest_intervals` where pauses are free, or `exact` for the search
/// that includes the costs of pauses.
#[must_use]
pub fn method(paused: &PausedPlan) -> &'static str {
    if paused.costs.is_some() { "exact" } else { "cheapest_intervals" }
}

impl JobDocument {
    /// Creates the document of the job of a request.
    #[must_use]
    pub fn of(request: &Request) -> JobDocument {
        JobDocument {
            duration_seconds: Seconds(request.job.duration()),
            energy_kilowatt_hours: request.energy.as_kilowatt_hours(),
        }
    }
}

impl HostShareDocument {
    /// Creates the document of the boundary of a request; `None` for the GPUs alone.
    #[must_use]
    pub fn of(request: &Request) -> Option<HostShareDocument> {
        let host_share_percent = request.host_share.percent()?;
        Some(HostShareDocument { host_share_percent, boundary: request.host_share.sentence() })
    }
}

impl PauseCostsDocument {
    /// Creates the document of the costs of pauses.
    #[must_use]
    pub fn of(costs: &schedule::PauseCosts) -> PauseCostsDocument {
        let milestone = |it: &schedule::Milestone| Milestone {
            work_seconds: Seconds(it.work),
            by: Rfc3339(it.by),
        };
        PauseCostsDocument {
            energy_kilowatt_hours: costs.energy.as_kilowatt_hours(),
            time_seconds: Seconds(costs.time),
            paused_power_watts: costs.paused_power.as_watts(),
            least_run_seconds: Seconds(costs.least_run),
            most_pauses: costs.most_pauses,
            milestones: costs.milestones.iter().map(milestone).collect(),
        }
    }
}

fn region<'a>(plans: &Plans<'a>) -> Region<'a> {
    Region {
        name: plans.region.name,
        source: plans.region.source,
        signal: plans.region.signal.name(),
        scope: plans.region.scope.map(gpu_carbon_core::Scope::name),
        plans: PlansDocument::of(plans),
    }
}

impl PlansDocument {
    /// Creates the document of the plans of a region.
    #[must_use]
    pub fn of(plans: &Plans<'_>) -> PlansDocument {
        let (baseline, flexible) = (&plans.baseline, &plans.flexible_start);
        PlansDocument {
            step_seconds: Seconds(plans.region.series.step()),
            baseline: Baseline {
                run: whole_run(baseline),
                emissions_grams: baseline.emissions.as_grams(),
            },
            flexible_start: FlexibleStart {
                run: whole_run(flexible),
                emissions_grams: flexible.emissions.as_grams(),
                saving_ratio: plans.saving(flexible),
            },
            pause_and_resume: pauses(plans, &plans.pause_and_resume),
        }
    }
}

fn pauses(plans: &Plans<'_>, paused: &PausedPlan) -> PauseAndResume {
    let PausedPlan { plan, threshold, pauses_per_hour, costs } = paused;
    PauseAndResume {
        emissions_grams: plan.emissions.as_grams(),
        saving_ratio: plans.saving(plan),
        pauses: plan.schedule.pauses(),
        pauses_per_hour: *pauses_per_hour,
        threshold_grams_per_kilowatt_hour: threshold.as_grams_per_kilowatt_hour(),
        method: method(paused),
        costs: costs.as_ref().map(|costs| Costs {
            pause_emissions_grams: costs.pauses.as_grams(),
            free_claim_emissions_grams: costs.free_plan_claimed.as_grams(),
            honest_free_emissions_grams: costs.free_plan_actual.as_grams(),
            pausing_pays: costs.pausing_pays,
        }),
        intervals: plan.schedule.intervals().iter().copied().map(Run::from).collect(),
    }
}

/// The run of a plan from its first start to its last end.
fn whole_run(plan: &Plan) -> Run {
    let start = || Interval::instant(Timestamp::EPOCH); // not used: a job has a duration above zero
    plan.schedule.extent().unwrap_or_else(start).into()
}

impl From<Interval> for Run {
    fn from(interval: Interval) -> Run {
        Run { start: Rfc3339(interval.start()), end: Rfc3339(interval.end()) }
    }
}

impl<'a> From<Shift<'a>> for Shifted<'a> {
    fn from(shift: Shift<'a>) -> Shifted<'a> {
        Shifted {
            region: shift.region,
            emissions_grams: shift.emissions.as_grams(),
            saving_ratio: shift.saving_ratio,
        }
    }
}
