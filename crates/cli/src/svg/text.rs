//! Texts in a drawing: escaped, wrapped and shortened.

/// Returns a text with XML entities in place of markup, and U+FFFD in place of characters that XML forbids.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// Breaks a text at its spaces into lines of at most `width` characters; a longer word has a line of its own.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Cuts a text to at most `width` characters; one that was cut ends in an ellipsis.
pub(super) fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(width.saturating_sub(1)).collect();
    beginning + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stay_whole() {
        assert_eq!(
            wrapped("6B Transformer, 13% of a run", 12),
            ["6B", "Transformer,", "13% of a run"]
        );
        assert_eq!(wrapped("BERT LM (8\u{a0}V100)", 12), ["BERT LM", "(8\u{a0}V100)"]);
        assert_eq!(shortened("WT_CAISO_NORTH_2020", 8), "WT_CAIS…");
        assert_eq!(shortened("short", 8), "short");
    }
}
