//! A part of a document that is judged by itself.

use gpu_carbon_core::disclosure::{Statement, StatementError};

/// A statement of a document, and other faults that its reader found.
#[derive(Debug)]
pub(super) struct Part {
    /// The place in the document; empty for the whole.
    pub(super) place: String,
    pub(super) statement: Statement,
    pub(super) faults: Vec<StatementError>,
}

impl Part {
    /// The statement of a whole document.
    pub(super) fn whole(statement: Statement) -> Part {
        Part { place: String::new(), statement, faults: Vec::new() }
    }
}
