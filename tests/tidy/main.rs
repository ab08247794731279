//! Rules that hold for the whole repository, each of them a test: the length of files, the words, the links, the
//! imports between modules and crates.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails so")]

mod crates;
mod documents;
mod imports;
mod publishing;
mod source;
mod words;

use std::path::{Path, PathBuf};

/// The top of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Folders that hold no text of this repository's own.
const GENERATED: [&str; 4] = ["target", "node_modules", "dist", "pkg"];

/// Every file below a folder of the repository that has one of these endings: its path from the top, and its text.
fn texts(folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let mut files = Vec::new();
    collect(&root().join(folder), endings, &mut files);
    files.sort();
    files
}

fn collect(folder: &Path, endings: &[&str], files: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !GENERATED.contains(&name) && name != ".git" {
                collect(&path, endings, files);
            }
        } else if path.extension().is_some_and(|found| endings.iter().any(|it| found == *it)) {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            files.push((name, std::fs::read_to_string(path).unwrap()));
        }
    }
}

/// Every Rust file of the repository.
fn rust_files() -> Vec<(String, String)> {
    ["crates", "tests"].into_iter().flat_map(|folder| texts(folder, &["rs"])).collect()
}

/// Fails with every finding, one a line.
#[track_caller]
fn none(findings: impl IntoIterator<Item = String>, rule: &str) {
    let findings: Vec<String> = findings.into_iter().collect();
    assert!(findings.is_empty(), "{rule}; {} found:\n{}", findings.len(), findings.join("\n"));
}
