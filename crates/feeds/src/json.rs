//! The JSON of the services' answers, and the other texts that arrive in its place.

use gpu_carbon_core::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;

use crate::error::FeedError;
use crate::response::BadPoints;
use crate::{one_line, rfc3339};

/// The form of time of RFC 3339, for an error message.
pub(crate) const RFC_3339: &str = "a time with its offset, as 2020-06-01T00:00:00Z";

/// The number of characters that an error quotes of an answer.
const MAX_EXCERPT_CHARS: usize = 120;

/// Deserializes the answer of `service`; where bad points are skipped, `NaN` and infinities in place of a number become `null`, and
/// their number is returned.
pub(crate) fn read_points<T: DeserializeOwned>(
    text: &str,
    service: &'static str,
    bad_points: BadPoints,
) -> Result<(T, usize), FeedError> {
    match (read(text, service), bad_points) {
        (Err(FeedError::NotANumber(_)), BadPoints::Skip) => {
            let (repaired, replaced) = without_bare_words(text);
            Ok((read(&repaired, service)?, replaced))
        }
        (answer, _) => Ok((answer?, 0)),
    }
}

/// Deserializes the answer of `service`.
pub(crate) fn read<T: DeserializeOwned>(text: &str, service: &'static str) -> Result<T, FeedError> {
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    if trimmed.is_empty() {
        return Err(FeedError::EmptyText);
    }
    if is_gzip(trimmed) {
        return Err(FeedError::Gzip);
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

/// Reports whether a text is a gzip file that was decoded as UTF-8: its first byte is 0x1f, and its second none of UTF-8.
pub(crate) fn is_gzip(text: &str) -> bool {
    text.starts_with("\u{1f}\u{fffd}")
}

/// Parses the time of the value at `position`: RFC 3339, with or without seconds.
pub(crate) fn time(text: &str, position: usize) -> Result<Timestamp, FeedError> {
    // carbonintensity.org.uk writes `2018-01-20T12:00Z`, without the seconds that RFC 3339 requires.
    rfc3339::parse(text).map_err(|_| FeedError::Time {
        position,
        found: excerpt(text),
        expected: RFC_3339,
    })
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
        // PJM lists what is wrong.
        #[serde(default)]
        errors: Vec<Reason>,
        message: Option<String>,
        detail: Option<String>,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Reason {
        Text(String),
        Coded { code: Option<String>, message: Option<String> },
    }
    let ErrorAnswer { error, errors, message, detail } = serde_json::from_str(text).ok()?;
    let parts = match error.or_else(|| errors.into_iter().next()) {
        Some(Reason::Text(error)) => [Some(error), message, detail],
        Some(Reason::Coded { code, message }) => [code, message, detail],
        None => [None, message, detail],
    };
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| excerpt(&parts.join(": ")))
}

/// A text with `null` in place of every `NaN` and infinity outside of strings, and the number of them.
fn without_bare_words(text: &str) -> (String, usize) {
    const WORDS: [&str; 6] = ["-infinity", "infinity", "-inf", "inf", "-nan", "nan"];
    let (mut repaired, mut replaced) = (String::with_capacity(text.len()), 0);
    let (mut rest, mut in_string) = (text, false);
    while let Some(char) = rest.chars().next() {
        let word = WORDS.iter().find(|word| {
            !in_string
                && rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        });
        if let Some(word) = word {
            repaired.push_str("null");
            replaced += 1;
            rest = rest.get(word.len()..).unwrap_or_default();
            continue;
        }
        // An escaped character ends no string.
        let length = match char {
            '\\' if in_string => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
            char => char.len_utf8(),
        };
        in_string ^= char == '"';
        let (done, next) = rest.split_at_checked(length).unwrap_or((rest, ""));
        repaired.push_str(done);
        rest = next;
    }
    (repaired, replaced)
}

/// A value that should be a number.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Number {
    Finite(f64),
    /// Any other value, such as a text.
    Other(IgnoredAny),
}

impl Number {
    /// The number of the value at `position`.
    pub(crate) fn get(self, service: &'static str, position: usize) -> Result<f64, FeedError> {
        match self {
            Number::Finite(number) => Ok(number),
            Number::Other(_) => {
                let reason = format!("value {position} is not a number");
                Err(FeedError::Shape { service, reason })
            }
        }
    }
}

/// A number that a service writes as one or in quotes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(crate) enum LooseNumber {
    Number(f64),
    Text(String),
}

impl LooseNumber {
    /// The number of the value at `position`.
    pub(crate) fn parse(&self, position: usize) -> Result<f64, FeedError> {
        match self {
            LooseNumber::Number(number) => Ok(*number),
            LooseNumber::Text(text) => number(text, position),
        }
    }
}

/// Parses the number of the value at `position`, which must be finite.
pub(crate) fn number(text: &str, position: usize) -> Result<f64, FeedError> {
    let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| FeedError::NotANumber(format!("value {position} is `{}`", excerpt(text))))
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
