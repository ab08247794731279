//! The past of a run, from the lines of its journal.

use std::fs;
use std::path::{Path, PathBuf};

use gpu_carbon_core::{Span, Timestamp};
use gpu_carbon_feeds::rfc3339;
use serde_json::Value;

use crate::journal::{self, Entry, Phase, ProgressDocument};
use crate::process::identity::Identity;
use crate::process::machine::Machine;
use crate::process::status::Change;
use crate::record_document::RecordDocument;
use crate::sanitize::sanitize;
use crate::usage_error::UsageError;

/// The past of a run.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    /// The time of its beginning.
    pub(crate) begun: String,
    /// The words of its command line after `run`.
    pub(crate) words: Vec<String>,
    /// The folder in which it began.
    pub(crate) folder: PathBuf,
    /// The time by which it is to finish.
    pub(crate) finish_by: Option<String>,
    runner: Option<Identity>,
    /// The machine whose processes the journal names; `None` if it does not tell.
    machine: Option<Machine>,
    pub(crate) entries: Vec<Entry>,
}

impl History {
    /// Reads a journal.
    ///
    /// # Errors
    ///
    /// Where it cannot be read, or is none of a run.
    pub(crate) fn open(path: &Path) -> Result<History, UsageError> {
        let unreadable = |error| UsageError::Unreadable { path: path.to_owned(), error };
        let entries = journal::read(path).map_err(unreadable)?;
        let none =
            || UsageError::CommandLine(format!("{}: it is no journal of a run", path.display()));
        History::of(journal::id(path), entries).ok_or_else(none)
    }

    /// Reads the lines of a journal; `None` where it has no beginning.
    pub(crate) fn of(id: String, entries: Vec<Entry>) -> Option<History> {
        let (begun, name, words, folder, finish_by) =
            entries.iter().find_map(|entry| match entry {
                Entry::Begun { at, name, words, folder, finish_by, .. } => Some((
                    at.clone(),
                    name.clone(),
                    words.clone(),
                    folder.clone(),
                    finish_by.clone(),
                )),
                _ => None,
            })?;
        let last = entries.iter().rev().find_map(|entry| match entry {
            Entry::Begun { runner, machine, .. } => Some((*runner, machine.clone())),
            _ => None,
        });
        let (runner, machine) = last.unwrap_or_default();
        Some(History { id, name, begun, words, folder, finish_by, runner, machine, entries })
    }

    /// The end of the job, as its guard noted it after the runner had ended.
    pub(crate) fn end_without_runner(&self) -> Option<Change> {
        self.entries.iter().rev().find_map(|entry| match entry {
            Entry::EndedWithoutRunner { change } => Some(*change),
            _ => None,
        })
    }

    /// The exit status of the run; `None` where it has not ended.
    pub(crate) fn status(&self) -> Option<u8> {
        match self.last_of_job()? {
            Entry::Ended { status, .. } => Some(*status),
            Entry::EndedWithoutRunner { change } => change.exit_status(),
            _ => None,
        }
    }

    /// Returns true where the job has ended for a pause: it is to be started again.
    pub(crate) fn is_saved(&self) -> bool {
        matches!(self.last_of_job(), Some(Entry::Saved { .. }))
    }

