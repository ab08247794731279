//! The fields of a CSV line.

use crate::printable::printable;

/// The fields of a line that is read. None may hold a comma, a quote or the end of a line, so that quotes
/// can only enclose it.
pub(crate) fn split(line: &str) -> impl Iterator<Item = &str> {
    line.split(',').map(|field| {
        let field = field.trim();
        field.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(field)
    })
}

/// The beginning of what was found, fit for one line.
pub(crate) fn excerpt(text: &str) -> String {
    printable(&text.chars().take(80).collect::<String>())
}

/// A field that is written, in quotes where it needs them (RFC 4180).
pub(crate) fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
