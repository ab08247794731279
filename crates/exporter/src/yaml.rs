//! YAML. No other file names the crate `serde_saphyr`.

use std::borrow::Cow;

use gpu_carbon_feeds::yaml_nesting::{MOST_LEVELS, too_deep_line};
use serde::de::DeserializeOwned;
use serde_saphyr::{Error, Location, MessageFormatter, UserMessageFormatter};

/// An error in a YAML document, in one line: the key, the reason, the line and the column. It repeats no text of the
/// document but a scalar where a number or a boolean is expected, and names of keys and variants.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct YamlError {
    message: String,
}

/// Reads one document. Depth, size and the expansion of aliases are limited, and a key may occur once.
///
/// # Errors
///
/// When the text is not YAML, or does not have the shape of `T`.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    if let Some(line) = too_deep_line(text) {
        let message = format!("more than {MOST_LEVELS} levels of nesting at line {line} column 1");
        return Err(YamlError { message });
    }
    // A snippet would repeat what stands around the error, which may be a password's hash.
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    let mut key = None;
    serde_saphyr::with_deserializer_from_str_with_options(text, options, |deserializer| {
        serde_path_to_error::deserialize(deserializer).map_err(|error| {
            key = Some(error.path().to_string());
            error.into_inner()
        })
    })
    .map_err(|error| {
        // A path is `.` or ends in `?` where the document is broken before a key is known.
        let key = key.filter(|key| key != "." && !key.ends_with('?'));
        YamlError { message: message(text, key.as_deref(), &error) }
    })
}

fn message(text: &str, key: Option<&str>, error: &Error) -> String {
    let location = error.location();
    // The message of an unknown key names the key: before it stands the section.
    let key = match error {
        Error::SerdeUnknownField { .. } => key.and_then(|key| Some(key.rsplit_once('.')?.0)),
        _ => key,
    };
    let key = key.map_or_else(String::new, |key| format!("{key}: "));
    let reason = reason(text, location, error);
    let place = location.map_or_else(String::new, |location| {
        format!(" at line {} column {}", location.line(), location.column())
    });
    let message = format!("{key}{reason}{place}");
    // The text of a key or a variant may have control characters.
    message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn reason<'a>(text: &str, location: Option<Location>, error: &'a Error) -> Cow<'a, str> {
    let scalar = || location.and_then(|location| scalar(text, location)).unwrap_or_default();
    match error {
        Error::WithSnippet { error, .. } | Error::AliasError { error, .. } => {
            reason(text, location, error)
        }
        Error::InvalidScalar { ty: "floating point", .. } => {
            format!("`{}` is not a number", scalar()).into()
        }
        Error::InvalidScalar { ty: "u32", .. } => {
            format!("`{}` is not a whole number from 0 to {}", scalar(), u32::MAX).into()
        }
        Error::InvalidBooleanStrict { .. } => {
            format!("`{}` is neither true nor false", scalar()).into()
        }
        Error::Unexpected { expected: "mapping start", .. } => {
            "expected a section, such as `{key: value}`".into()
        }
        Error::Unexpected { expected: "sequence start", .. } => "expected a list".into(),
        Error::Unexpected { expected: "string scalar", .. } => {
            "expected one value, not a list or a section".into()
        }
        Error::SerdeUnknownField { field, expected, .. } => {
            let file = format!("{field}_file");
            if expected.contains(&file.as_str()) {
                format!("unknown key `{field}`: secrets never stand in this file; name a file by `{file}`, or a variable by `{field}_env`").into()
            } else {
                format!("unknown key `{field}`, expected one of {}", listed(expected)).into()
            }
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            format!("unknown value `{variant}`, expected one of {}", listed(expected)).into()
        }
        other => UserMessageFormatter.format_message(other),
    }
}

