//! Text that a terminal only prints.

/// A text in one line, its control characters replaced: the names of files may hold any, and a terminal
/// would obey them.
#[must_use]
pub fn sanitize(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
