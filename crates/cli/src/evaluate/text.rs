//! The savings for people: a table for each job, as the paper prints them (the tables after its Table 3).

use gpu_carbon_core::evaluate::Savings;

use super::answer::{Answer, Cell};
use super::args::Table;
use super::notes::{series, starts};

/// The most regions that get columns of their own beside the mean.
const FEW: usize = 3;

/// The columns of a region, as [`group`] fills them.
const COLUMNS: &str = "  FS %   PR %    p/h";

/// What stands between the columns of one region and those of the next.
const APART: &str = "   ";

pub(super) fn write(answer: &Answer<'_>, table: Table) -> Vec<String> {
    let mut lines = head(answer);
    match table {
        Table::Windows => lines.extend(by_window(answer)),
        _ => lines.extend(by_job(answer)),
    }
    lines.push(String::new());
    lines.extend(notes(answer));
    lines
}

fn by_job(answer: &Answer<'_>) -> Vec<String> {
    let windows = answer.request.windows.len().max(1);
    let mut lines = Vec::new();
    for (job, cells) in answer.request.jobs.iter().zip(answer.cells.chunks(windows)) {
        lines.extend([String::new(), job.about()]);
        lines.extend(table_of(answer, cells));
    }
    lines
}

/// The mean over regions, a row for each job.
fn by_window(answer: &Answer<'_>) -> Vec<String> {
    let jobs = &answer.request.jobs;
    let width = jobs.iter().map(|job| job.title.chars().count()).max().unwrap_or(0).max(8);
    let mut lines = Vec::new();
    for (index, window) in answer.request.windows.iter().enumerate() {
        lines.extend([String::new(), format!("Window of +{}", window.name)]);
        lines.push(format!("  {:<width$}{COLUMNS}", "job"));
        let cells = answer.cells.iter().skip(index).step_by(answer.request.windows.len().max(1));
        lines
            .extend(cells.map(|cell| format!("  {:<width$}{}", cell.job.title, group(&cell.mean))));
    }
    lines
}

fn head(answer: &Answer<'_>) -> Vec<String> {
    let request = answer.request;
    let regions = match request.regions.as_slice() {
        [only] => only.name.clone(),
        many => format!("{} regions, each of which counts alike", many.len()),
    };
    vec![
        format!("What waiting and pausing would have saved in {}: {regions}.", request.year),
        format!(
            "Means over {} starts, {}. Intensities are {}.",
            answer.starts,
            starts(request),
            request.signal
        ),
    ]
}

fn table_of(answer: &Answer<'_>, cells: &[Cell<'_>]) -> Vec<String> {
    let regions = &answer.request.regions;
    let few = if (2..=FEW).contains(&regions.len()) { regions.as_slice() } else { &[] };
    let names = || ["mean"].into_iter().chain(few.iter().map(|region| region.name.as_str()));
    let widths: Vec<usize> = names().map(|name| name.chars().count().max(COLUMNS.len())).collect();
    let line = |first: &str, groups: &mut dyn Iterator<Item = String>| {
        let groups: Vec<String> =
            groups.zip(&widths).map(|(group, &width)| format!("{group:>width$}")).collect();
        format!("  {first:<8}{}", groups.join(APART))
    };
    let mut lines = Vec::new();
    if !few.is_empty() {
        lines.push(line("", &mut names().map(str::to_owned)));
    }
    lines.push(line("window", &mut widths.iter().map(|_| COLUMNS.to_owned())));
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
    notes.extend(series(answer.request));
    notes
}
