//! The plan for people.

use gpu_carbon_core::equivalents::EPA;
use gpu_carbon_core::schedule::{PauseCosts, saving_ratio};
use gpu_carbon_core::what_if::{
    Answer, PausedPlan, PausedPlanCosts, Plan, Plans, Request, Shift, Shifts, Warning,
};
use gpu_carbon_core::{Interval, Signal, Span};
use gpu_carbon_schema::describe_warning;

use super::chart::{Chart, LEGEND, Sparkline};
use super::costs::{BEST_START, WITH_PAUSES};
use super::request::Question;
use crate::region::{self, Region};
use crate::time_zone::Zone;
use gpu_carbon_core::format;

/// The greatest number of runs that are listed for a plan with pauses.
const MOST_RUNS: usize = 8;

pub(super) const NOW: &str = "now";

/// Returns the plans of each region, the ranking of the regions, and the notes below them.
pub(super) fn lines(question: &Question, answer: &Answer<'_>, regions: &[Region]) -> Vec<String> {
    let mut lines = head(question, answer);
    for plans in answer.regions() {
        lines.push(String::new());
        lines.extend(region(answer, plans, question.zone));
    }
    for signal in answer.signals() {
        let ranking = answer.ranking(signal);
        if ranking.len() > 1 {
            lines.push(String::new());
            lines.extend(ranked(signal, &ranking));
        }
    }
    if answer.ranking(answer.home().region.signal).len() > 1 {
        lines.push(String::new());
        lines.extend(shifts(answer));
    }
    lines.push(String::new());
    let warnings = Warning::all_of(answer);
    lines.extend(
        warnings.iter().map(|it| {
            format!("Warning: {}.", describe_warning(it, |at| question.zone.readable(at)))
        }),
    );
    lines.push(equivalent(answer.best()));
    lines.extend(notes(answer, regions));
    lines
}

/// Describes the job, with the factors that hold in every region, and the boundary where it contains the servers around the GPUs.
pub(super) fn job(question: &Question) -> Vec<String> {
    let request = &question.request;
    let job = &request.job;
    let title = question.title.as_deref().unwrap_or("Job");
    let power = match job.constant_power() {
        Some(power) => format!("at {}", format::power(power)),
        None => "at changing power".to_owned(),
    };
    let (duration, energy) = (format::span(job.duration()), format::energy(request.energy));
    let pue = request.pue.as_number();
    let mut lines = vec![format!("{title}: {duration}, {energy} {power}, PUE {pue:?}")];
    let boundary = request.host_share.percent();
    lines.extend(boundary.map(|_| format!("Boundary: {}.", request.host_share.sentence())));
    lines
}

fn head(question: &Question, answer: &Answer<'_>) -> Vec<String> {
    let request = &question.request;
    let signals: Vec<String> = answer.signals().map(|signal| intensities(answer, signal)).collect();
    let mut lines = job(question);
    lines.push(format!(
        "May start at {} or up to {} later. Times are {}, intensities {}.",
        question.zone.readable(request.start),
        format::span(request.window),
        question.zone,
        signals.join(" and ")
    ));
    lines
}

/// Returns the name of a signal, and the scope of its intensities where all have one.
fn intensities(answer: &Answer<'_>, signal: Signal) -> String {
    let ranking = answer.ranking(signal);
    let scopes = ranking.iter().map(|plans| plans.region.scope);
    let first = ranking.first().and_then(|plans| plans.region.scope);
    match first.filter(|_| scopes.clone().all(|scope| scope == first)) {
        Some(scope) => format!("{signal} ({})", scope.title()),
        None => signal.name().to_owned(),
    }
}

/// Returns the name of a region, and its signal where the answer has two.
fn name(answer: &Answer<'_>, plans: &Plans<'_>) -> String {
    let region = plans.region;
    match answer.signals().count() {
        1 => region.name.to_owned(),
        _ => format!("{} ({})", region.name, region.signal),
    }
}

