//! Files that the command line names: read up to a limit, decompressed, and decoded from UTF-16.

use std::io;
use std::path::Path;

use gpu_carbon_feeds::files::{self, MOST_BYTES};
use gpu_carbon_fetch::read_file;

use crate::usage_error::UsageError;

/// The name of standard input on the command line.
pub(crate) const STANDARD_INPUT: &str = "-";

/// Reads a file or a pipe, or standard input for `-`, as far as [`decode`] accepts it and one byte more.
///
/// # Errors
///
/// The error of the operating system, and when no program writes to a pipe.
pub(crate) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let path = if path == Path::new(STANDARD_INPUT) { Path::new("/dev/stdin") } else { path };
    read_file(path, MOST_BYTES as u64 + 1)
}

/// Returns the text of a file's content.
///
/// # Errors
///
/// When it is damaged, too large, or not text.
pub(crate) fn decode(path: &Path, content: &[u8]) -> Result<String, UsageError> {
    let wrong = |error| UsageError::Intensity { path: path.to_owned(), error };
    let content = files::inflate(content).map_err(wrong)?;
    Ok(files::text(&content).map_err(wrong)?.into_owned())
}

/// Reads the text of a file.
///
/// # Errors
///
/// When the file cannot be read, and as [`decode`].
pub(crate) fn text(path: &Path) -> Result<String, UsageError> {
    let unreadable = |error| UsageError::Unreadable { path: path.to_owned(), error };
    decode(path, &bytes(path).map_err(unreadable)?)
}
