//! A sheet as text, Markdown, JSON and CSV.

use super::super::args::Args;
use super::args::Regime;
use super::sheet::{Field, NotKnown, Paragraph, Rows, Sheet};
use crate::output::{Record, Table, Value, csv, json, text};
use anyhow::Result;
use gpu_carbon_core::{Interval, Span};

/// The facts about a sheet that every format has.
#[derive(Debug)]
pub(super) struct Heading<'a> {
    pub(super) args: &'a Args,
    pub(super) regime: Regime,
    pub(super) time: Interval,
    /// The parts of the host that the figures contain; the overhead is in those that say so.
    pub(super) boundary: String,
}

impl Heading<'_> {
    fn record(&self) -> Record {
        Record::default()
            .with("regime", self.regime.name())
            .with("ledger", self.args.ledger.display().to_string())
            .with("from", self.time.start())
            .with("to", self.time.end())
            .with("time_zone", self.args.time_zone.to_string())
            .with("boundary", self.boundary.as_str())
    }

    fn line(&self) -> String {
        let whole = |at: gpu_carbon_core::Timestamp| at.floor_to(Span::from_seconds(1));
        let time = Interval::new(whole(self.time.start()), whole(self.time.end()));
        let zone = self.args.time_zone;
        let ledger = self.args.ledger.display();
        format!("From {ledger}, {}. Times are {zone}.", zone.readable_interval(time))
    }
}

/// Returns a sheet as JSON: the form, the texts, what is not known, and the rows.
///
/// # Errors
///
/// When it cannot be serialized.
pub(super) fn in_json(heading: &Heading<'_>, sheet: Sheet) -> Result<String> {
    let mut head = heading.record();
    for Field { name, value, .. } in sheet.fields {
        head = head.with(name, value);
    }
    for Paragraph { name, text, .. } in sheet.paragraphs {
        head = head.with(name, text);
    }
    let missing =
        |NotKnown { name, reason }| Record::default().with("field", name).with("reason", reason);
    head = head
        .with("not_known", Value::Records(sheet.not_known.into_iter().map(missing).collect()))
        .with("notes", Value::Texts(sheet.notes));
    match sheet.table {
        Some(Rows { columns, rows }) => Table { head, columns, rows }.json(),
        None => json::write(&head),
    }
}

/// Returns a sheet as CSV: its rows, or a line for each field of a form.
pub(super) fn in_csv(heading: &Heading<'_>, sheet: Sheet) -> String {
    if let Some(Rows { columns, rows }) = sheet.table {
        return Table { head: heading.record(), columns, rows }.csv();
    }
    let known = sheet.fields.into_iter().map(|it| vec![it.name.into(), it.value, "".into()]);
    let texts = sheet.paragraphs.into_iter();
    let texts = texts.map(|it| vec![it.name.into(), it.text.into(), "".into()]);
    let missing = sheet.not_known.into_iter();
    let missing = missing.map(|it| vec![it.name.into(), Value::Missing, it.reason.into()]);
    let head = heading.record();
    let head: Vec<Vec<Value>> = head
        .fields()
        .iter()
        .map(|field| vec![field.name.into(), field.value.clone(), "".into()])
        .collect();
    csv::write(
        ["field", "value", "not_known_because"],
        head.into_iter().chain(known).chain(texts).chain(missing),
    )
}

/// Returns a sheet as text for people.
pub(super) fn in_text(heading: &Heading<'_>, sheet: &Sheet) -> String {
    let mut lines = vec![sheet.title.to_owned(), heading.line()];
    lines.push(format!("Boundary: {}.", heading.boundary));
    lines.push(String::new());
    let width = sheet.fields.iter().map(|field| field.title.chars().count()).max();
    let width = width.unwrap_or_default() + 2;
    lines.extend(sheet.fields.iter().map(|it| format!("{:<width$}{}", it.title, it.text)));
    if !sheet.summary.is_empty() {
        lines.push(String::new());
        let layout = text::Layout { indent: 0, gap: 2, widths: &[] };
        lines.extend(text::table(&sheet.summary, layout));
    }
    for paragraph in &sheet.paragraphs {
        lines.extend([String::new(), format!("{}: {}", paragraph.title, paragraph.text)]);
    }
    if !sheet.notes.is_empty() {
        lines.push(String::new());
        lines.extend(sheet.notes.iter().cloned());
    }
    lines.extend([String::new(), NOT_KNOWN.to_owned()]);
    lines.extend(sheet.not_known.iter().map(|it| format!("- {}: {}", readable(it), it.reason)));
    text::write(&lines)
}

/// Returns a sheet as Markdown.
pub(super) fn in_markdown(heading: &Heading<'_>, sheet: &Sheet) -> String {
    let cells = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        format!("| {} |", cells.join(" | "))
    };
    let mut lines = vec![format!("# {}", sheet.title), String::new(), heading.line()];
    lines.extend([String::new(), format!("Boundary: {}.", heading.boundary), String::new()]);
    if !sheet.fields.is_empty() {
        lines.extend(["| field | value |".to_owned(), "|---|---|".to_owned()]);
        let row = |field: &Field| cells(&[field.title.to_owned(), field.text.clone()]);
        lines.extend(sheet.fields.iter().map(row));
        lines.push(String::new());
    }
    if let Some((header, rows)) = sheet.summary.split_first() {
        lines.extend([cells(header), format!("|{}", "---|".repeat(header.len()))]);
        lines.extend(rows.iter().map(|row| cells(row)));
        lines.push(String::new());
    }
    for paragraph in &sheet.paragraphs {
        let title = format!("## {}", paragraph.title);
        lines.extend([title, String::new(), paragraph.text.clone(), String::new()]);
    }
    for note in &sheet.notes {
        lines.extend([note.clone(), String::new()]);
    }
    lines.extend(["## Not known".to_owned(), String::new(), NOT_KNOWN.to_owned(), String::new()]);
    lines.extend(sheet.not_known.iter().map(|it| format!("- {}: {}", readable(it), it.reason)));
    text::write(&lines)
}

/// The line before what a sheet lacks.
const NOT_KNOWN: &str = "The regime also asks for this, which the ledger does not have:";

fn readable(missing: &NotKnown) -> String {
    missing.name.replace('_', " ")
}
