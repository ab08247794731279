//! The savings for people: a table for each job, as the paper prints them (Tables 3 to 13).

use gpu_carbon_core::Span;
use gpu_carbon_core::evaluate::{Savings, steps};
use gpu_carbon_core::schedule::STEP;
use gpu_carbon_feeds::calendar::PAPER_DAYS;
use gpu_carbon_feeds::shipped;

use super::answer::{Answer, Cell};
use super::args::StartsArg;
use super::jobs::Job;
use crate::human;
use crate::printable::printable;

/// The most regions that get columns of their own beside the mean.
const FEW: usize = 3;

/// What stands between the columns of one region and those of the next.
const APART: &str = "   ";

pub(super) fn write(answer: &Answer<'_>) -> String {
    let mut lines = head(answer);
    let windows = answer.request.windows.len().max(1);
    for (job, cells) in answer.request.jobs.iter().zip(answer.cells.chunks(windows)) {
        lines.push(String::new());
        lines.push(about(job));
        lines.extend(table(answer, cells));
    }
    lines.push(String::new());
    lines.extend(notes(answer));
    lines.iter().map(|line| printable(line.trim_end()) + "\n").collect()
}

fn head(answer: &Answer<'_>) -> Vec<String> {
    let request = answer.request;
    let from = match request.starts {
        StartsArg::Paper => {
            format!(
                "at 00:00 UTC on days {} of each month",
                PAPER_DAYS.map(|day| day.to_string()).join(", ")
            )
        }
        StartsArg::Every => "at each five minutes".to_owned(),
    };
    let regions = match request.regions.as_slice() {
        [only] => only.name.clone(),
        many => format!("{} regions, each of which counts alike", many.len()),
    };
    vec![
        format!("What waiting and pausing would have saved in {}: {regions}.", request.year),
        format!("Means over {} starts, {from}. Intensities are {}.", answer.starts, request.signal),
    ]
}

/// Its length is what is evaluated: whole steps.
fn about(job: &Job) -> String {
    let micros =
        u64::try_from(steps(job.duration)).unwrap_or(u64::MAX).saturating_mul(STEP.as_micros());
    let length = human::span(Span::from_micros(micros));
    format!("{}: {length}, {}", job.title, human::energy(job.energy))
}

fn table(answer: &Answer<'_>, cells: &[Cell<'_>]) -> Vec<String> {
    let regions = &answer.request.regions;
    let few = if (2..=FEW).contains(&regions.len()) { regions.as_slice() } else { &[] };
    let columns = format!("{:>6} {:>6} {:>6}", "FS %", "PR %", "p/h");
    let names = || ["mean"].into_iter().chain(few.iter().map(|region| region.name.as_str()));
    let widths: Vec<usize> = names().map(|name| name.chars().count().max(columns.len())).collect();
    let line = |first: &str, groups: &mut dyn Iterator<Item = String>| {
        let groups: Vec<String> =
            groups.zip(&widths).map(|(group, &width)| format!("{group:>width$}")).collect();
        format!("  {first:<8}{}", groups.join(APART))
    };
    let mut lines = Vec::new();
    if !few.is_empty() {
        lines.push(line("", &mut names().map(str::to_owned)));
    }
    lines.push(line("window", &mut widths.iter().map(|_| columns.clone())));
    for cell in cells {
        let savings = [&cell.mean].into_iter().chain(&cell.regions);
        lines.push(line(&format!("+{}", cell.window.name), &mut savings.map(group)));
    }
    lines
}

fn group(savings: &Savings) -> String {
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let percent = |ratio: Option<f64>| or_none(ratio.map(|ratio| format!("{:.1}", ratio * 100.0)));
    let pauses = or_none(savings.pauses_per_hour.map(|pauses| format!("{pauses:.2}")));
    let (flexible, paused) =
        (savings.flexible_start_saving_ratio, savings.pause_and_resume_saving_ratio);
    format!("{:>6} {:>6} {pauses:>6}", percent(flexible), percent(paused))
}

fn notes(answer: &Answer<'_>) -> Vec<String> {
    let regions = &answer.request.regions;
    let mut notes = vec![
        "FS: Flexible Start, the best start. PR: Pause and Resume, the cheapest five minutes. Jobs and windows are whole"
            .to_owned(),
        "five minutes. p/h: pauses of PR per hour of job and window together; the wait before the first run is no pause."
            .to_owned(),
        "Savings assume that the intensity is known ahead; forecasts reach 24 to 72 h, so that longer ones are upper bounds."
            .to_owned(),
    ];
    let counted = |cell: &Cell<'_>| cell.regions.iter().all(|found| found.starts == answer.starts);
    if !answer.cells.iter().all(counted) {
        notes.push(
            "A start whose baseline emits nothing has no ratio and is left out; --format json says how many counted."
                .to_owned(),
        );
    }
    if regions.len() > FEW {
        notes.push("--format csv has each region.".to_owned());
    }
    if regions.iter().any(|region| region.is_shipped) {
        notes.push(format!("Data: {}.", shipped::ATTRIBUTION));
    }
    notes
}
