//! JSON, and what else arrives in its place.

use gpu_carbon_core::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::error::FeedError;

/// Reads a service's answer.
pub(crate) fn read<T: DeserializeOwned>(text: &str, service: &'static str) -> Result<T, FeedError> {
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    if trimmed.is_empty() {
        return Err(FeedError::Nothing);
    }
    if trimmed.starts_with('<') {
        return Err(FeedError::Html(excerpt(trimmed)));
    }
    serde_json::from_str(trimmed).map_err(|error| match error.classify() {
        Category::Eof => FeedError::Truncated { bytes: text.len() },
        Category::Data => match refusal(trimmed) {
            Some(message) => FeedError::Refused(message),
            None => FeedError::Shape { service, reason: excerpt(&error.to_string()) },
        },
        Category::Syntax | Category::Io => syntax(trimmed, &error),
    })
}

/// A moment in RFC 3339, with or without its seconds.
pub(crate) fn moment(text: &str, position: usize) -> Result<Timestamp, FeedError> {
    // As `2018-01-20T12:00Z`: to read this form as another would take a parser of any form.
    let short = text.strip_suffix('Z').filter(|minutes| minutes.len() == 16);
    let with_seconds = short.map(|minutes| format!("{minutes}:00Z"));
    crate::rfc3339::parse(with_seconds.as_deref().unwrap_or(text))
        .map_err(|_| FeedError::Time { position, found: excerpt(text) })
}

/// The beginning of what was found, fit for a line of a log.
pub(crate) fn excerpt(text: &str) -> String {
    let short: String =
        text.chars().take(120).map(|c| if c.is_control() { ' ' } else { c }).collect();
    short.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The message of an answer that says why there is no other, in the services' ways to say so.
pub(crate) fn refusal(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Refusal {
        error: Option<Reason>,
        message: Option<String>,
        detail: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Reason {
        Text(String),
        Coded { code: Option<String>, message: Option<String> },
    }
    let Refusal { error, message, detail } = serde_json::from_str(text).ok()?;
    let parts = match error {
        Some(Reason::Text(error)) => [Some(error), message, detail],
        Some(Reason::Coded { code, message }) => [code, message, detail],
        None => [None, message, detail],
    };
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| excerpt(&parts.join(": ")))
}

/// `NaN` and its like are told from what is no JSON at all.
fn syntax(text: &str, error: &serde_json::Error) -> FeedError {
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let before: usize = error.column().saturating_sub(1);
    let here: String = String::from_utf8_lossy(
        line.as_bytes().get(before.saturating_sub(1)..).unwrap_or_default(),
    )
    .chars()
    .take(16)
    .collect();
    let word = here.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    let place = || format!("line {}, column {}", error.line(), error.column());
    let names_no_number = ["nan", "inf"]
        .iter()
        .any(|name| word.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)));
    if names_no_number || error.to_string().starts_with("number out of range") {
        FeedError::NotANumber(format!("{}: `{}`", place(), excerpt(&here)))
    } else {
        FeedError::NotJson(excerpt(&error.to_string()))
    }
}
