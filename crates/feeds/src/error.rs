//! Errors in the answer of a service.

/// An error in the answer of a service: the position, the text found there, and the text that is allowed. The message is one line,
/// and quotes no more than the beginning of the text found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// The text is empty, or white space alone.
    #[error("the answer is empty, where data were promised")]
    EmptyText,
    /// The text is a web page: of a proxy, a portal, or a service that is down.
    #[error("the answer is a web page, where data were promised: `{0}`")]
    WebPage(String),
    /// The JSON stops in the middle.
    #[error("the answer is cut off after {bytes} bytes")]
    Truncated {
        /// The number of bytes in the answer.
        bytes: usize,
    },
    /// The text is not JSON.
    #[error("the answer is not JSON: {0}")]
    NotJson(String),
    /// The text is not XML.
    #[error("the answer is not XML: {0}")]
    NotXml(String),
    /// The bytes are a gzip file that was not announced as one.
    #[error("the answer is a gzip file, and must be sent as text or with `Content-Encoding: gzip`")]
    Gzip,
    /// A number is `NaN`, an infinity, or larger than a 64-bit float.
    #[error("the answer holds something that is not a finite number: {0}")]
    NotANumber(String),
    /// The JSON has other keys or types than the service's.
    #[error("the answer is not {service}'s: {reason}")]
    Shape {
        /// The name of the service.
        service: &'static str,
        /// The key or type that does not fit, and its place.
        reason: String,
    },
    /// The answer is an error message of the service.
    #[error("the service refused: {0}")]
    Refused(String),
    /// The token is one for trials, and the numbers are invented.
    #[error(
        "the numbers are invented: {0} answers a sandbox token so; use a token of a plan with real data"
    )]
    Sandbox(&'static str),
    /// The values are in another unit.
    #[error("the values are in `{found}`, and must be in `{expected}`")]
    Unit {
        /// The unit of the answer.
        found: String,
        /// The unit that can be read.
        expected: &'static str,
    },
    /// A value above [`MAX_GRID_GRAMS`](gpu_carbon_core::units::MAX_GRID_GRAMS), or an amount of generation that no zone reaches.
    #[error(
        "value {position}, for {at}, is {found}, more than any grid has: it must be in another unit"
    )]
    TooHigh {
        /// The position of the value, counted from 1.
        position: usize,
        /// The time of the value.
        at: String,
        /// The value.
        found: String,
    },
    /// The values are of another signal than the ones that can be read.
    #[error("the values are of the signal `{found}`, and must be of {expected}")]
    Signal {
        /// The signal of the answer.
        found: String,
        /// The signals that can be read.
        expected: &'static str,
    },
    /// The emission factors are of another kind than the ones that can be read.
    #[error("the emission factors are `{found}`, and must be {expected}")]
    Scope {
        /// The kind of factors in the answer.
        found: String,
        /// The kinds that can be read.
        expected: &'static str,
    },
    /// The values are of another zone than the requested one.
    #[error("the values are of the zone `{found}`, and `{expected}` was asked for")]
    Zone {
        /// The zone of the answer.
        found: String,
        /// The requested zone.
        expected: String,
    },
    /// A time cannot be read.
    #[error("value {position}: `{found}` is not {expected}")]
    Time {
        /// The position of the value, counted from 1.
        position: usize,
        /// The text found in place of a time.
        found: String,
        /// The form of time that the service writes, with an example.
        expected: &'static str,
    },
    /// A value is missing.
    #[error("value {position}, for {at}, is null")]
    Null {
        /// The position of the value, counted from 1.
        position: usize,
        /// The time of the value.
        at: String,
    },
    /// A value is below zero.
    #[error("value {position}, for {at}, is {found}, and an intensity is zero or more")]
    Negative {
        /// The position of the value, counted from 1.
        position: usize,
        /// The time of the value.
        at: String,
        /// The value.
        found: String,
    },
    /// Two values have the same time.
    #[error("value {position} is for {at}, as the one before it: each time may have one value")]
    Duplicate {
        /// The position of the later value, counted from 1.
        position: usize,
        /// The time of both values.
        at: String,
    },
    /// A value is for an earlier time than the one before it.
    #[error("value {position}, for {at}, is earlier than the one before it: time runs backwards")]
    Backwards {
        /// The position of the later value in the answer, counted from 1.
        position: usize,
        /// The time of that value.
        at: String,
    },
    /// The answer has no value.
    #[error("the answer holds no value")]
    NoValues,
    /// The text has the shape of no service's answer.
    #[error(
        "the answer is of none of WattTime, Electricity Maps, carbonintensity.org.uk, Energy-Charts, EIA, the SGIP signal, PJM, \
         OpenElectricity and IESO"
    )]
    UnknownService,
}

impl FeedError {
    /// The kind of error in one word, as the exporter's metrics label it.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            FeedError::EmptyText | FeedError::NoValues => "empty",
            FeedError::WebPage(_) => "html",
            FeedError::Truncated { .. } => "truncated",
            FeedError::NotJson(_) => "not_json",
            FeedError::NotXml(_) => "not_xml",
            FeedError::Gzip => "gzip",
            FeedError::NotANumber(_) => "not_a_number",
            FeedError::Shape { .. } | FeedError::UnknownService => "shape",
            FeedError::Refused(_) => "refused",
            FeedError::Sandbox(_) => "sandbox",
            FeedError::Unit { .. } | FeedError::TooHigh { .. } => "unit",
            FeedError::Signal { .. } => "signal",
            FeedError::Scope { .. } => "scope",
            FeedError::Zone { .. } => "zone",
            FeedError::Time { .. } => "time",
            FeedError::Null { .. } => "null",
            FeedError::Negative { .. } => "negative",
            FeedError::Duplicate { .. } => "duplicate",
            FeedError::Backwards { .. } => "backwards",
        }
    }

    /// True for an error about one point of an answer, whose other points may be good.
    #[must_use]
    pub const fn is_about_a_point(&self) -> bool {
        matches!(
            self,
            FeedError::NotANumber(_)
                | FeedError::TooHigh { .. }
                | FeedError::Time { .. }
                | FeedError::Null { .. }
                | FeedError::Negative { .. }
                | FeedError::Duplicate { .. }
                | FeedError::Backwards { .. }
        )
    }

    /// The error with its texts changed, such as those that quote a secret.
    #[must_use]
    pub fn map_texts(mut self, change: impl Fn(String) -> String) -> FeedError {
        let apply = |text: &mut String| *text = change(std::mem::take(text));
        match &mut self {
            FeedError::WebPage(text)
            | FeedError::NotJson(text)
            | FeedError::NotXml(text)
            | FeedError::NotANumber(text)
            | FeedError::Refused(text)
            | FeedError::Shape { reason: text, .. }
            | FeedError::Unit { found: text, .. }
            | FeedError::Signal { found: text, .. }
            | FeedError::Scope { found: text, .. }
            | FeedError::Time { found: text, .. }
            | FeedError::Null { at: text, .. }
            | FeedError::Duplicate { at: text, .. }
            | FeedError::Backwards { at: text, .. } => apply(text),
            FeedError::Zone { found, expected } => {
                apply(found);
                apply(expected);
            }
            FeedError::TooHigh { at, found, .. } | FeedError::Negative { at, found, .. } => {
                apply(at);
                apply(found);
            }
            FeedError::EmptyText
            | FeedError::Truncated { .. }
            | FeedError::Gzip
            | FeedError::Sandbox(_)
            | FeedError::NoValues
            | FeedError::UnknownService => {}
        }
        self
    }
}
