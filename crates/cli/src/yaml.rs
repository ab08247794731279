//! YAML. No other file names the crate `serde_saphyr`.

use gpu_carbon_feeds::yaml_nesting::{MOST_LEVELS, too_deep_line};
use serde::de::DeserializeOwned;
use serde_saphyr::Error;

/// Reads one document. The error is its reason in one line.
///
/// # Errors
///
/// When the text is not YAML, is nested too deeply, or does not have the shape of `T`.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    if let Some(line) = too_deep_line(text) {
        return Err(format!("more than {MOST_LEVELS} levels of nesting at line {line}"));
    }
    // A snippet would make the message several lines.
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error: Error| error.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_document_that_is_too_deep_is_refused_at_once() {
        for text in ["[".repeat(40_000), "- ".repeat(40_000), "{a: ".repeat(40_000)] {
            let error = read::<Value>(&text).unwrap_err();
            assert_eq!(error, "more than 500 levels of nesting at line 1");
        }
        let error = read::<Vec<u32>>("- 1\n- x\n").unwrap_err();
        assert!(error.lines().count() == 1 && error.contains("line 2"), "{error}");
        assert_eq!(read::<Vec<u32>>("[1, 2]").unwrap(), [1, 2]);
    }
}
