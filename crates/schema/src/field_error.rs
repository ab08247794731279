//! Errors with the path of a field.

use gpu_carbon_feeds::one_line;

/// The longest field path or message, in characters: a request may hold any text, of any length.
const MAX_QUOTED_CHARS: usize = 300;

/// An error in a field of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct FieldError {
    /// The path of the field, as `pause_costs.milestones[0].by`; `.` for the whole request.
    pub field: String,
    /// The message, without the path.
    pub message: String,
}

impl FieldError {
    pub(crate) fn new(field: impl Into<String>, message: impl Into<String>) -> FieldError {
        let [field, message] =
            [field.into(), message.into()].map(|text| one_line::marked(&text, MAX_QUOTED_CHARS));
        FieldError { field, message }
    }
}
