//! What was wrong, and with which field.

use std::fmt;

/// Something that cannot be used: JavaScript gets it as an `Error` with a `field`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// The path of the field, as `job.duration_seconds`, or the place in a file; `None` where it is the whole.
    pub field: Option<String>,
    /// What is wrong, for people.
    pub message: String,
}

impl InputError {
    /// A fault of the whole.
    pub fn new(message: impl fmt::Display) -> InputError {
        InputError { field: None, message: message.to_string() }
    }

    /// A fault of one field.
    pub fn of(field: impl Into<String>, message: impl fmt::Display) -> InputError {
        InputError { field: Some(field.into()), message: message.to_string() }
    }

    /// The same fault, of a field within another.
    #[must_use]
    pub fn within(self, outer: &str) -> InputError {
        let field = self.field.map_or_else(|| outer.to_owned(), |inner| format!("{outer}.{inner}"));
        InputError { field: Some(field), ..self }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for InputError {}
