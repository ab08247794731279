//! The JSON of the services' answers, and the other texts that arrive in its place.

use gpu_carbon_core::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::error::FeedError;
use crate::{one_line, rfc3339};

/// The number of characters that an error quotes of an answer.
const MAX_EXCERPT_CHARS: usize = 120;

/// Deserializes the answer of `service`.
pub(crate) fn read<T: DeserializeOwned>(text: &str, service: &'static str) -> Result<T, FeedError> {
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    if trimmed.is_empty() {
        return Err(FeedError::EmptyText);
    }
    if trimmed.starts_with('<') {
        return Err(FeedError::WebPage(excerpt(trimmed)));
    }
    serde_json::from_str(trimmed).map_err(|error| match error.classify() {
        Category::Eof => FeedError::Truncated { bytes: text.len() },
        Category::Data => match error_message(trimmed) {
            Some(message) => FeedError::Refused(message),
            None => FeedError::Shape { service, reason: excerpt(&error.to_string()) },
        },
        Category::Syntax | Category::Io => syntax_error(trimmed, &error),
    })
}

/// Parses the time of the value at `position`: RFC 3339, with or without seconds.
pub(crate) fn time(text: &str, position: usize) -> Result<Timestamp, FeedError> {
    // carbonintensity.org.uk writes `2018-01-20T12:00Z`, without the seconds that RFC 3339 requires.
    let without_seconds = text.strip_suffix('Z').filter(|minutes| minutes.len() == 16);
    let with_seconds = without_seconds.map(|minutes| format!("{minutes}:00Z"));
    rfc3339::parse(with_seconds.as_deref().unwrap_or(text))
        .map_err(|_| FeedError::Time { position, found: excerpt(text) })
}

/// The beginning of an answer in one line, for an error message.
pub(crate) fn excerpt(text: &str) -> String {
    one_line::collapsed(text, MAX_EXCERPT_CHARS)
}

/// The message of an answer that reports an error, in any of the forms that the services use; `None` where it has none.
pub(crate) fn error_message(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct ErrorAnswer {
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
    let ErrorAnswer { error, message, detail } = serde_json::from_str(text).ok()?;
    let parts = match error {
        Some(Reason::Text(error)) => [Some(error), message, detail],
        Some(Reason::Coded { code, message }) => [code, message, detail],
        None => [None, message, detail],
    };
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| excerpt(&parts.join(": ")))
}

/// The error about a text that is not JSON; `NaN` and infinities in place of a number have an error of their own.
fn syntax_error(text: &str, error: &serde_json::Error) -> FeedError {
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
    let is_nan_or_infinity = ["nan", "inf"]
        .iter()
        .any(|name| word.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)));
    if is_nan_or_infinity || error.to_string().starts_with("number out of range") {
        FeedError::NotANumber(format!("{}: `{}`", place(), excerpt(&here)))
    } else {
        FeedError::NotJson(excerpt(&error.to_string()))
    }
}
