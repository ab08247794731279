//! The plans in cloud regions as text for people.

use std::collections::{BTreeMap, BTreeSet};

use gpu_carbon_core::what_if::{PlanSpread, Plans, SEASON_DAYS, SeasonalPlans};
use gpu_carbon_core::{Mass, Span, Timestamp, format};
use gpu_carbon_feeds::regions::{YEARLY_ATTRIBUTION, YEARLY_YEAR};

use super::answer::{CloudAnswer, Ranking, RegionPlan};
use super::zone_plan::{Basis, Found, Season, ZonePlan};
use crate::output::text::{Layout, table};
use crate::plan::request::Question;
use crate::plan::text::{job, labelled, saving};
use crate::region::MARGINAL_SOURCES_DISAGREE;
use crate::region_data::LiveData;

/// The greatest number of regions whose plans are shown one by one, and not in the ranking alone.
const MOST_IN_FULL: usize = 3;

/// The greatest number of reasons that are listed for many regions.
const MOST_REASONS: usize = 12;

pub(super) fn lines(answer: &CloudAnswer<'_>) -> Vec<String> {
    let mut lines = head(answer.question);
    let rankings = answer.rankings();
    if answer.regions.len() <= MOST_IN_FULL {
        for region in &answer.regions {
            lines.push(String::new());
            lines.extend(in_full(answer, region));
        }
    }
    for ranking in rankings.iter().filter(|_| answer.regions.len() > 1) {
        lines.push(String::new());
        lines.extend(ranked(ranking));
    }
    if rankings.len() > 1 {
        lines.push(String::new());
        lines.push("The rankings are apart: grams of different kinds are not compared.".to_owned());
    }
    if !answer.left_out.is_empty() {
        lines.push(String::new());
        let names: Vec<_> = answer.left_out.iter().map(|it| it.region.id()).collect();
        lines
            .push(format!("Left out, without data of the signal asked for: {}.", names.join(", ")));
    }
    lines.push(String::new());
    if answer.regions.len() > MOST_IN_FULL {
        lines.extend(limits(answer));
    }
    lines.extend(notes(answer));
    lines
}

/// Describes why better data do not answer for some regions, each reason once.
fn limits(answer: &CloudAnswer<'_>) -> Vec<String> {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for region in answer.regions.iter().chain(&answer.left_out) {
        for note in &region.plan.notes {
            *reasons.entry(note).or_default() += 1;
        }
    }
    let mut lines: Vec<_> = reasons
        .iter()
        .take(MOST_REASONS)
        .map(|(reason, &count)| match count {
            1 => format!("Note for 1 region: {reason}."),
            _ => format!("Note for {count} regions: {reason}."),
        })
        .collect();
    if let Some(more) = reasons.len().checked_sub(MOST_REASONS).filter(|&more| more > 0) {
        lines.push(format!("There are {more} more notes; --format json has them all."));
    }
    lines
}

fn head(question: &Question) -> Vec<String> {
    let request = &question.request;
    let mut lines = job(question);
    lines.push(format!(
        "May start at {} or up to {} later. Times are {}.",
        question.zone.readable(request.start),
        format::span(request.window),
        question.zone
    ));
    lines
}

/// Describes the data of an answer: the place in time, the source, the signal and the scope.
pub(crate) fn basis(plan: &ZonePlan<'_>) -> String {
    let kind = plan.basis().map(kind).unwrap_or_default();
    match &plan.found {
        Found::Live { data, .. } => format!("by {} ({kind})", data.service.title()),
        Found::Season { season: Season::Year(data), .. } => {
            format!("as in {}, {} ({kind})", data.year, data.bundled.name())
        }
        Found::Season { season: Season::LastDays { data, .. }, .. } => {
            format!("as in the last days, by {} ({kind})", data.service.title())
        }
        Found::Yearly { .. } => format!("by the mean of {YEARLY_YEAR} ({kind})"),
        Found::Nothing => "no data".to_owned(),
    }
}

fn kind(basis: Basis) -> String {
    format!("{}, {}", basis.signal, basis.scope.title())
}

