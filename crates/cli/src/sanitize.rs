//! Text that is safe to print on a terminal.

/// Returns a text in one line, with U+FFFD in place of each control character: file names may hold any, and a
/// terminal would interpret them.
#[must_use]
pub fn sanitize(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
