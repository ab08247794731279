//! The blocks of code in the documents of this repository.

use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};

use anyhow::Result;

/// A block of code in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The path of the document.
    pub document: PathBuf,
    /// The lines between the fences.
    pub text: String,
}

/// Collects the blocks of one language in all documents of the repository, by path and position.
///
/// # Errors
///
/// When a folder or a document cannot be read.
pub fn blocks(language: &str) -> Result<Vec<Block>> {
    let mut documents = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &mut documents)?;
    documents.sort();
    let mut blocks = Vec::new();
    for document in documents {
        for text in blocks_of(&read_to_string(&document)?, language) {
            blocks.push(Block { document: document.clone(), text });
        }
    }
    Ok(blocks)
}

fn collect(folder: &Path, documents: &mut Vec<PathBuf>) -> Result<()> {
    for entry in read_dir(folder)? {
        let (entry, generated) = (entry?, ["target", "node_modules", "dist", ".git"]);
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if !generated.iter().any(|name| entry.file_name() == *name) {
                collect(&path, documents)?;
            }
        } else if path.extension().is_some_and(|ending| ending == "md") {
            documents.push(path);
        }
    }
    Ok(())
}

fn blocks_of(text: &str, language: &str) -> Vec<String> {
    let (mut blocks, mut open) = (Vec::new(), None::<(bool, String)>);
    for line in text.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(found)) => open = Some((found.trim() == language, String::new())),
            (Some(_), Some(_)) => blocks.extend(open.take().filter(|(wanted, _)| *wanted)),
            (Some((_, block)), None) => block.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    blocks.into_iter().map(|(_, block)| block).collect()
}

/// The queries in a block of PromQL. Each begins on a line of its own; the lines that follow it are indented.
#[must_use]
pub fn queries(block: &str) -> Vec<String> {
    let mut queries = Vec::<String>::new();
    for line in block.lines() {
        let line = line.split(" #").next().unwrap_or_default();
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        match queries.last_mut().filter(|_| line.starts_with(' ')) {
            Some(query) => query.extend([" ", line.trim()]),
            None => queries.push(line.trim().to_owned()),
        }
    }
    queries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_and_queries_are_found() {
        let text = "a\n```promql\n# total\nsum(\n  a)   # of all\n\nb\n```\n```yaml\nc\n```\n";
        let blocks = blocks_of(text, "promql");
        assert_eq!(blocks, ["# total\nsum(\n  a)   # of all\n\nb\n"]);
        assert_eq!(queries(&blocks[0]), ["sum( a)", "b"]);
    }
}
