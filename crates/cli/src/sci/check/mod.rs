//! The judgement of anyone's document: whether its numbers fit together, and its required fields are there.

mod certification;
mod examples;
mod json;
mod part;
mod quantity;
mod report;
mod yaml;

use std::path::Path;

use crate::input;
use crate::output;
use crate::usage_error::UsageError;
use part::Part;

/// The judgement of a document.
#[derive(Debug)]
pub(super) struct Judgement {
    /// The name of the file.
    document: String,
    /// The form of the document, in words.
    form: &'static str,
    parts: Vec<Part>,
}

/// A reader of a form of documents: its parts, or `None` for another form.
type Reader = fn(&str) -> Option<Vec<Part>>;

/// The forms, in the order in which they are tried.
const FORMS: [(&str, Reader); 5] = [
    ("JSON", json::read),
    ("a report.yaml of the Green Software Foundation's reporting format", yaml::read),
    ("a report by the template of the Green Software Foundation", report::read),
    ("a self-certification by the form of the Green Software Foundation", certification::read),
    ("a text with worked examples", examples::read),
];

/// Judges a document.
///
/// # Errors
///
/// When the file cannot be read, or is of no form that states a score.
pub(super) fn judge(path: &Path) -> Result<Judgement, UsageError> {
    let text = input::text(path)?;
    let document = path.display().to_string();
    let read = |(form, read): &(&'static str, Reader)| Some((*form, read(&text)?));
    let (form, parts) = FORMS.iter().find_map(read).ok_or_else(|| {
        UsageError::CommandLine(format!(
            "{document}: no score was found: expected a report by the template of the Green Software Foundation (Markdown with **SCI:**), a report.yaml, JSON with a score, or a text with worked examples (SCI = … / … = …)"
        ))
    })?;
    Ok(Judgement { document, form, parts })
}

impl Judgement {
    /// True where no fault was found.
    pub(super) fn is_sound(&self) -> bool {
        self.faults().is_empty()
    }

    /// The faults, each with its place.
    fn faults(&self) -> Vec<String> {
        let of_part = |part: &Part| {
            let own = part.faults.iter().map(ToString::to_string);
            let stated = part.statement.faults();
            let stated = stated.iter().map(ToString::to_string);
            let place =
                if part.place.is_empty() { String::new() } else { format!("{}: ", part.place) };
            own.chain(stated).map(|fault| format!("{place}{fault}")).collect::<Vec<_>>()
        };
        self.parts.iter().flat_map(of_part).collect()
    }

    /// The judgement for people.
    pub(super) fn text(&self) -> String {
        let mut lines = vec![format!("{}: {}.", self.document, self.form)];
        for part in &self.parts {
            let place = if part.place.is_empty() { "score".to_owned() } else { part.place.clone() };
            if let Some(score) = &part.statement.score {
                let per = if score.per == 1.0 {
                    score.unit.clone()
                } else {
                    format!("{:e} {}s", score.per, score.unit)
                };
                lines.push(format!("{place}: {} g per {per}.", score.grams.value));
            }
        }
        let faults = self.faults();
        lines.push(match faults.len() {
            0 => "No fault was found: what it states fits together. That does not make it true."
                .to_owned(),
            1 => "1 fault:".to_owned(),
            count => format!("{count} faults:"),
        });
        lines.extend(faults.into_iter().map(|fault| format!("- {fault}.")));
        output::text::write(&lines)
    }
}
