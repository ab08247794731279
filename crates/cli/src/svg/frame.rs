//! What stands around the plot of any chart: a title and what it is about above, notes at the foot.

use super::{Anchor, PALE_INK, Svg, wrapped};

/// Of a line of the notes.
const NOTE: f64 = 16.0;

impl Svg {
    /// The title, and below it what the chart is about.
    pub(super) fn heading(&mut self, title: &str, about: &str) {
        self.text((24.0, 34.0), Anchor::Start, r#"font-size="19" font-weight="600""#, title);
        self.text((24.0, 56.0), Anchor::Start, &format!(r#"fill="{PALE_INK}""#), about);
    }

    /// The notes, below a height.
    pub(super) fn foot(&mut self, notes: &Notes, below: f64) {
        let style = format!(r#"font-size="11" fill="{PALE_INK}""#);
        let mut at = below;
        for line in &notes.0 {
            at += NOTE;
            self.text((24.0, at), Anchor::Start, &style, line);
        }
    }
}

/// Notes, broken into lines.
pub(super) struct Notes(Vec<String>);

impl Notes {
    /// In lines of at most so many characters.
    pub(super) fn wrapped(notes: &[String], width: usize) -> Notes {
        Notes(notes.iter().flat_map(|note| wrapped(note, width)).collect())
    }

    pub(super) fn height(&self) -> f64 {
        self.0.iter().map(|_| NOTE).sum()
    }
}
