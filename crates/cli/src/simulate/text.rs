//! The simulated savings for people: a table for each region.

use super::answer::{Answer, Row};
use super::args::StartsArg;
use super::request::Request;
use crate::output::text::{Layout, table};
use crate::paper::paper_starts;
use crate::region;
use gpu_carbon_core::{Energy, Power, format};

/// Returns the tables, and the notes below them.
pub(super) fn lines(answer: &Answer<'_>) -> Vec<String> {
    let request = answer.request;
    let mut lines = head(request);
    for rows in answer.by_region() {
        lines.push(String::new());
        lines.extend(of_region(rows));
    }
    lines.push(String::new());
    lines.extend(notes(request));
    lines
}

fn head(request: &Request) -> Vec<String> {
    let costs = (request.pause > Energy::ZERO).then(|| format::energy(request.pause));
    let draws = (request.paused_power > Power::ZERO).then(|| format::power(request.paused_power));
    let pauses = match (costs, draws) {
        (None, None) => "a pause is free".to_owned(),
        (Some(energy), None) => format!("a pause costs {energy}"),
        (None, Some(power)) => format!("a paused job draws {power}"),
        (Some(energy), Some(power)) => {
            format!("a pause costs {energy}, and a paused job draws {power}")
        }
    };
    let from = match request.starts {
        StartsArg::Paper => paper_starts(),
        StartsArg::Daily => "at 00:00 UTC on each day".to_owned(),
        StartsArg::Hourly => "at each full hour".to_owned(),
    };
    let pauses = match request.max_loss {
        Some(share) => format!(
            "{pauses}. No policy may risk to emit more than a run at once by over {} of the job at the greatest intensity before its start",
            format::percent(share)
        ),
        None => pauses,
    };
    let year = request.year.map(|year| format!(" of {year}")).unwrap_or_default();
    let forecasts = if request.forecasts.is_some() { "with" } else { "without" };
    let mut lines = vec![
        format!(
            "A job of {} and {} that may end up to {} later than without waiting; {pauses}.",
            format::span(request.duration),
            format::energy(request.energy),
            format::span(request.window)
        ),
        format!(
            "Means over the starts {from}{year}; {forecasts} a service's forecasts. Intensities are {}.",
            request.signal
        ),
    ];
    let boundary = request.host_share.percent();
    lines.extend(boundary.map(|_| format!("Boundary: {}.", request.host_share.sentence())));
    lines
}

fn of_region(rows: &[Row<'_>]) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(Row { region, summary, .. }) = rows.first() {
        lines.push(format!(
            "{}: {} starts; knowing the future would save {}",
            region.name,
            summary.starts,
            summary.oracle_saving.map_or_else(|| "nothing".to_owned(), format::percent)
        ));
    }
    let header = ["policy", "kept %", "saves %", "regret", "regret %", "pauses", "worse"];
    let mut cells = vec![header.map(str::to_owned).to_vec()];
    let share = |ratio: Option<f64>| ratio.map_or("-".to_owned(), |r| format!("{:.1}", 100.0 * r));
    cells.extend(rows.iter().map(|Row { policy, summary, regret, .. }| {
        vec![
            policy.name().to_owned(),
            share(summary.share_of_oracle_saving),
            share(summary.saving),
            format::mass(*regret),
            share(summary.regret_ratio),
            format!("{:.1}", summary.pauses),
            summary.worse.to_string(),
        ]
    }));
    let widths = [17, 8, 8, 12, 9, 8, 7];
    lines.extend(table(&cells, Layout { indent: 2, gap: 0, widths: &widths }));
    lines
}

fn notes(request: &Request) -> Vec<String> {
    let mut notes = vec![
        "kept: the policy's mean saving, as a share of the saving of an oracle that knows the future and pays as much for a"
            .to_owned(),
        "pause. regret: its emissions beyond those of the oracle, in the mean over the starts. worse: starts from which it"
            .to_owned(),
        "emits more than a run at once.".to_owned(),
    ];
    notes.extend(region::notes(&request.regions));
    notes.extend(region::credits(&request.regions).iter().map(|credit| format!("Data: {credit}.")));
    notes
}
