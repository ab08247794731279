//! The parameters of a request.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::error::ApiError;

/// The parameters of a request, each at most once.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parameters<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Parameters<'a> {
    /// Reads a query, such as `duration=6h&window=24h`, as forms are encoded: `+` is a space.
    ///
    /// # Errors
    ///
    /// For a name that is not among the allowed ones, one that comes twice, and text that is not UTF-8.
    pub(super) fn parse(query: &'a str, allowed: &[&str]) -> Result<Parameters<'a>, ApiError> {
        let mut parameters: Vec<(Cow<'a, str>, Cow<'a, str>)> = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let decode =
                |text| decode(text).ok_or_else(|| ApiError::query(pair, "is not UTF-8", allowed));
            let (name, value) = (decode(name)?, decode(value)?);
            if !allowed.contains(&&*name) {
                return Err(ApiError::query(&name, "is not known", allowed));
            }
            if parameters.iter().any(|(known, _)| *known == name) {
                return Err(ApiError::query(&name, "is given twice", allowed));
            }
            parameters.push((name, value));
        }
        Ok(Parameters(parameters))
    }

    /// The value of a parameter, if it is given.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }
}

/// A part of a query as text; `None` if it is not UTF-8.
fn decode(part: &str) -> Option<Cow<'_, str>> {
    if part.contains('+') {
        let spaced = part.replace('+', " ");
        return percent_decode_str(&spaced)
            .decode_utf8()
            .ok()
            .map(|text| Cow::Owned(text.into_owned()));
    }
    percent_decode_str(part).decode_utf8().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_and_values_are_decoded() {
        let allowed = ["duration", "window"];
        let parsed = Parameters::parse("window=1h%2030m&&duration=2h+5m&", &allowed).unwrap();
        assert_eq!((parsed.get("duration"), parsed.get("window")), (Some("2h 5m"), Some("1h 30m")));
        let empty = Parameters::parse("duration", &allowed).unwrap();
        assert_eq!((empty.get("duration"), empty.get("window")), (Some(""), None));
        for (query, reason) in [
            (
                "length=6h",
                "the parameter `length` is not known; allowed: duration and window, each once",
            ),
            ("duration=1h&duration=1h", "is given twice"),
            ("duration=1h&%64uration=2h", "the parameter `duration` is given twice"),
            ("duration=%ff", "is not UTF-8"),
            ("=1", "the parameter `` is not known"),
        ] {
            let error = serde_json::to_string(&Parameters::parse(query, &allowed).unwrap_err());
            assert!(error.as_ref().unwrap().contains(reason), "{query}: {error:?}");
        }
    }

    /// A text as forms encode it.
    fn encoded(text: &str, keep: bool) -> String {
        let byte = |byte: u8| match byte {
            b' ' => "+".to_owned(),
            _ if keep && byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            _ => format!("%{byte:02x}"),
        };
        text.bytes().map(byte).collect()
    }

    proptest! {
        #[test]
        fn any_values_are_read_as_they_were_written(first in any::<String>(), second in any::<String>(), keep: bool) {
            let query = format!("a={}&b={}", encoded(&first, keep), encoded(&second, keep));
            let parsed = Parameters::parse(&query, &["a", "b"]).unwrap();
            prop_assert_eq!(parsed.get("a"), Some(first.as_str()));
            prop_assert_eq!(parsed.get("b"), Some(second.as_str()));
        }

        #[test]
        fn any_query_is_read_or_refused_in_one_line(query in "[ab=&%+0-9\\PC]{0,40}") {
            match Parameters::parse(&query, &["a", "b"]) {
                Ok(Parameters(parsed)) => prop_assert!(parsed.len() <= 2),
                Err(error) => {
                    let error = serde_json::to_string(&error).unwrap();
                    prop_assert!(!error.contains('\n') && error.contains("allowed"), "{}", error);
                }
            }
        }
    }
}