fn in_full(answer: &CloudAnswer<'_>, region: &RegionPlan<'_>) -> Vec<String> {
    let (question, plan) = (answer.question, region.plan);
    let zone = plan.zone;
    let mut lines = vec![format!(
        "{} ({}), grid zone {} ({})",
        region.region.id(),
        region.region.place,
        zone.code,
        zone.name
    )];
    match &plan.found {
        Found::Live { data, plans, .. } => {
            lines.push(format!("  {}; {}", basis(plan), age(data, answer.now)));
            lines.extend(live(question, plans));
        }
        Found::Season { season, plans } => {
            lines.push(format!("  {}: {}", basis(plan), days(question, *season, plans)));
            lines.extend(recorded(question, plans));
        }
        Found::Yearly { emissions } => {
            lines.push(labelled(
                "at any time",
                &format!("{:>9}  {}: it knows no hour", format::mass(*emissions), basis(plan)),
            ));
        }
        Found::Nothing => {}
    }
    if let Some(other) = region.region.disputed {
        lines.push(format!("  Other lists name the zone {}: {}.", other.zone, other.reason));
    }
    lines.extend(plan.notes.iter().map(|note| format!("  Note: {note}.")));
    lines
}

/// Describes how old the newest value is that is not a forecast.
fn age(data: &LiveData, now: Timestamp) -> String {
    match data.newest {
        Some(newest) if newest <= now => {
            let minutes = now.duration_since(newest).as_micros() / 60_000_000;
            format!("its newest value is {} old", format::span(Span::from_seconds(60 * minutes)))
        }
        _ => "all its values are forecasts".to_owned(),
    }
}

fn live(question: &Question, plans: &Plans<'_>) -> Vec<String> {
    let row = |label: &str, plan: &gpu_carbon_core::what_if::Plan, saves: &str| {
        let when = plan.schedule.extent().map(|extent| question.zone.readable_interval(extent));
        let mass = format::mass(plan.emissions);
        labelled(label, &format!("{mass:>9}  {saves:<15}  {}", when.unwrap_or_default()))
    };
    let saves = |plan| saving(plans.saving(plan));
    let (unbroken, paused) = (&plans.flexible_start, &plans.pause_and_resume.plan);
    let mut lines = vec![
        row("now", &plans.baseline, ""),
        row("best start", unbroken, &saves(unbroken)),
        row("with pauses", paused, &saves(paused)),
    ];
    let pauses = paused.schedule.pauses();
    if pauses > 0 {
        let plural = if pauses == 1 { "pause" } else { "pauses" };
        lines.push(labelled("", &format!("{pauses} {plural}; --format json lists the runs")));
    }
    lines
}

/// Describes the starts whose plans were found.
fn days(question: &Question, season: Season<'_>, plans: &SeasonalPlans<'_>) -> String {
    let days = match season {
        Season::Year(_) => {
            let start = question.zone.readable(question.request.start);
            format!("up to {SEASON_DAYS} days before and after {start}")
        }
        Season::LastDays { last, .. } => format!("to {}", question.zone.readable(last)),
    };
    let without = match plans.left_out {
        0 => String::new(),
        count => format!("; {count} more lack data"),
    };
    format!(
        "the median of {} starts at this hour, {days}, and their middle half{without}",
        plans.starts
    )
}

fn recorded(question: &Question, plans: &SeasonalPlans<'_>) -> Vec<String> {
    let row = |label: &str, spread: &PlanSpread, saves: bool| {
        let emissions = &spread.emissions;
        let mass = format::mass(emissions.median);
        let half = between(emissions.lower_quartile, emissions.upper_quartile);
        let saves = if saves { format!("  {}", savings(spread)) } else { String::new() };
        labelled(label, &format!("{mass:>9}  ({half}){saves}"))
    };
    let mut lines = vec![
        row("now", &plans.baseline, false),
        row("best start", &plans.flexible_start, true),
        row("with pauses", &plans.pause_and_resume, true),
    ];
    let usual = &plans.usual_start;
    let start = question.zone.readable(question.request.start + usual.delay);
    if usual.delay == Span::ZERO {
        lines.push(labelled("start at", &format!("{start}: no later start emits less on average")));
        return lines;
    }
    let emissions = usual.spread.emissions;
    lines.push(labelled("start at", &start));
    lines.push(labelled(
        "",
        &format!(
            "{:>9}  ({})  {}: the least on average, without knowing the day",
            format::mass(emissions.median),
            between(emissions.lower_quartile, emissions.upper_quartile),
            savings(&usual.spread)
        ),
    ));
    lines
}

