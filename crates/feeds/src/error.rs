//! What can be wrong with a service's answer.

/// An answer that is no intensity: what stands there, where, and what was expected. Each is one line, and
/// quotes no more than the beginning of what it found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// There is no text, or blanks alone.
    #[error("the answer is empty, where JSON was promised")]
    Nothing,
    /// A web page: of a proxy, a portal, or a service that is down.
    #[error("the answer is a web page, where JSON was promised: `{0}`")]
    Html(String),
    /// The JSON stops in the middle.
    #[error("the answer is cut off after {bytes} bytes")]
    Truncated {
        /// How many there are.
        bytes: usize,
    },
    /// Something else than JSON.
    #[error("the answer is no JSON: {0}")]
    NotJson(String),
    /// `NaN` or an infinity, which JSON does not have, or a number larger than there are.
    #[error("the answer holds something that is no finite number: {0}")]
    NotANumber(String),
    /// JSON, with other keys or types than the service's.
    #[error("the answer is not {service}'s: {reason}")]
    Shape {
        /// Whose it should be.
        service: &'static str,
        /// What does not fit, and where.
        reason: String,
    },
    /// The service says why it does not answer.
    #[error("the service refused: {0}")]
    Refused(String),
    /// The values are in another unit.
    #[error("the values are in `{found}`, and must be in `{expected}`")]
    Unit {
        /// The unit that is given.
        found: String,
        /// The unit that can be read.
        expected: &'static str,
    },
    /// A value is above [`MAX_GRID_GRAMS`](gpu_carbon_core::exposure::MAX_GRID_GRAMS), and so in another unit than it seems.
    #[error(
        "value {position}, for {at}, is {found}, more than any grid emits: it must be in another unit"
    )]
    TooHigh {
        /// Of the value, counted from 1.
        position: usize,
        /// The moment that it is for.
        at: String,
        /// The value.
        found: String,
    },
    /// The values answer another question than an intensity does.
    #[error("the values are of the signal `{found}`, and must be of {expected}")]
    Signal {
        /// The signal that is given.
        found: String,
        /// What can be read.
        expected: &'static str,
    },
    /// The values are of another zone than the one asked for.
    #[error("the values are of the zone `{found}`, and `{expected}` was asked for")]
    Zone {
        /// The zone that is given.
        found: String,
        /// The zone that was asked for.
        expected: String,
    },
    /// A moment cannot be read.
    #[error("value {position}: `{found}` is no time with its offset, as 2020-06-01T00:00:00Z")]
    Time {
        /// Of the value, counted from 1.
        position: usize,
        /// What stands there.
        found: String,
    },
    /// A value is missing.
    #[error("value {position}, for {at}, is null")]
    Null {
        /// Of the value, counted from 1.
        position: usize,
        /// The moment that it is for.
        at: String,
    },
    /// A value is below zero.
    #[error("value {position}, for {at}, is {found}, and an intensity is zero or more")]
    Negative {
        /// Of the value, counted from 1.
        position: usize,
        /// The moment that it is for.
        at: String,
        /// The value.
        found: String,
    },
    /// Two values are for one moment.
    #[error("value {position} is for {at}, as the one before it: each moment may have one value")]
    Duplicate {
        /// Of the later value, counted from 1.
        position: usize,
        /// The moment that both are for.
        at: String,
    },
    /// A value is for an earlier moment than the one before it.
    #[error("value {position}, for {at}, is earlier than the one before it: time runs backwards")]
    Backwards {
        /// Of the earlier value, counted from 1.
        position: usize,
        /// The moment that it is for.
        at: String,
    },
    /// There is no value.
    #[error("the answer holds no value")]
    Empty,
    /// It is of none of the services.
    #[error(
        "the answer is of none of WattTime, Electricity Maps, carbonintensity.org.uk and Energy-Charts"
    )]
    UnknownService,
}

impl FeedError {
    /// The kind of fault in one word, as metrics name it.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            FeedError::Nothing | FeedError::Empty => "empty",
            FeedError::Html(_) => "html",
            FeedError::Truncated { .. } => "truncated",
            FeedError::NotJson(_) => "not_json",
            FeedError::NotANumber(_) => "not_a_number",
            FeedError::Shape { .. } | FeedError::UnknownService => "shape",
            FeedError::Refused(_) => "refused",
            FeedError::Unit { .. } | FeedError::TooHigh { .. } => "unit",
            FeedError::Signal { .. } => "signal",
            FeedError::Zone { .. } => "zone",
            FeedError::Time { .. } => "time",
            FeedError::Null { .. } => "null",
            FeedError::Negative { .. } => "negative",
            FeedError::Duplicate { .. } => "duplicate",
            FeedError::Backwards { .. } => "backwards",
        }
    }
}
