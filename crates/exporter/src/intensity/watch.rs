//! Notices that a file has changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A file, and what it looked like.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    path: PathBuf,
    read: Option<Looks>,
    seen: Option<Looks>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Looks {
    modified: SystemTime,
    bytes: u64,
}

impl Watch {
    /// Of a file that is about to be read.
    pub(super) fn new(path: &Path) -> Watch {
        let looks = look(path);
        Watch { path: path.to_owned(), read: looks, seen: looks }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is another than the one read, and has stayed the same since the last look: one
    /// that is still being written is left alone.
    pub(super) fn has_settled_anew(&mut self) -> bool {
        let looks = look(&self.path);
        let settled = looks.is_some() && looks == self.seen && looks != self.read;
        self.seen = looks;
        if settled {
            self.read = looks;
        }
        settled
    }
}

fn look(path: &Path) -> Option<Looks> {
    let metadata = fs::metadata(path).ok()?;
    Some(Looks { modified: metadata.modified().ok()?, bytes: metadata.len() })
}
