//! JSON.

use anyhow::{Context, Result};
use serde::Serialize;

use super::CANNOT_WRITE;

/// Returns a document as indented JSON, with a newline at its end.
///
/// # Errors
///
/// When the document cannot be serialized.
pub(crate) fn write(document: &impl Serialize) -> Result<String> {
    let mut text = serde_json::to_string_pretty(document).context(CANNOT_WRITE)?;
    text.push('\n');
    Ok(text)
}
