//! Errors in a file of carbon intensity.

use crate::csv::CsvError;
use crate::error::FeedError;
use crate::metadata::MetadataError;

/// An error in a file of carbon intensity: what is wrong or ambiguous, and what to do. The message is one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The file is empty, or white space alone.
    #[error("the file is empty: a series needs at least one value")]
    Empty,
    /// A file that is not text.
    #[error("the file is {0}")]
    NotText(&'static str),
    /// The compressed file is damaged.
    #[error("the gzip file is damaged, or cut off: {0}")]
    Gzip(String),
    /// The file, decompressed, is too large.
    #[error("the file has more than {} MB of text, and is too large to be read: give a part of it", .0 / 1_000_000)]
    TooLarge(usize),
    /// The text is XML or a web page.
    #[error("the file is XML or a web page, and not a table or JSON: `{0}`")]
    Markup(String),
    /// A comment line has a value that is not allowed.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// A mistake in a file of this project's own format.
    #[error(transparent)]
    Csv(#[from] CsvError),
    /// A saved answer of a service is wrong.
    #[error(transparent)]
    Answer(#[from] FeedError),
    /// No format has such a header.
    #[error(
        "line {line}: no known file has the columns `{found}`: {reason}; name the two columns timestamp_utc,gco2_per_kwh (times \
         with Z or an offset, intensities in g/kWh)"
    )]
    Columns {
        /// The line number of the header, counted from 1.
        line: usize,
        /// The reason in words.
        reason: String,
        /// The beginning of the header found.
        found: String,
    },
    /// A field has a value that is not allowed, or ambiguous.
    #[error("line {line}, column {column} ({name}): {reason}, got `{found}`")]
    Field {
        /// The line number, counted from 1.
        line: usize,
        /// The column number, counted from 1.
        column: usize,
        /// The name of the column.
        name: String,
        /// The reason, and what to do.
        reason: String,
        /// The beginning of the field found.
        found: String,
    },
    /// A row has more or fewer fields than the header.
    #[error("line {line}: expected {expected} fields as in the header, got {found}")]
    Fields {
        /// The line number, counted from 1.
        line: usize,
        /// The number of columns.
        expected: usize,
        /// The number of fields.
        found: usize,
    },
    /// Two rows have one time.
    #[error(
        "line {line}: line {first} has a value for the same time, and each may have one; where clocks are set back an hour comes \
         twice: give times with their offset"
    )]
    Duplicate {
        /// The line of the later row, counted from 1.
        line: usize,
        /// The line of the earlier row, counted from 1.
        first: usize,
    },
    /// The table has no value.
    #[error("no row of the file has a value in column {0}: a series needs at least one")]
    NoValues(String),
    /// The values are no series.
    #[error("{0}")]
    Series(String),
}

impl FileError {
    /// The line of the error, counted from 1; `None` where the error is of the whole file.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            FileError::Metadata(error) => Some(error.line),
            FileError::Csv(error) => error.line(),
            FileError::Columns { line, .. }
            | FileError::Field { line, .. }
            | FileError::Fields { line, .. }
            | FileError::Duplicate { line, .. } => Some(*line),
            _ => None,
        }
    }
}
