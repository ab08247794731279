//! The longest delay of a start, as `--window` gives it.

use gpu_carbon_core::Span;

use crate::value_parsers::{self, Window};

/// A longest delay.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WindowArg {
    /// A length of time, or a share of the job's duration.
    Length(Window),
    /// A window to the end of the data.
    End,
}

impl WindowArg {
    /// The window where none is given.
    pub(super) const DEFAULT: &'static str = "24h";

    /// The default as a length, for data that have no end.
    pub(super) const DEFAULT_LENGTH: Span = Span::from_days(1);

    /// Parses a window as [`value_parsers::window`] does, or `end`.
    ///
    /// # Errors
    ///
    /// When the text is neither.
    pub fn parse(text: &str) -> Result<WindowArg, String> {
        match text.trim() {
            "end" => Ok(WindowArg::End),
            _ => value_parsers::window(text)
                .map(WindowArg::Length)
                .map_err(|error| format!("{error}, or end")),
        }
    }
}
