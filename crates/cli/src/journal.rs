//! The journal of a run: a file of JSON lines, each on the disk before the run goes on.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use gpu_carbon_core::Timestamp;
use gpu_carbon_core::steer::Progress;
use gpu_carbon_feeds::rfc3339;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::process::identity::Identity;
use crate::process::machine::Machine;
use crate::process::status::Change;
use crate::record_document::RecordDocument;

/// The most bytes of a journal that are read: a pause each five minutes for a year takes half of them.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// The most runs that begin in one second as processes of one number.
const MOST_OF_A_NAME: u32 = 1000;

/// A line of a journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Entry {
    /// A run begins, or is taken over.
    Begun {
        at: String,
        version: String,
        name: Option<String>,
        /// The words of the command line after `run`.
        words: Vec<String>,
        folder: PathBuf,
        runner: Option<Identity>,
        /// The machine whose processes are named here; none in a journal of an earlier version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        machine: Option<Machine>,
        finish_by: Option<String>,
    },
    /// The job was started, or started again.
    Started { at: String, job: Identity },
    /// The job has saved itself and ended, for a pause.
    Saved { at: String },
    /// A command of the policy was carried out.
    Changed { at: String, state: Phase, reason: String, progress: ProgressDocument },
    /// A user has stopped the job, or let it go on.
    ByUser { at: String, stopped: bool },
    /// A signal was passed on.
    Signal { at: String, signal: String },
    /// The job has ended.
    Ended { at: String, status: u8, progress: ProgressDocument },
    /// The job has ended after the runner, as its guard notes.
    EndedWithoutRunner { change: Change },
    /// The report, with the past of the job where later intensities may tell more.
    Report {
        report: serde_json::Value,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        record: Option<RecordDocument>,
    },
}

/// The state of a job in a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    Waiting,
    Running,
    Paused,
}

impl Phase {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Phase::Waiting => "waiting",
            Phase::Running => "running",
            Phase::Paused => "paused",
        }
    }
}

/// The progress of a job.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct ProgressDocument {
    pub(crate) worked_seconds: f64,
    pub(crate) pauses: usize,
    pub(crate) begun: bool,
    pub(crate) forced: bool,
}

impl From<Progress> for ProgressDocument {
    fn from(progress: Progress) -> ProgressDocument {
        let Progress { worked, pauses, begun, forced } = progress;
        ProgressDocument { worked_seconds: worked.as_seconds(), pauses, begun, forced }
    }
}

impl From<ProgressDocument> for Progress {
    fn from(document: ProgressDocument) -> Progress {
        let ProgressDocument { worked_seconds, pauses, begun, forced } = document;
        let worked = gpu_carbon_core::Span::from_seconds_f64(worked_seconds).unwrap_or_default();
        Progress { worked, pauses, begun, forced }
    }
}

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Creates the journal of a run that begins, in a folder.
    ///
    /// # Errors
    ///
    /// Where the folder or the file cannot be made.
    pub(crate) fn create(folder: &Path, now: Timestamp) -> io::Result<Journal> {
        fs::create_dir_all(folder)?;
        let second = now.floor_to(gpu_carbon_core::Span::from_seconds(1));
        let time: String =
            rfc3339::format(second).chars().filter(|it| it.is_ascii_alphanumeric()).collect();
        let name = format!("{time}-{}", std::process::id());
        // In a folder that machines or containers share, another run may have begun in the same second as the same process.
        for count in 1..=MOST_OF_A_NAME {
            let number = if count == 1 { String::new() } else { format!("-{count}") };
            let path = folder.join(format!("{name}{number}"));
            match OpenOptions::new().append(true).create_new(true).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                opened => {
                    let file = opened?;
                    // Where the file system has no locks, the processes in the journal tell who runs it.
                    let _ = flock(&file, FlockOperation::NonBlockingLockExclusive);
                    return Ok(Journal { file, path });
                }
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Opens a journal to go on with it.
    ///
    /// # Errors
    ///
    /// Where it cannot be written, or another process has it.
    pub(crate) fn reopen(path: &Path) -> io::Result<Journal> {
        let file = OpenOptions::new().append(true).open(path)?;
        if flock(&file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK) {
            return Err(io::Error::other("another process runs it"));
        }
        Ok(Journal { file, path: path.to_owned() })
    }

    /// Writes a line, and waits until it is on the disk.
    ///
    /// # Errors
    ///
    /// Where it cannot be written; the run goes on.
    pub(crate) fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        self.file.write_all(&line)?;
        self.file.sync_data()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The name of the run.
    pub(crate) fn id(&self) -> String {
        id(&self.path)
    }
}

/// The name of the run of a journal.
pub(crate) fn id(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The folder of the journals: as given, or that of the user.
pub(crate) fn folder(given: Option<&Path>) -> PathBuf {
    let set = |name| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let of_user = || {
        let state = set("XDG_STATE_HOME").filter(|it| it.is_absolute());
        let state = state.or_else(|| set("HOME").map(|home| home.join(".local/state")));
        state.unwrap_or_else(std::env::temp_dir).join("gpu-carbon/runs")
    };
    given.map_or_else(of_user, Path::to_owned)
}

/// Reads the lines of a journal. A last line that was cut off, and lines of a later version, are left out.
///
/// # Errors
///
/// Where it cannot be read.
pub(crate) fn read(path: &Path) -> io::Result<Vec<Entry>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_begin_in_one_second_as_one_number_have_journals_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        let now = Timestamp::from_unix_seconds(1_796_000_000);
        let journals = [(); 3].map(|()| Journal::create(folder.path(), now).unwrap());
        let mut names: Vec<String> = journals.iter().map(Journal::id).collect();
        names.dedup();
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(names[1].ends_with("-2"), "{names:?}");
    }

    #[test]
    fn a_journal_has_one_writer() {
        let folder = tempfile::tempdir().unwrap();
        let first = Journal::create(folder.path(), Timestamp::EPOCH).unwrap();
        let path = first.path().to_owned();
        let error = Journal::reopen(&path).unwrap_err().to_string();
        assert_eq!(error, "another process runs it");
        drop(first);
        let second = Journal::reopen(&path).unwrap();
        assert!(Journal::reopen(&path).is_err());
        drop(second);
    }
}
