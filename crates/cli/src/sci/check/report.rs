//! Reports by the template of the Green Software Foundation, in Markdown.

use gpu_carbon_core::disclosure::{Rate, Statement, StatementError};

use super::part::Part;
use super::quantity::{plain, rate};

/// The fields that the template has, which must be filled in.
const REQUIRED: [&str; 10] = [
    "Application Name",
    "Application Version",
    "Application Description",
    "Organization Name",
    "Accountable Organization",
    "Accountable Person",
    "Accountable Contact",
    "Measurement Date",
    "Measurement Timespan",
    "Functional Unit Rationale",
];

/// Reads a report; `None` where no line gives an SCI.
pub(super) fn read(text: &str) -> Option<Vec<Part>> {
    let score = field(text, "SCI")?;
    let mut statement = Statement {
        score: read_rate(score),
        coefficients: Some(coefficients(text)),
        ..Statement::default()
    };
    let mut faults = Vec::new();
    if statement.score.is_none() {
        faults.push(StatementError::Form {
            field: "SCI".to_owned(),
            found: score.to_owned(),
            expected: "a score with its functional unit, such as 2.4 gCO2e/request",
        });
    }
    let missing = REQUIRED.iter().filter(|name| field(text, name).is_none_or(is_empty));
    statement.missing.extend(missing.map(|name| (*name).to_owned()));
    let breakdown = breakdown(text);
    let components = components(text, &mut statement);
    if breakdown.is_empty() && components.is_empty() {
        faults.push(StatementError::NoBreakdown);
    }
    // A component stands in the breakdown and in its own section: both must say the same.
    for (name, rate) in &components {
        if let Some((_, other)) = breakdown.iter().find(|(known, _)| known == name)
            && (other.unit != rate.unit
                || !other.grams.times(rate.per / other.per).agrees_with(rate.grams))
        {
            faults.push(StatementError::Repeated {
                first: other.grams.value,
                other: rate.grams.value,
                per: other.per,
                unit: format!("{} of the component {name}", other.unit),
            });
        }
    }
    statement.components = if breakdown.is_empty() { components } else { breakdown };
    methodologies(text, &mut statement);
    Some(vec![Part { place: String::new(), statement, faults }])
}

/// The value of a field `**Name:** value`; `None` where the text has no such field.
pub(super) fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let begin = format!("**{name}:**");
    let value = text.lines().find_map(|line| line.trim().strip_prefix(&begin))?;
    Some(value.trim().trim_matches('`').trim())
}

/// True for nothing, and for a placeholder of the template.
fn is_empty(value: &str) -> bool {
    value.is_empty() || value.starts_with('[') && value.ends_with(']') && !value.contains("](")
}

fn read_rate(text: &str) -> Option<Rate> {
    Some(rate(&plain(text))?.0)
}

/// The lines after a heading or a field, up to the next one.
fn lines_after(text: &str, is_start: impl Fn(&str) -> bool) -> Vec<&str> {
    let after = text.lines().skip_while(|line| !is_start(line.trim())).skip(1);
    let is_end = |line: &str| line.starts_with("##") || line.starts_with("**") || line == "--";
    after.map(str::trim).take_while(|line| !is_end(line)).collect()
}

/// The components of the breakdown: `- Name: rate`.
fn breakdown(text: &str) -> Vec<(String, Rate)> {
    let lines = lines_after(text, |line| line.starts_with("**Breakdown:**"));
    let component = |line: &str| {
        let line = line.trim_start_matches(['-', '*', ' ']);
        let (name, value) = line.rsplit_once(": ")?;
        Some((name.trim_matches(['`', '*']).trim().to_owned(), read_rate(value)?))
    };
    lines.into_iter().filter_map(component).collect()
}

/// The names in the table of coefficients.
fn coefficients(text: &str) -> Vec<String> {
    let rows = lines_after(text, |line| line == "## Coefficients");
    let cell = |row: &str| {
        let name = row.strip_prefix('|')?.split('|').next()?.trim().trim_matches('`').to_owned();
        let is_name = !name.is_empty() && name != "Coefficient" && !name.starts_with("--");
        is_name.then_some(name)
    };
    rows.into_iter().filter_map(cell).collect()
}

/// The sections of a heading: the title of each, and its lines.
fn sections<'a>(text: &'a str, chapter: &str, level: &str) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut is_inside = false;
    for line in text.lines().map(str::trim) {
        if let Some(title) = line.strip_prefix("## ") {
            is_inside = title.trim() == chapter;
        } else if let Some(title) = line.strip_prefix(level).and_then(|it| it.strip_prefix(' ')) {
            if is_inside {
                sections.push((title.trim().trim_matches('`'), Vec::new()));
            }
        } else if line.starts_with("### ") && is_inside {
            // A heading above the level ends a section.
            sections.push(("", Vec::new()));
        } else if let Some((_, lines)) = sections.last_mut().filter(|_| is_inside) {
            lines.push(line);
        }
    }
    sections.retain(|(title, _)| !title.is_empty());
    sections
}

/// The scores of the components' own sections. Their methodologies become references.
fn components(text: &str, statement: &mut Statement) -> Vec<(String, Rate)> {
    let mut components = Vec::new();
    for (title, lines) in sections(text, "Component Breakdown", "###") {
        let body = lines.join("\n");
        if let Some(rate) = field(&body, "SCI Score").and_then(read_rate) {
            components.push((title.to_owned(), rate));
        }
        let used = lines.iter().filter_map(|line| line.strip_prefix("- **")?.split_once(":**"));
        let names = used.flat_map(|(_, names)| names.split(','));
        let names = names.map(|name| name.trim().trim_matches('`'));
        let is_name = |name: &&str| !name.is_empty() && !name.to_lowercase().starts_with("none");
        let references = names.filter(is_name).map(|name| (title.to_owned(), name.to_owned()));
        statement.references.extend(references);
    }
    components
}

fn methodologies(text: &str, statement: &mut Statement) {
    for (title, lines) in sections(text, "Methodologies", "####") {
        let body = lines.join("\n");
        let class = field(&body, "Method").map(str::to_owned);
        let names = field(&body, "Key Coefficients").unwrap_or_default();
        let names = names.split(',').map(|it| it.trim().trim_matches('`').to_owned());
        let names = names.filter(|it| !it.is_empty());
        statement.methodologies.push((title.to_owned(), class, names.collect()));
    }
}
