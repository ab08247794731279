//! The forms of a figure.

use crate::output::Table;

/// A figure: its data, and its text and drawing for people.
pub(crate) trait Drawing {
    /// Returns the data.
    fn table(&self) -> Table;
    /// Returns the text, line by line.
    fn text(&self) -> Vec<String>;
    /// Returns the drawing as SVG.
    fn svg(&self) -> String;
}
