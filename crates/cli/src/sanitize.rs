//! Text that is safe to print on a terminal.

use gpu_carbon_feeds::one_line;

/// Returns a text in one line, with U+FFFD in place of each control character: file names may hold any, and a
/// terminal would interpret them.
#[must_use]
pub fn sanitize(text: &str) -> String {
    one_line::marked(text, usize::MAX)
}
