//! The limits of texts that C programs read.

/// Reports whether a text fits into a buffer of C: not empty, at most `longest` bytes, and without a zero byte.
pub(super) fn text_fits(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len()) && !text.contains('\0')
}
