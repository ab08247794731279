//! Reasons why a waveform is rejected.

/// An error in a waveform: the value, and what is allowed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WaveformError {
    /// The text is not a waveform.
    #[error(
        "{text:?} is not a waveform: want \"constant WATTS\", \"square LOW HIGH PERIOD DUTY%\", \"sine MEAN AMPLITUDE \
         PERIOD\" or \"trace STEP W1,W2,...\", each with an optional \"phase SPAN\" at its end"
    )]
    Form {
        /// The text.
        text: String,
    },
    /// A word is not a number.
    #[error("{word:?} is not a number of watts: want one such as 250 or 99.5")]
    Number {
        /// The word.
        word: String,
    },
    /// A word is not a span of time.
    #[error(
        "{word:?} is not a span of time: want a number with ns, us, ms, s, m or h, such as 250ms"
    )]
    SpanForm {
        /// The word.
        word: String,
    },
    /// A power is out of range.
    #[error("{watts} W is out of range: want 0 to 1000000")]
    Watts {
        /// The power, in watts.
        watts: f64,
    },
    /// A period or a step is out of range.
    #[error("a span of {span} is out of range: want 1us to 366 days")]
    Span {
        /// The span.
        span: String,
    },
    /// A duty is out of range.
    #[error("a duty of {percent}% is out of range: want 0% to 100%")]
    Duty {
        /// The duty, in percent.
        percent: f64,
    },
    /// The power of a sine would be negative at times.
    #[error(
        "a sine of {mean_watts} W with an amplitude of {amplitude_watts} W is negative at times: want amplitude <= mean"
    )]
    NegativePower {
        /// The mean, in watts.
        mean_watts: f64,
        /// The amplitude, in watts.
        amplitude_watts: f64,
    },
    /// A trace has no value.
    #[error("a trace needs at least one value")]
    EmptyTrace,
}
