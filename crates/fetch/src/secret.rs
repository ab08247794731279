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

    /// Replaces the secret by `(secret)` in a text, since a service may quote the request in its answer.
    pub(crate) fn redact_in(&self, text: String) -> String {
        if self.0.is_empty() || !text.contains(&self.0) {
            text
        } else {
            text.replace(&self.0, "(secret)")
        }
    }
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
    }
}