fn listed(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The scalar at a location, as it is written.
fn scalar(text: &str, location: Location) -> Option<String> {
    let place = |number: u64| usize::try_from(number).ok()?.checked_sub(1);
    let line = text.lines().nth(place(location.line())?)?;
    let length = usize::try_from(location.span().len()).ok()?;
    Some(line.chars().skip(place(location.column())?).take(length).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use serde::Deserialize;
    use serde::de::IgnoredAny;

    use super::*;
    use crate::clock;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Document {
        number: Option<f64>,
        count: Option<u32>,
        switch: Option<bool>,
        text: Option<String>,
        users: Option<BTreeMap<String, String>>,
        sections: Option<Vec<Document>>,
    }

    fn error(text: &str) -> String {
        read::<Document>(text).unwrap_err().to_string()
    }

    #[test]
    fn an_error_names_the_key_the_reason_the_line_and_the_column() {
        for (text, expected) in [
            ("number: lots", "number: `lots` is not a number at line 1 column 9"),
            (
                "\n\ncount: -1",
                "count: `-1` is not a whole number from 0 to 4294967295 at line 3 column 8",
            ),
            ("switch: yes", "switch: `yes` is neither true nor false at line 1 column 9"),
            ("text: [1]", "text: expected one value, not a list or a section at line 1 column 7"),
            (
                "users: hunter2",
                "users: expected a section, such as `{key: value}` at line 1 column 8",
            ),
            (
                "sections:\n- {number: 1}\n- {number: x}",
                "sections[1].number: `x` is not a number at line 3 column 12",
            ),
            ("sections: {number: 1}", "sections: expected a list at line 1 column 11"),
            (
                "a: 1\nnumber: 1",
                "unknown key `a`, expected one of `number`, `count`, `switch`, `text`, `users`, `sections` at line 1 column 1",
            ),
            (
                "number: 1\nnumber: 2",
                "duplicate mapping key `number` is not allowed here at line 2 column 1",
            ),
            ("users: {ada: hunter2\n", "unclosed bracket '{' at line 1 column 8"),
            (
                "number: 1\n---\nnumber: 2\n",
                "only single YAML document expected but multiple found at line 3 column 1",
            ),
        ] {
            assert_eq!(error(text), expected, "{text}");
        }
    }

    #[test]
    fn a_text_may_look_like_a_number_and_a_document_may_be_empty() {
        let read = |text: &str| read::<Option<Document>>(text).unwrap();
        assert_eq!(read("text: 012").unwrap().text.as_deref(), Some("012"));
        assert_eq!(read("text: no").unwrap().text.as_deref(), Some("no"));
        assert_eq!(read("text: |\n  a\n  b\n").unwrap().text.as_deref(), Some("a\nb\n"));
        assert!(read("number: .nan").unwrap().number.unwrap().is_nan());
        assert_eq!(read("{number: &a 1, sections: [{number: *a}]}").unwrap().number, Some(1.0));
        for empty in ["", "# nothing\n", "~", "---\n"] {
            assert_eq!(read(empty), None, "{empty}");
        }
        assert_eq!(read("{}"), Some(Document::default()));
    }

    #[test]
    fn depth_and_aliases_are_limited_and_take_no_time() {
        let levels = 40_000;
        let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
        for level in 1..10 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(",");
            bomb += &format!("a{level}: &a{level} [{aliases}]\n");
        }
        let deep_block: String = (0..2_000).map(|level| " ".repeat(level) + "a:\n").collect();
        for text in [
            "[".repeat(levels),
            "[".repeat(levels) + &"]".repeat(levels),
            "{a: ".repeat(levels),
            "- ".repeat(levels),
            deep_block,
            bomb,
        ] {
            let start = clock::instant();
            let result = read::<BTreeMap<String, IgnoredAny>>(&text);
            let (taken, head) =
                (clock::elapsed_since(start), text.chars().take(20).collect::<String>());
            assert!(result.is_err() || text.starts_with("a0"), "{head}");
            assert!(taken < Duration::from_secs(10), "{head}: {taken:?}");
            assert!(read::<Document>(&text).is_err(), "{head}");
        }
    }
}