/// Describes a saving; `None` where a start at once emits nothing.
pub(crate) fn saving(ratio: Option<f64>) -> String {
    match ratio {
        Some(saving) => format!("saves {}", format::percent(saving)),
        None => "nothing to save".to_owned(),
    }
}

fn region(answer: &Answer<'_>, plans: &Plans<'_>, zone: Zone) -> Vec<String> {
    let saves = |plan: &Plan| saving(plans.saving(plan));
    let mut lines = vec![name(answer, plans)];
    lines.push(row(NOW, &plans.baseline, "", zone));
    lines.push(row(BEST_START, &plans.flexible_start, &saves(&plans.flexible_start), zone));
    let paused = &plans.pause_and_resume;
    lines.push(row(WITH_PAUSES, &paused.plan, &saves(&paused.plan), zone));
    // A power that changes is planned exactly, too, and its pauses may be free.
    if answer.request.pause_costs != PauseCosts::default() {
        lines.extend(paused.costs.iter().flat_map(|it| costs(it, &answer.request.pause_costs)));
    }
    lines.extend(pauses(paused, zone));
    lines.push(String::new());
    let chart = Chart::of(answer.request.horizon());
    let Sparkline { bars, scale } = chart.sparkline(&plans.exposures);
    lines.push(labelled("intensity", &bars));
    lines.push(labelled(NOW, &chart.marks(&plans.baseline.schedule)));
    lines.push(labelled(BEST_START, &chart.marks(&plans.flexible_start.schedule)));
    lines.push(labelled(WITH_PAUSES, &chart.marks(&paused.plan.schedule)));
    lines.push(labelled("", &format!("{scale}; {LEGEND}")));
    lines
}

/// Returns the emissions of a plan, its saving, and its time.
fn row(label: &str, plan: &Plan, saves: &str, zone: Zone) -> String {
    let when =
        plan.schedule.extent().map(|extent| zone.readable_interval(extent)).unwrap_or_default();
    let mass = format::mass(plan.emissions);
    labelled(label, &format!("{mass:>9}  {saves:<15}  {when}"))
}

/// Describes the cost of pauses, and the plan that would seem best if they were free.
fn costs(costs: &PausedPlanCosts, asked: &PauseCosts) -> Vec<String> {
    let [pauses, claim, actual] =
        [costs.pauses, costs.free_plan_claimed, costs.free_plan_actual].map(format::mass);
    let mut lines = vec![labelled("", &format!("of that its pauses emit {pauses}"))];
    if !costs.pausing_pays {
        lines.push(labelled("", "pausing does not pay here: a run without a pause emits no more"));
    }
    let is_limited =
        asked.most_pauses.is_some() || asked.least_run > Span::ZERO || !asked.milestones.is_empty();
    let aside = if is_limited { ", without the limits" } else { "" };
    let free = format!(
        "if pauses were free, {claim} would seem possible; with their cost, that plan emits {actual}{aside}"
    );
    lines.push(labelled("", &free));
    lines
}

fn pauses(paused: &PausedPlan, zone: Zone) -> Vec<String> {
    let runs = paused.plan.schedule.intervals();
    let count = paused.plan.schedule.pauses();
    if count == 0 {
        return vec![labelled("", "no pause: one run emits least")];
    }
    let (pauses, rate) = (if count == 1 { "pause" } else { "pauses" }, paused.pauses_per_hour);
    let threshold = paused.threshold.as_grams_per_kilowatt_hour();
    // Where a pause costs something, the job continues through short peaks.
    let when = if paused.costs.is_none() { "whenever above" } else { "running at up to" };
    let mut lines = vec![labelled(
        "",
        &format!("{count} {pauses} ({rate:.2} an hour), {when} {threshold:.1} g/kWh; it runs"),
    )];
    lines.extend(runs.iter().take(MOST_RUNS).map(|&run| labelled("", &listed(run, zone))));
    if let Some(more) = runs.len().checked_sub(MOST_RUNS).filter(|&more| more > 0) {
        lines.push(labelled("", &format!("  and {more} more; --format json has them all")));
    }
    lines
}

