//! The savings for people: a table for each job, as in the paper (the tables after its Table 3).

use gpu_carbon_core::evaluate::Savings;

use super::answer::{Answer, Cell};
use super::args::Table;
use super::notes::{series, starts};
use super::request::MEAN;
use crate::output::text::{Layout, table};

/// The greatest number of regions that have columns of their own beside the mean.
const FEW: usize = 3;

/// The header of the columns of a region, which [`group`] fills.
const COLUMNS: &str = "  FS %   PR %    p/h";

/// The least width of the first column.
const FIRST: usize = 8;

/// Spaces between the columns of one region and those of the next.
const APART: usize = 3;

/// Returns the table of the savings, and the notes below it.
pub(super) fn lines(answer: &Answer<'_>, table: Table) -> Vec<String> {
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

/// Returns a table for each window: the mean over regions, with a row for each job.
fn by_window(answer: &Answer<'_>) -> Vec<String> {
    let jobs = &answer.request.jobs;
    let widest = jobs.iter().map(|job| job.title.chars().count()).max().unwrap_or_default();
    let widths = [widest.max(FIRST)];
    let mut lines = Vec::new();
    for (index, window) in answer.request.windows.iter().enumerate() {
        lines.extend([String::new(), format!("Window of +{}", window.name)]);
        let mut rows = vec![vec!["job".to_owned(), COLUMNS.to_owned()]];
        let cells = answer.cells.iter().skip(index).step_by(answer.request.windows.len().max(1));
        rows.extend(cells.map(|cell| vec![cell.job.title.clone(), group(&cell.mean)]));
        lines.extend(table(&rows, Layout { indent: 2, gap: 0, widths: &widths }));
    }
    lines
}

fn head(answer: &Answer<'_>) -> Vec<String> {
    let request = answer.request;
    let regions = match request.regions.as_slice() {
        [only] => only.name.clone(),
        many => format!("{} regions of equal weight", many.len()),
    };
    vec![
        format!("Savings of waiting and pausing in {}: {regions}.", request.year),
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
    let names = || [MEAN].into_iter().chain(few.iter().map(|region| region.name.as_str()));
    let row = |first: &str, groups: &mut dyn Iterator<Item = String>| -> Vec<String> {
        [first.to_owned()].into_iter().chain(groups).collect()
    };
    let mut rows = Vec::new();
    if !few.is_empty() {
        rows.push(row("", &mut names().map(str::to_owned)));
    }
    rows.push(row("window", &mut names().map(|_| COLUMNS.to_owned())));
    for cell in cells {
        let savings = [&cell.mean].into_iter().chain(&cell.regions).take(names().count());
        rows.push(row(&format!("+{}", cell.window.name), &mut savings.map(group)));
    }
    let apart = (0..).zip(names()).map(|(place, name)| {
        let gap = if place == 0 { 0 } else { APART };
        gap + name.chars().count().max(COLUMNS.len())
    });
    let widths: Vec<usize> = [FIRST].into_iter().chain(apart).collect();
    table(&rows, Layout { indent: 2, gap: 0, widths: &widths })
}

/// Returns the savings and the pauses in one region, in the columns of [`COLUMNS`].
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
        "FS: Flexible Start, the best start. PR: Pause and Resume, the five-minute intervals of least intensity. p/h: pauses"
            .to_owned(),
        "of PR per hour of job and window together; the wait before the first run is not a pause. Jobs and windows are"
            .to_owned(),
        "rounded to whole five minutes.".to_owned(),
        "Savings assume that the intensity is known ahead; forecasts reach 24 to 72 h, so that longer ones are upper bounds."
            .to_owned(),
    ];
    let counted = |cell: &Cell<'_>| cell.regions.iter().all(|found| found.starts == answer.starts);
    if !answer.cells.iter().all(counted) {
        notes.push(
            "A start whose baseline emits nothing has no ratio and is left out; --format json has the number of starts that count."
                .to_owned(),
        );
    }
    if regions.len() > FEW {
        notes.push("--format csv has each region.".to_owned());
    }
    notes.extend(series(answer.request));
    notes
}
