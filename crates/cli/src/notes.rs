//! The lines of a run on standard error.

use crate::process::terminal;
use crate::sanitize::sanitize;

/// The writer of lines; it writes none where the user asked for silence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Notes {
    is_quiet: bool,
}

impl Notes {
    pub(crate) fn new(is_quiet: bool) -> Notes {
        Notes { is_quiet }
    }

    /// Writes a line, with the name of the program before it.
    pub(crate) fn line(self, text: &str) {
        if !self.is_quiet {
            terminal::write_line(&format!("gpu-carbon: {}", sanitize(text)));
        }
    }
}