fn listed(run: Interval, zone: Zone) -> String {
    format!("  {} ({})", zone.readable_interval(run), format::span(run.length()))
}

fn ranked(signal: Signal, ranking: &[&Plans<'_>]) -> Vec<String> {
    let width = ranking.iter().map(|plans| plans.region.name.chars().count()).max().unwrap_or(0);
    let mut lines = vec![format!(
        "Where it emits least, by the best plan of each region ({signal} intensities)"
    )];
    let places = ranking.len().to_string().len();
    let least = ranking.first().map(|plans| (plans.region.name, plans.best().emissions));
    for (place, plans) in (1..).zip(ranking) {
        let (name, best) = (plans.region.name, plans.best());
        let against = match least {
            Some((first, least)) if place > 1 => saving_ratio(best.emissions, least)
                .map_or(String::new(), |less| {
                    format!("  {first} emits {} less", format::percent(less))
                }),
            _ => String::new(),
        };
        lines.push(format!(
            "  {place:>places$}. {name:<width$}  {:>9}{against}",
            format::mass(best.emissions)
        ));
    }
    lines
}

/// Compares moving, waiting and pausing with a run at once at home.
fn shifts(answer: &Answer<'_>) -> Vec<String> {
    let (home, shifts) = (answer.home(), Shifts::of(answer));
    let row = |label: &str, shift: &Shift<'_>| {
        let saves = saving(shift.saving_ratio);
        let place = format!("in {}", shift.region);
        labelled(label, &format!("{:>9}  {saves:<15}  {place}", format::mass(shift.emissions)))
    };
    vec![
        format!(
            "Against now in {}, which emits {}",
            home.region.name,
            format::mass(home.baseline.emissions)
        ),
        row("moving", &shifts.moving),
        row("waiting", &shifts.waiting),
        row("pausing", &shifts.pausing),
        row("all three", &shifts.all),
    ]
}

fn equivalent(plans: &Plans<'_>) -> String {
    let (now, best) = (plans.baseline.emissions, plans.best().emissions);
    let one = EPA.best(now);
    let (now, best) = (format::digits(one.count(now)), format::digits(one.count(best)));
    let (name, many) = (plans.region.name, one.many);
    format!("In {name}: {now} {many} now, {best} by the best plan ({}, {}).", EPA.source, EPA.year)
}

fn notes(answer: &Answer<'_>, regions: &[Region]) -> Vec<String> {
    let ahead = format::span(answer.request.horizon().length());
    let mut notes = vec![
        format!(
            "Savings assume that the intensity is known {ahead} ahead; forecasts reach 24 to 72 h, and contain errors."
        ),
        format!(
            "A pause is an interruption of the job; the wait before its first run is not a pause. {}",
            search(answer.request)
        ),
    ];
    notes.extend(region::notes(regions));
    let is_marginal =
        |region: &Region| region.signal == Signal::Marginal && !region.is_signal_assumed;
    if regions.iter().any(is_marginal) {
        notes.push(region::MARGINAL_SOURCES_DISAGREE.to_owned());
    }
    notes.extend(region::credits(regions).into_iter().map(|credit| format!("Data: {credit}.")));
    notes
}

/// Describes the search that found the pauses.
fn search(request: &Request) -> &'static str {
    match request.job.constant_power() {
        _ if request.pauses_are_free() => "Here, pauses cost nothing.",
        Some(_) => "Here, pauses have a cost: the plan is exact, by dynamic programming.",
        None => "The power of this job changes: the plan is exact, by dynamic programming.",
    }
}

pub(super) fn labelled(label: &str, text: &str) -> String {
    format!("  {label:<11}  {text}").trim_end().to_owned()
}
