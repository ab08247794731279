//! Text from outside, such as a service's answer or a file, shortened to one line for an error message or a log.

/// The beginning of a text with its white space collapsed: of the first `max_chars` characters, each run of white space and
/// control characters becomes one space. For text that may be laid out over lines, such as a web page.
///
/// ```
/// use gpu_carbon_feeds::one_line::collapsed;
/// assert_eq!(collapsed("<html>\n  <title>Sign in</title>", 20), "<html> <title>Sign");
/// ```
#[must_use]
pub fn collapsed(text: &str, max_chars: usize) -> String {
    let spaced: String = replaced(text, max_chars, ' ');
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The beginning of a text with its control characters visible: of the first `max_chars` characters, each control character
/// becomes U+FFFD, the replacement character. For text in which a control character is an error, such as a field of a CSV.
///
/// ```
/// use gpu_carbon_feeds::one_line::marked;
/// assert_eq!(marked("1\r2 3", 4), "1\u{fffd}2 ");
/// ```
#[must_use]
pub fn marked(text: &str, max_chars: usize) -> String {
    replaced(text, max_chars, char::REPLACEMENT_CHARACTER)
}

fn replaced(text: &str, max_chars: usize, replacement: char) -> String {
    text.chars().take(max_chars).map(|c| if c.is_control() { replacement } else { c }).collect()
}