    /// The last line about the start or the end of the job.
    fn last_of_job(&self) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| {
            matches!(
                entry,
                Entry::Started { .. }
                    | Entry::Saved { .. }
                    | Entry::Ended { .. }
                    | Entry::EndedWithoutRunner { .. }
            )
        })
    }

    /// The name of the host that it runs on, or ran on, where that is another one, whose processes are not seen here.
    pub(crate) fn other_host(&self) -> Option<&str> {
        let machine = self.machine.as_ref()?;
        (machine.host != Machine::this().host).then_some(&machine.host)
    }

    /// Returns true where a process of the journal is one of this machine, and lives.
    fn lives(&self, process: Identity) -> bool {
        let is_here = self.machine.as_ref().is_none_or(|machine| *machine == Machine::this());
        is_here && process.is_alive()
    }

    /// The process that runs it now; `None` where it has ended.
    pub(crate) fn living_runner(&self) -> Option<Identity> {
        self.runner.filter(|runner| self.lives(*runner))
    }

    /// The main process of the job; `None` where it has ended.
    pub(crate) fn living_job(&self) -> Option<Identity> {
        self.job().filter(|job| self.lives(*job))
    }

    /// The state in a few words.
    pub(crate) fn state(&self) -> String {
        if let Some(status) = self.status() {
            return format!("ended with {status}");
        }
        if let Some(host) = self.other_host() {
            return format!("{} on {}, as last noted", self.phase().word(), sanitize(host));
        }
        if self.living_runner().is_some() {
            return self.phase().word().to_owned();
        }
        match self.living_job().is_some() {
            true => "running without gpu-carbon".to_owned(),
            false => "lost".to_owned(),
        }
    }

    /// The last phase.
    pub(crate) fn phase(&self) -> Phase {
        self.last_change().map_or(Phase::Waiting, |(_, phase)| phase)
    }

    /// The last phase, and the time since when it lasts.
    pub(crate) fn last_change(&self) -> Option<(&str, Phase)> {
        self.entries.iter().rev().find_map(|entry| match entry {
            Entry::Changed { at, state, .. } => Some((at.as_str(), *state)),
            _ => None,
        })
    }

    /// The time since the last phase began in which a user had stopped the job, as far as the journal tells.
    pub(crate) fn stopped_by_user(&self, now: Timestamp) -> Span {
        let is_change = |entry: &Entry| matches!(entry, Entry::Changed { .. });
        let first = self.entries.iter().rposition(is_change).map_or(0, |last| last + 1);
        let (mut stopped, mut since) = (Span::ZERO, None);
        for entry in self.entries.iter().skip(first) {
            let Entry::ByUser { at, stopped: begins } = entry else { continue };
            let Ok(at) = rfc3339::parse(at) else { continue };
            if *begins {
                since = since.or(Some(at));
            } else if let Some(since) = since.take() {
                stopped = stopped + at.duration_since(since);
            }
        }
        stopped + since.map_or(Span::ZERO, |since| now.duration_since(since))
    }

    /// The main process of the job.
    pub(crate) fn job(&self) -> Option<Identity> {
        self.entries.iter().rev().find_map(|entry| match entry {
            Entry::Started { job, .. } => Some(*job),
            _ => None,
        })
    }

    /// The progress at the last line that has it.
    pub(crate) fn progress(&self) -> ProgressDocument {
        let last = self.entries.iter().rev().find_map(|entry| match entry {
            Entry::Changed { progress, .. } | Entry::Ended { progress, .. } => Some(*progress),
            _ => None,
        });
        last.unwrap_or_default()
    }

    /// The command of the job, in one line.
    pub(crate) fn command(&self) -> String {
        let mut words = self.words.iter().skip_while(|word| *word != "--");
        words.next();
        words.cloned().collect::<Vec<_>>().join(" ")
    }

    /// The past for people.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("{}: {}", self.id, self.state())];
        lines.push(format!("command: {}", self.command()));
        lines.extend(self.entries.iter().filter_map(|entry| match entry {
            Entry::Begun { at, runner, .. } => {
                let runner = runner.map(|it| format!(" by process {}", it.pid));
                Some(format!("{at}  begun{}", runner.unwrap_or_default()))
            }
            Entry::Started { at, job } => Some(format!("{at}  started as process {}", job.pid)),
            Entry::Saved { at } => Some(format!("{at}  saved, and ended for a pause")),
            Entry::Changed { at, state, reason, .. } => {
                Some(format!("{at}  {}: {reason}", state.word()))
            }
            Entry::ByUser { at, stopped: true } => Some(format!("{at}  stopped by the user")),
            Entry::ByUser { at, stopped: false } => Some(format!("{at}  continued by the user")),
            Entry::Signal { at, signal } => Some(format!("{at}  {signal} passed on")),
            Entry::Ended { at, status, .. } => Some(format!("{at}  ended with {status}")),
            Entry::EndedWithoutRunner { .. } => Some("ended after gpu-carbon".to_owned()),
            Entry::Report { .. } => None,
        }));
        lines.extend(self.report().into_iter().flatten());
        lines
    }

    /// The last report, with the past by which it can be computed again.
    pub(crate) fn last_report(&self) -> Option<(&Value, Option<&RecordDocument>)> {
        self.entries.iter().rev().find_map(|entry| match entry {
            Entry::Report { report, record } => Some((report, record.as_ref())),
            _ => None,
        })
    }

    /// Puts another report in place of the last one.
    pub(crate) fn replace_report(&mut self, other: Value) {
        let last = self.entries.iter_mut().rev().find_map(|entry| match entry {
            Entry::Report { report, .. } => Some(report),
            _ => None,
        });
        if let Some(report) = last {
            *report = other;
        }
    }

    /// Returns true where nothing of the run can go on: its job has ended, or is lost, and waits for no other start.
    pub(crate) fn is_over(&self) -> bool {
        if self.other_host().is_some() {
            return self.status().is_some();
        }
        let lives = self.living_runner().is_some() || self.living_job().is_some();
        !lives && !self.is_saved()
    }

    /// The last report, a line for each value.
    fn report(&self) -> Option<Vec<String>> {
        let report = self.last_report()?.0.as_object()?;
        let shown = |(name, value): (&String, &Value)| {
            let text = match value {
                Value::Null => return None,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            Some(format!("{}: {text}", name.replace('_', " ")))
        };
        Some(report.iter().filter_map(shown).collect())
    }
}

