//! Writers of the answers: text for people, JSON and CSV for programs.

pub(crate) mod csv;
pub(crate) mod json;
mod table;
pub(crate) mod text;
mod value;

pub(crate) use table::Table;
pub(crate) use value::{Record, Value};

/// The beginning of the error that reports an answer which cannot be written.
pub const CANNOT_WRITE: &str = "cannot write the answer";
