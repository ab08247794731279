//! The reporting format of the Green Software Foundation: `report.yaml`.

use chrono::{DateTime, NaiveDate};
use gpu_carbon_core::disclosure::{Statement, StatementError};
use serde_json::Value;

use super::part::Part;
use crate::sci::about::is_guid;
use crate::yaml;

/// The elements that a report must have (`reporting_requirements.md`).
const REQUIRED: [&str; 11] = [
    "sci/software-boundary",
    "sci/sci",
    "sci/r",
    "sci/r-source",
    "metadata/name",
    "metadata/contact-name",
    "metadata/contact-email",
    "metadata/guid",
    "metadata/entity-version",
    "metadata/sci-version",
    "metadata/calculation-date",
];

/// The elements that are numbers.
const NUMBERS: [&str; 3] = ["sci/sci", "sci/r", "metadata/sci-version"];

/// Reads a report; `None` for a text that has neither of its two parts.
pub(super) fn read(text: &str) -> Option<Vec<Part>> {
    let has = |key: &str| text.lines().any(|line| line.trim_end() == key);
    if !has("sci:") && !has("metadata:") {
        return None;
    }
    let document: Value = yaml::read(text).ok()?;
    let element = |name: &str| document.pointer(&format!("/{name}"));
    let is_empty = |value: Option<&Value>| match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(_) => false,
    };
    let missing: Vec<String> =
        REQUIRED.iter().filter(|name| is_empty(element(name))).map(|it| (*it).to_owned()).collect();
    let mut faults = Vec::new();
    let mut form = |name: &str, is_right: &dyn Fn(&Value) -> bool, expected: &'static str| {
        if let Some(value) =
            element(name).filter(|value| !is_empty(Some(value)) && !is_right(value))
        {
            let found = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            faults.push(StatementError::Form { field: name.to_owned(), found, expected });
        }
    };
    for name in NUMBERS {
        form(name, &|value| value.as_f64().is_some_and(|it| it >= 0.0), "a number of zero or more");
    }
    let text_is = |is: fn(&str) -> bool| move |value: &Value| value.as_str().is_some_and(is);
    form("metadata/guid", &text_is(is_guid), "a GUID of RFC 4122");
    form("metadata/contact-email", &text_is(|it| it.contains('@')), "a mail address");
    form("metadata/calculation-date", &text_is(is_date), "a date or a time of RFC 3339");
    let units = element("sci/r").and_then(Value::as_f64);
    let statement = Statement {
        missing,
        units: units.map(gpu_carbon_core::disclosure::Printed::exact),
        ..Statement::default()
    };
    Some(vec![Part { place: String::new(), statement, faults }])
}

fn is_date(text: &str) -> bool {
    DateTime::parse_from_rfc3339(text).is_ok() || text.parse::<NaiveDate>().is_ok()
}
