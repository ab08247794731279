//! Files that are watched for changes by their size and time of modification.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Size and time of modification of a file: where one of them differs, the content may differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileStamp {
    modified: SystemTime,
    bytes: u64,
}

impl FileStamp {
    /// `None` where the file is missing, or may not be looked up.
    fn of(path: &Path) -> Option<FileStamp> {
        let metadata = std::fs::metadata(path).ok()?;
        Some(FileStamp { modified: metadata.modified().ok()?, bytes: metadata.len() })
    }
}

/// The result of one check of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// No change: the files are as they were read.
    None,
    /// A change since the last check: a file may still be being written.
    Unsettled,
    /// Files that differ from those that were read, and have not changed since the last check.
    Settled,
    /// The same as [`Change::Settled`], with at least one file missing.
    Missing,
}

/// Files that are read together, and read again when one of them has changed.
#[derive(Debug, Clone)]
pub(crate) struct FileWatch {
    paths: Vec<PathBuf>,
    read: Vec<Option<FileStamp>>,
    checked: Vec<Option<FileStamp>>,
}

impl FileWatch {
    /// Watches files that are about to be read.
    pub(crate) fn new(paths: Vec<PathBuf>) -> FileWatch {
        let stamps = stamps(&paths);
        FileWatch { paths, read: stamps.clone(), checked: stamps }
    }

    /// Compares the files with the last check, and with those that were read.
    pub(crate) fn check(&mut self) -> Change {
        let now = stamps(&self.paths);
        let settled = now == self.checked;
        self.checked = now;
        match settled {
            false => Change::Unsettled,
            true if self.checked == self.read => Change::None,
            true if self.checked.contains(&None) => Change::Missing,
            true => Change::Settled,
        }
    }

    /// Takes the files of the last check as those that were read.
    pub(crate) fn mark_read(&mut self) {
        self.read.clone_from(&self.checked);
    }

    /// Watches other files from now on, if `paths` names others; takes those of the last check as read, if not.
    pub(crate) fn follow(&mut self, paths: &[PathBuf]) {
        if self.paths == paths {
            self.mark_read();
        } else {
            *self = FileWatch::new(paths.to_vec());
        }
    }
}

fn stamps(paths: &[PathBuf]) -> Vec<Option<FileStamp>> {
    paths.iter().map(|path| FileStamp::of(path)).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::{remove_file, write};

    use super::*;

    #[test]
    fn a_change_is_reported_once_it_has_settled() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
        write(&first, "1").unwrap();
        write(&second, "2").unwrap();
        let mut watch = FileWatch::new(vec![first.clone(), second.clone()]);
        assert_eq!(watch.check(), Change::None);
        write(&second, "22").unwrap();
        assert_eq!(watch.check(), Change::Unsettled);
        write(&second, "222").unwrap();
        assert_eq!(watch.check(), Change::Unsettled, "it is still being written");
        assert_eq!(watch.check(), Change::Settled);
        assert_eq!(watch.check(), Change::Settled, "until it is read");
        watch.mark_read();
        assert_eq!(watch.check(), Change::None);
        remove_file(&first).unwrap();
        assert_eq!(watch.check(), Change::Unsettled);
        assert_eq!(watch.check(), Change::Missing);
        watch.follow(&[second]);
        assert_eq!(watch.check(), Change::None, "the missing file is watched no more");
    }
}
