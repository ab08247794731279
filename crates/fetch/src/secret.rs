//! A text that nobody may see.

use std::fmt;

/// A password or a token. It has no way into a log: it cannot be displayed, and debugs as a word.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides a text.
    #[must_use]
    pub fn new(text: String) -> Secret {
        Secret(text)
    }

    /// The text, for the request that needs it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// A text without this secret in it, in case a service echoes what it was told.
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
    fn it_is_seen_nowhere() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "Secret Some(Secret)");
        let echo = secret.redact_in("no user with hunter2, hunter2".to_owned());
        assert_eq!(echo, "no user with (secret), (secret)");
        assert_eq!(Secret::new(String::new()).redact_in("ab".to_owned()), "ab");
    }
}
