//! Errors in the arguments of a call, with the name of the field.

use std::fmt;

#[cfg(feature = "engine")]
use gpu_carbon_schema::FieldError;

/// An error in the input of a call. JavaScript receives it as an `Error` with the property `field`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// The path of the field, as `job.duration_seconds`, or the line of a file; `None` for the input as a whole.
    pub field: Option<String>,
    /// The message, for people.
    pub message: String,
}

impl InputError {
    /// An error in the input as a whole.
    pub fn new(message: impl fmt::Display) -> InputError {
        InputError { field: None, message: message.to_string() }
    }

    /// An error in one field.
    pub fn of(field: impl Into<String>, message: impl fmt::Display) -> InputError {
        InputError { field: Some(field.into()), message: message.to_string() }
    }

    /// The same error, with the path of a field inside of the field `outer`.
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

#[cfg(feature = "engine")]
impl From<FieldError> for InputError {
    fn from(error: FieldError) -> InputError {
        let FieldError { field, message } = error;
        InputError { field: Some(field).filter(|field| field != "."), message }
    }
}
