//! Pages and documents, compared letter by letter with files. `UPDATE_GOLDEN=1 cargo test` writes the files, to be
//! reviewed as a difference.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail")]

mod configuration_document;
mod host_page;
mod metrics_document;
mod page;

use std::path::Path;

/// Compares a text with a file, by its path from the folder of the crate.
#[track_caller]
fn compare(text: &str, file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert!(text == golden, "{} differs; the text is now:\n{text}", path.display());
}
