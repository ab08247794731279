//! `gpu-carbon runs`: the runs of `gpu-carbon run`, from their journals.

mod args;

use std::path::Path;

use anyhow::Result;

use crate::flag_enums::Format;
use crate::history::{self, History};
use crate::journal;
use crate::output::text::Layout;
use crate::output::{self, Record, Table, Value};
use crate::usage_error::UsageError;

pub use args::{Args, RunsCommand};

/// Lists the runs, or shows one.
///
/// # Errors
///
/// A [`UsageError`] when there is no such run, or a journal cannot be read; another error for anything else.
pub fn run(args: &Args) -> Result<String> {
    let folder = journal::folder(args.state.as_deref());
    match &args.command {
        Some(RunsCommand::Show { id }) => show(&folder, id, args.format),
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
    let history = History::open(&path)?;
    match format {
        Format::Json => output::json::write(&history.entries),
        Format::Text => Ok(output::text::write(&history.lines())),
        Format::Csv => {
            let error = "--format csv: one run has no table: give text or json".to_owned();
            Err(UsageError::CommandLine(error).into())
        }
    }
}