/// The journals of a folder, the oldest first.
///
/// # Errors
///
/// Where the folder cannot be read; one that is not there has none.
pub(crate) fn journals(folder: &Path) -> Result<Vec<PathBuf>, UsageError> {
    let found = match fs::read_dir(folder) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(UsageError::Unreadable { path: folder.to_owned(), error }),
    };
    let mut paths: Vec<_> = found.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.is_file());
    paths.sort();
    Ok(paths)
}

/// The journal of a run, by its whole id.
///
/// # Errors
///
/// Where there is none.
pub(crate) fn find(folder: &Path, id: &str) -> Result<PathBuf, UsageError> {
    let path = journals(folder)?.into_iter().find(|path| journal::id(path) == id);
    path.ok_or_else(|| {
        UsageError::CommandLine(format!(
            "{id}: no run in {} has this id: `gpu-carbon runs` lists them",
            folder.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_in_which_a_user_had_stopped_the_job_is_no_work() {
        let at = |minute: i64| Timestamp::from_unix_seconds(1_796_000_000 + 60 * minute);
        let by_user = |minute, stopped| Entry::ByUser { at: rfc3339::format(at(minute)), stopped };
        let begun = serde_json::json!({
            "event": "begun", "at": "x", "version": "1", "name": null, "words": [], "folder": "/",
            "runner": null, "finish_by": null
        });
        let running = Entry::Changed {
            at: rfc3339::format(at(0)),
            state: Phase::Running,
            reason: String::new(),
            progress: ProgressDocument::default(),
        };
        let mut entries = vec![serde_json::from_value(begun).unwrap(), by_user(-9, true), running];
        let stopped = |entries: &[Entry]| {
            let history = History::of("1".to_owned(), entries.to_vec()).unwrap();
            history.stopped_by_user(at(60)).as_seconds() / 60.0
        };
        assert_eq!(stopped(&entries), 0.0, "before the last phase");
        entries.extend([by_user(10, true), by_user(25, false)]);
        assert_eq!(stopped(&entries), 15.0);
        entries.extend([by_user(40, true), by_user(41, true)]);
        assert_eq!(stopped(&entries), 35.0, "it is stopped still");
    }
}
