//! `gpu-carbon runs`: the runs of `gpu-carbon run`, from their journals.

mod args;
mod forget;

use std::path::Path;

use anyhow::Result;

use crate::flag_enums::Format;
use crate::history::{self, History};
use crate::journal;
use crate::output::text::Layout;
use crate::output::{self, Record, Table, Value};
use crate::run::{Recomputed, RecordedRun};
use crate::usage_error::UsageError;

pub use args::{Args, RunsCommand};

/// Lists the runs, shows one, or removes old ones.
///
/// # Errors
///
/// A [`UsageError`] when there is no such run, or a journal cannot be read; another error for anything else.
pub fn run(args: &Args) -> Result<String> {
    let folder = journal::folder(args.state.as_deref());
    match &args.command {
        Some(RunsCommand::Show { id }) => show(&folder, id, args.format),
        Some(RunsCommand::Forget { older_than }) => forget::forget(&folder, *older_than),
        None => list(&folder, args.format),
    }
}

fn list(folder: &Path, format: Format) -> Result<String> {
    let histories: Vec<History> =
        history::journals(folder)?.iter().filter_map(|it| History::open(it).ok()).collect();
    let columns = vec!["id", "state", "begun", "pauses", "name", "command"];
    let row = |history: &History| {
        let pauses = history.progress().pauses;
        vec![
            Value::from(history.id.as_str()),
            history.state().into(),
            history.begun.as_str().into(),
            pauses.into(),
            history.name.clone().into(),
            history.command().into(),
        ]
    };
    let rows: Vec<Vec<Value>> = histories.iter().map(row).collect();
    match format {
        Format::Json => Table { head: Record::default(), columns, rows }.json(),
        Format::Csv => Ok(Table { head: Record::default(), columns, rows }.csv()),
        Format::Text if rows.is_empty() => {
            Ok(format!("no runs in {}\n", crate::sanitize::sanitize(&folder.display().to_string())))
        }
        Format::Text => {
            let cells = |row: &Vec<Value>| row.iter().map(plain).collect::<Vec<_>>();
            let titles = columns.iter().map(|it| (*it).to_owned()).collect();
            let table: Vec<_> = std::iter::once(titles).chain(rows.iter().map(cells)).collect();
            let layout = Layout { indent: 0, gap: 2, widths: &[] };
            Ok(output::text::write(&output::text::table(&table, layout)))
        }
    }
}

/// A value as a cell of a text.
fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => other.field(),
    }
}

fn show(folder: &Path, id: &str, format: Format) -> Result<String> {
    let path = history::find(folder, id)?;
    let mut history = History::open(&path)?;
    let note = recompute(&mut history);
    match format {
        Format::Json => output::json::write(&history.entries),
        Format::Text => {
            let mut lines = history.lines();
            lines.extend(note);
            Ok(output::text::write(&lines))
        }
        Format::Csv => {
            let error = "--format csv: one run has no table: give text or json".to_owned();
            Err(UsageError::CommandLine(error).into())
        }
    }
}

/// Computes the report of a run again where intensities were missing at its end, and says so.
fn recompute(history: &mut History) -> Option<String> {
    let (report, record) = history.last_report()?;
    let is_unknown = !report["emissions_unknown"].is_null();
    let status = report["exit_status"].as_u64().and_then(|status| u8::try_from(status).ok());
    let run = RecordedRun {
        words: &history.words,
        folder: &history.folder,
        finish_by: history.finish_by.as_deref(),
        record: record?,
        status: status.unwrap_or_default(),
    };
    match run.recompute() {
        // The series does not cover the run now, either.
        Ok(again) if !again.report["emissions_unknown"].is_null() => None,
        Ok(Recomputed { report, is_complete }) if is_complete || is_unknown => {
            history.replace_report(report);
            Some("this report is by the intensities that are known now".to_owned())
        }
        Err(error) if is_unknown => Some(format!("its report cannot be computed again: {error:#}")),
        _ => None,
    }
}
