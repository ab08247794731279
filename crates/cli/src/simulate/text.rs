//! What was kept for people: a table for each region.

use gpu_carbon_feeds::bundled;

use super::Request;
use super::answer::{Answer, Row};
use super::args::StartsArg;
use crate::format;
use crate::sanitize::sanitize;
use gpu_carbon_feeds::calendar::PAPER_DAYS;

pub(super) fn write(answer: &Answer<'_>) -> String {
    let request = answer.request;
    let mut lines = head(request);
    for rows in answer.rows.chunk_by(|a, b| std::ptr::eq(a.region, b.region)) {
        lines.push(String::new());
        lines.extend(table(rows));
    }
    lines.push(String::new());
    lines.extend(notes(request));
    lines.iter().map(|line| sanitize(line.trim_end()) + "\n").collect()
}

fn head(request: &Request) -> Vec<String> {
    let pauses = if request.pause == gpu_carbon_core::Energy::default() {
        "a pause is free".to_owned()
    } else {
        format!("a pause costs {}", format::energy(request.pause))
    };
    let from = match request.starts {
        StartsArg::Paper => format!(
            "at 00:00 UTC on days {} of each month",
            PAPER_DAYS.map(|day| day.to_string()).join(", ")
        ),
        StartsArg::Daily => "at 00:00 UTC on each day".to_owned(),
        StartsArg::Hourly => "at each full hour".to_owned(),
    };
    let year = request.year.map(|year| format!(" of {year}")).unwrap_or_default();
    let forecasts = if request.forecasts.is_some() { "with" } else { "without" };
    vec![
        format!(
            "A job of {} and {}, done {} later than at once at the latest; {pauses}.",
            format::span(request.duration),
            format::energy(request.energy),
            format::span(request.window)
        ),
        format!(
            "Means over the starts {from}{year}; {forecasts} a service's forecasts. Intensities are {}.",
            request.signal
        ),
    ]
}

fn table(rows: &[Row<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(Row { region, summary, .. }) = rows.first() {
        lines.push(format!(
            "{}: {} starts; knowing the future would save {}",
            region.name,
            summary.starts,
            summary.oracle_saving.map_or_else(|| "nothing".to_owned(), format::percent)
        ));
    }
    lines.push(format!(
        "  {:<17}{:>8}{:>8}{:>12}{:>9}{:>8}{:>7}",
        "policy", "kept %", "saves %", "regret", "regret %", "pauses", "worse"
    ));
    let share = |ratio: Option<f64>| ratio.map_or("-".to_owned(), |r| format!("{:.1}", 100.0 * r));
    lines.extend(rows.iter().map(|Row { policy, summary, regret, .. }| {
        format!(
            "  {:<17}{:>8}{:>8}{:>12}{:>9}{:>8.1}{:>7}",
            policy.name(),
            share(summary.share_of_oracle_saving),
            share(summary.saving),
            format::mass(*regret),
            share(summary.regret_ratio),
            summary.pauses,
            summary.worse
        )
    }));
    lines
}

fn notes(request: &Request) -> Vec<String> {
    let mut notes = vec![
        "kept: the policy's mean saving, of that of an oracle which knows the future and pays as much for a pause. regret:"
            .to_owned(),
        "what it emits more than the oracle, in the mean of a start. worse: starts in which it emits more than at once."
            .to_owned(),
    ];
    if request.regions.iter().any(|region| region.is_shipped) {
        notes.push(format!("Data: {}.", bundled::ATTRIBUTION));
    }
    notes
}
