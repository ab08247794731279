//! The plans in cloud regions as CSV: a row for each region.

use gpu_carbon_core::Mass;
use gpu_carbon_core::what_if::{Plan, PlanSpread};
use gpu_carbon_schema::csv;

use super::answer::{CloudAnswer, RegionPlan};
use super::json::season_answer;
use super::text::credit;
use super::zone_plan::Found;
use crate::output::{self, Value};
use crate::plan::costs::{Choice, Costs};

const COLUMNS: [&str; 31] = [
    "region",
    "zone",
    "answer",
    "data",
    "signal",
    "scope",
    "rank",
    "start",
    "window_seconds",
    "duration_seconds",
    "energy_kilowatt_hours",
    "power_usage_effectiveness",
    "baseline_emissions_grams",
    "baseline_emissions_grams_lower_quartile",
    "baseline_emissions_grams_upper_quartile",
    "best_start",
    "best_start_saving_ratio",
    "flexible_start_emissions_grams",
    "flexible_start_emissions_grams_lower_quartile",
    "flexible_start_emissions_grams_upper_quartile",
    "pause_and_resume_emissions_grams",
    "pause_and_resume_emissions_grams_lower_quartile",
    "pause_and_resume_emissions_grams_upper_quartile",
    "starts",
    "marginal_disagreement_basis",
    "marginal_sources",
    "marginal_sources_correlation",
    "marginal_kept_saving_ratio_low",
    "marginal_kept_saving_ratio_high",
    "attribution",
    "notes",
];

/// Returns the CSV of an answer, with the boundary where it contains servers, and with money and moving where they are asked for. The regions without data come last, with
/// empty fields.
pub(super) fn write(answer: &CloudAnswer<'_>, costs: Option<&Costs>) -> String {
    let all = answer.regions.iter().chain(&answer.left_out);
    let host_share = answer.question.request.host_share;
    let boundary = host_share.percent().map(|_| host_share.sentence());
    let more = boundary.iter().map(|_| csv::BOUNDARY);
    let more = more.chain(costs.iter().flat_map(|_| Choice::COLUMNS));
    let rows = all.map(|region| {
        let mut row = row(answer, region);
        row.extend(boundary.clone().map(Value::from));
        if let Some(costs) = costs {
            let signal = region.plan.basis().map(|basis| basis.signal);
            let choice = signal.and_then(|signal| costs.of_region(&region.region.id(), signal));
            row.extend(choice.map(Choice::fields).unwrap_or_default().map(Value::from));
        }
        row
    });
    output::csv::write(COLUMNS.into_iter().chain(more), rows)
}

fn row(answer: &CloudAnswer<'_>, it: &RegionPlan<'_>) -> Vec<Value> {
    let (plan, request) = (it.plan, &answer.question.request);
    let basis = plan.basis();
    let ranking = answer.rankings().into_iter().find(|ranking| Some(ranking.basis) == basis);
    let rank = ranking.and_then(|ranking| {
        ranking.regions.iter().position(|other| other.region == it.region).map(|place| place + 1)
    });
    let (kind, data, window) = match &plan.found {
        Found::Live { data, window, .. } => ("live", data.service.name(), *window),
        Found::Season { season, .. } => (season_answer(*season), season.name(), request.window),
        Found::Yearly { .. } => ("yearly_level", "electricity_maps", request.window),
        Found::Nothing => ("", "", request.window),
    };
    let [baseline, flexible, paused] = emissions(&plan.found);
    let best = plan.best_start(answer.question);
    let starts = match &plan.found {
        Found::Season { plans, .. } => Some(plans.starts),
        _ => None,
    };
    let mut values: Vec<Value> = vec![
        it.region.id().into(),
        plan.zone.code.into(),
        kind.into(),
        data.into(),
        basis.map(|basis| basis.signal.name()).into(),
        basis.map(|basis| basis.scope.name()).into(),
        rank.into(),
        request.start.into(),
        window.into(),
        request.job.duration().into(),
        request.energy.as_kilowatt_hours().into(),
        request.pue.as_number().into(),
    ];
    values.extend(baseline);
    values.push(best.map(|best| best.start).into());
    values.push(best.and_then(|best| best.saving_ratio).into());
    values.extend(flexible.into_iter().chain(paused));
    values.push(starts.into());
    let disagreement = plan.disagreement.as_ref();
    let kept = disagreement.and_then(|it| it.kept_ratios);
    values.push(disagreement.map(|it| it.basis()).into());
    values.push(disagreement.map_or(Value::Missing, |it| Value::Texts(it.sources.to_vec())));
    values.push(disagreement.and_then(|it| it.correlation).into());
    values.push(kept.map(|[low, _]| low).into());
    values.push(kept.map(|[_, high]| high).into());
    values.push(credit(plan).into());
    let pue = answer.question.pue_source.iter().map(|source| format!("PUE of {source}"));
    values.push(Value::Texts(plan.notes.iter().cloned().chain(pue).collect()));
    values
}

/// The emissions of a start at once, of the best start and with pauses: each with the quartiles that it has.
fn emissions(found: &Found<'_>) -> [[Value; 3]; 3] {
    let none = || [Value::Missing, Value::Missing, Value::Missing];
    let one = |mass: Mass| [mass.as_grams().into(), Value::Missing, Value::Missing];
    match found {
        Found::Live { plans, .. } => {
            let all: [&Plan; 3] =
                [&plans.baseline, &plans.flexible_start, &plans.pause_and_resume.plan];
            all.map(|plan| one(plan.emissions))
        }
        Found::Season { plans, .. } => {
            let all: [&PlanSpread; 3] =
                [&plans.baseline, &plans.flexible_start, &plans.pause_and_resume];
            all.map(|spread| {
                let it = spread.emissions;
                [it.median, it.lower_quartile, it.upper_quartile].map(|mass| mass.as_grams().into())
            })
        }
        Found::Yearly { emissions } => [one(*emissions), none(), none()],
        Found::Nothing => [none(), none(), none()],
    }
}
