//! Notes at the foot of a chart.

use super::text::wrapped;

/// The height of a line of notes, in pixels.
pub(super) const LINE_HEIGHT: f64 = 16.0;

/// Notes, broken into lines.
pub(super) struct Notes(Vec<String>);

impl Notes {
    /// Breaks notes into lines of at most `width` characters.
    pub(super) fn wrapped(notes: &[String], width: usize) -> Notes {
        Notes(notes.iter().flat_map(|note| wrapped(note, width)).collect())
    }

    /// Returns the lines, from above.
    pub(super) fn lines(&self) -> &[String] {
        &self.0
    }

    /// Returns the height of all lines, in pixels.
    pub(super) fn height(&self) -> f64 {
        self.0.iter().map(|_| LINE_HEIGHT).sum()
    }
}