fn between(low: Mass, high: Mass) -> String {
    format!("{} to {}", format::mass(low), format::mass(high))
}

/// Describes the median of the savings, and their middle half.
fn savings(spread: &PlanSpread) -> String {
    spread.saving_ratio.map_or("nothing to save".to_owned(), |ratio| {
        let [low, median, high] = [ratio.p25, ratio.p50, ratio.p75].map(format::percent);
        format!("saves {median} ({low} to {high})")
    })
}

fn ranked(ranking: &Ranking<'_>) -> Vec<String> {
    let kind = kind(ranking.basis);
    let title = if ranking.basis.is_hourly {
        format!("Where it emits least, by the best plan of each region ({kind})")
    } else {
        format!("By the yearly level alone, which knows no hour ({kind})")
    };
    let unit = format::MassUnit::of(ranking.regions.iter().filter_map(|it| it.plan.now()));
    let number = |mass: Option<Mass>| mass.map(|it| format::digits(unit.number(it)));
    let mut head = vec!["region".to_owned(), "zone".to_owned()];
    if ranking.basis.is_hourly {
        head.extend([format!("now {}", unit.symbol()), format!("best {}", unit.symbol())]);
    } else {
        head.push(unit.symbol().to_owned());
    }
    let row = |region: &RegionPlan<'_>| {
        let plan = region.plan;
        let mut row = vec![region.region.id(), plan.zone.code.to_owned()];
        row.push(number(plan.now()).unwrap_or_default());
        if ranking.basis.is_hourly {
            row.push(number(plan.best()).unwrap_or_default());
        }
        row
    };
    let rows: Vec<_> = std::iter::once(head).chain(ranking.regions.iter().map(row)).collect();
    let cells = table(&rows, Layout { indent: 2, gap: 2, widths: &[] });
    let data = |region: &RegionPlan<'_>| match &region.plan.found {
        Found::Live { data, .. } => data.service.title().to_owned(),
        Found::Season { season: Season::Year(data), .. } => format!("as in {}", data.year),
        Found::Season { season: Season::LastDays { data, .. }, .. } => {
            format!("as in the last days, {}", data.service.title())
        }
        Found::Yearly { .. } | Found::Nothing => String::new(),
    };
    let data = std::iter::once(String::new()).chain(ranking.regions.iter().map(data));
    let mut lines = vec![title];
    lines.extend(cells.iter().zip(data).map(|(cells, data)| format!("{cells}  {data}")));
    lines
}

fn notes(answer: &CloudAnswer<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let has = |is: fn(&Found<'_>) -> bool| answer.regions.iter().any(|it| is(&it.plan.found));
    if has(|it| matches!(it, Found::Season { .. })) {
        notes.push(
            "No forecast covers this time, so the answer uses other days: the best start and the pauses of each day are found with that day's values."
                .to_owned(),
        );
    }
    if has(|it| matches!(it, Found::Live { .. })) {
        notes.push("Forecasts contain errors: the savings by them are not certain.".to_owned());
    }
    let mut disagreements = BTreeSet::new();
    for RegionPlan { plan, .. } in &answer.regions {
        let Some(disagreement) = &plan.disagreement else { continue };
        if disagreements.is_empty() {
            notes.push(MARGINAL_SOURCES_DISAGREE.to_owned());
        }
        if disagreements.insert(plan.zone.code) && disagreement.is_computed {
            notes.push(disagreement.sentence(plan.zone.code));
        }
    }
    if let Some(source) = &answer.question.pue_source {
        notes.push(format!("The PUE is that of {source}."));
    }
    let credits: BTreeSet<_> = answer.regions.iter().filter_map(|it| credit(it.plan)).collect();
    notes.extend(credits.into_iter().map(|credit| format!("Data: {credit}.")));
    notes
}

/// The credit that the licence of the data asks for.
pub(super) fn credit(plan: &ZonePlan<'_>) -> Option<&'static str> {
    match &plan.found {
        Found::Live { data, .. } => Some(data.service.attribution()),
        Found::Season { season, .. } => Some(season.attribution()),
        Found::Yearly { .. } => Some(YEARLY_ATTRIBUTION),
        Found::Nothing => None,
    }
}
