//! The record of the jobs that were paused.

use std::collections::BTreeSet;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The record of the jobs that were paused: a file with a number in each line.
#[derive(Debug)]
pub(super) struct Record {
    path: PathBuf,
    jobs: BTreeSet<String>,
}

impl Record {
    /// Reads a record; a file that does not exist has no job.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub(super) fn open(path: &Path) -> Result<Record> {
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            text => {
                text.with_context(|| format!("--record {}: it cannot be read", path.display()))?
            }
        };
        Ok(Record { path: path.to_owned(), jobs: text.lines().map(str::to_owned).collect() })
    }

    /// The jobs.
    pub(super) const fn jobs(&self) -> &BTreeSet<String> {
        &self.jobs
    }

    /// Adds jobs.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub(super) fn add(&mut self, jobs: &BTreeSet<String>) -> Result<()> {
        self.jobs.extend(jobs.iter().cloned());
        self.store()
    }

    /// Removes jobs.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub(super) fn remove(&mut self, jobs: &BTreeSet<String>) -> Result<()> {
        self.jobs.retain(|job| !jobs.contains(job));
        self.store()
    }

    /// Replaces the file as a whole, so that it is the old or the new one.
    fn store(&self) -> Result<()> {
        let write = || {
            let folder = self.path.parent().filter(|it| !it.as_os_str().is_empty());
            let folder = folder.unwrap_or(Path::new("."));
            fs::create_dir_all(folder)?;
            let mut draft = tempfile::NamedTempFile::new_in(folder)?;
            for job in &self.jobs {
                writeln!(draft, "{job}")?;
            }
            draft.as_file().sync_all()?;
            draft.persist(&self.path)?;
            Ok::<_, std::io::Error>(())
        };
        write().with_context(|| format!("--record {}: it cannot be written", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_recorded_until_they_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/paused-jobs");
        let jobs = |all: &[&str]| all.iter().map(|&it| it.to_owned()).collect::<BTreeSet<_>>();
        Record::open(&path).unwrap().add(&jobs(&["12", "13_4"])).unwrap();
        let mut record = Record::open(&path).unwrap();
        assert_eq!(record.jobs(), &jobs(&["12", "13_4"]));
        record.remove(&jobs(&["12"])).unwrap();
        assert_eq!(Record::open(&path).unwrap().jobs(), &jobs(&["13_4"]));
        assert!(Record::open(folder.path()).is_err(), "a folder is no record");
    }
}
