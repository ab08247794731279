//! Headers that every response carries.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue};

use super::error::ValueError;

/// The headers that may be set, each with its allowed values; an empty list allows any value.
const KNOWN: [(&str, &[&str]); 5] = [
    ("Content-Security-Policy", &[]),
    ("Strict-Transport-Security", &[]),
    ("X-Content-Type-Options", &["nosniff"]),
    ("X-Frame-Options", &["deny", "sameorigin"]),
    ("X-XSS-Protection", &[]),
];

/// The checked headers. A header with an empty value is left out.
pub(super) fn headers(
    given: &BTreeMap<String, String>,
) -> Result<Vec<(HeaderName, HeaderValue)>, ValueError> {
    let mut headers = Vec::new();
    for (name, value) in given {
        let key = format!("http_server_config.headers.{name}");
        let Some((_, values)) = KNOWN.iter().find(|(known, _)| known == name) else {
            let known = KNOWN.map(|(known, _)| known).join(", ");
            return Err(ValueError::new(key, format!("it cannot be set; these can: {known}")));
        };
        if value.is_empty() {
            continue;
        }
        if !values.is_empty() && !values.contains(&value.as_str()) {
            let values = values.join(", ");
            return Err(ValueError::new(key, format!("`{value}` is not allowed: {values}")));
        }
        let parsed = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value));
        let (Ok(name), Ok(value)) = parsed else {
            return Err(ValueError::new(
                key,
                format!("`{value}` is not allowed: one line of text is"),
            ));
        };
        headers.push((name, value));
    }
    Ok(headers)
}
