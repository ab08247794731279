//! A secret text, kept out of logs and errors.

use std::fmt;

/// A password or a token. It cannot be logged by accident: it has no `Display`, and its `Debug` is the word `Secret`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text as a secret.
    #[must_use]
    pub fn new(text: String) -> Secret {
        Secret(text)
    }

    /// The secret text, for the header of a request.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Replaces the secret by `(secret)` in a text, since a service may quote the request in its answer: also where the text has
    /// the secret as JSON or with its white space collapsed, and where the text was cut off within it.
    pub(crate) fn redact_in(&self, text: String) -> String {
        let collapsed = self.0.split_whitespace().collect::<Vec<_>>().join(" ");
        let escaped = self.0.replace('\\', "\\\\").replace('"', "\\\"");
        [&self.0, &escaped, &collapsed].into_iter().fold(text, |text, secret| redact(text, secret))
    }
}

/// The text in place of a secret.
const REDACTED: &str = "(secret)";

/// The fewest characters at the end of a text that are taken for the beginning of a secret.
const MIN_CUT_CHARS: usize = 4;

fn redact(text: String, secret: &str) -> String {
    if secret.is_empty() {
        return text;
    }
    let mut text = text.replace(secret, REDACTED);
    let lengths = secret.char_indices().map(|(length, _)| length).skip(MIN_CUT_CHARS);
    let cut = lengths.filter_map(|length| secret.get(..length));
    if let Some(cut) = cut.filter(|cut| text.ends_with(*cut)).last() {
        text.truncate(text.len() - cut.len());
        text.push_str(REDACTED);
    }
    text
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn a_secret_is_neither_formatted_nor_echoed() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "Secret Some(Secret)");
        let echo = secret.redact_in("no user with hunter2, hunter2".to_owned());
        assert_eq!(echo, "no user with (secret), (secret)");
        assert_eq!(Secret::new(String::new()).redact_in("ab".to_owned()), "ab");
        for (text, expected) in [
            ("no hunte", "no (secret)"),
            ("no hunt", "no (secret)"),
            ("no hun", "no hun"),
            ("hunter", "(secret)"),
        ] {
            assert_eq!(secret.redact_in(text.to_owned()), expected);
        }
        let odd = Secret::new("a\"b  c\\d".to_owned());
        for echo in ["a\"b  c\\d", "a\\\"b  c\\\\d", "a\"b c\\d"] {
            assert_eq!(odd.redact_in(format!("x{echo}y")), "x(secret)y", "{echo}");
        }
    }
}
