//! A run that is taken over after its runner has ended.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use gpu_carbon_core::Timestamp;
use gpu_carbon_core::steer::Progress;
use gpu_carbon_feeds::rfc3339;

use super::args::{Args, PauseArg};
use crate::history::{self, History};
use crate::journal::{self, Phase};
use crate::process::identity::Identity;
use crate::process::status::Change;
use crate::usage_error::UsageError;

/// The past of a run, with its journal.
#[derive(Debug)]
pub struct Past {
    pub(super) path: PathBuf,
    history: History,
    /// The job, which lived when the journal was read; `None` where it has ended for a pause.
    pub(super) job: Option<Identity>,
}

impl Past {
    /// Reads the journal of a run that no one runs any more.
    ///
    /// # Errors
    ///
    /// Where there is no such run, or its runner lives.
    pub fn open(id: &str, state: Option<&Path>) -> Result<Past, UsageError> {
        let path = history::find(&journal::folder(state), id)?;
        let history = History::open(&path)?;
        if let Some(host) = history.other_host() {
            return Err(UsageError::CommandLine(format!(
                "{id}: it began on {host}, whose processes are not seen here: take it over there"
            )));
        }
        if let Some(runner) = history.living_runner() {
            return Err(UsageError::CommandLine(format!(
                "{id}: process {} runs it: a run is taken over once that has ended",
                runner.pid
            )));
        }
        let job = history.living_job();
        Ok(Past { path, history, job })
    }

    /// The words of its command line after `run`.
    pub fn words(&self) -> impl Iterator<Item = OsString> {
        self.history.words.clone().into_iter().map(OsString::from)
    }

    /// The folder in which it began.
    pub(super) fn folder(&self) -> &Path {
        &self.history.folder
    }

    /// Returns true where the job has ended for a pause: it is to be started again.
    pub(super) fn is_between_runs(&self, args: &Args) -> bool {
        let history = &self.history;
        let saves = |status| args.restart_exit.contains(&status);
        let in_pause = history.phase() == Phase::Paused && history.end_without_runner().is_some();
        let has_saved = history.is_saved() || in_pause && history.status().is_none_or(saves);
        args.pause == Some(PauseArg::Signal) && has_saved
    }

    /// The error about a job that has ended.
    pub(super) fn ended(&self) -> UsageError {
        let (id, state) = (&self.history.id, self.history.state());
        UsageError::CommandLine(format!(
            "{id}: {state}: only a command that still runs can be taken over"
        ))
    }

    /// The time by which it is to finish.
    pub(super) fn finish_by(&self) -> Option<Timestamp> {
        rfc3339::parse(self.history.finish_by.as_deref()?).ok()
    }

    /// The progress at the last line of the journal, with the time since then in which the job ran.
    pub(super) fn progress(&self, now: Timestamp) -> Progress {
        let mut progress = Progress::from(self.history.progress());
        if let Some((at, Phase::Running)) = self.history.last_change()
            && let Ok(at) = rfc3339::parse(at)
        {
            let stopped = self.history.stopped_by_user(now);
            progress.worked = progress.worked + now.duration_since(at).saturating_sub(stopped);
        }
        progress.begun = true;
        progress
    }
}

/// The end of a job as its first guard notes it in the journal; `None` where it has not, or cannot.
pub(super) fn noted_end(journal: &Path) -> Option<Change> {
    History::open(journal).ok()?.end_without_runner()
}
