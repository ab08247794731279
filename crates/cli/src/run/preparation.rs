//! The journal and the control group of a run that begins.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::args::{Args, PauseArg};
use crate::clock::RunClock;
use crate::journal::{self, Journal};
use crate::notes::Notes;
use crate::process::freezer::Freezer;
use crate::usage_error::UsageError;

/// Opens the journal of a new run. A job is not refused for want of one: a folder for temporary files will do.
///
/// # Errors
///
/// Where neither can be written.
pub(super) fn open_journal(args: &Args, clock: RunClock, notes: Notes) -> Result<Journal> {
    let folder = journal::folder(args.state.as_deref());
    Journal::create(&folder, clock.now()).or_else(|error| {
        if args.state.is_some() {
            let error = UsageError::Unreadable { path: folder, error };
            return Err(anyhow::Error::from(error).context("--state"));
        }
        let other: PathBuf = std::env::temp_dir().join("gpu-carbon-runs");
        notes.line(&format!(
            "{}: {error}: the journal is in {}",
            folder.display(),
            other.display()
        ));
        Journal::create(&other, clock.now()).context("no journal can be written")
    })
}

/// Makes the control group of a job, where one is wanted and can be had.
pub(super) fn freezer(args: &Args, id: &str, notes: Notes) -> Result<Option<Freezer>> {
    let wanted = match args.pause {
        None | Some(PauseArg::Freeze) => Freezer::make(&format!("gpu-carbon-{id}")),
        Some(PauseArg::Stop | PauseArg::Signal | PauseArg::None) => return Ok(None),
    };
    match wanted {
        Ok(freezer) => Ok(Some(freezer)),
        Err(reason) => {
            if args.pause == Some(PauseArg::Freeze) {
                notes.line(&format!(
                    "--pause freeze is not possible, the command is paused by SIGSTOP: {reason}"
                ));
            }
            Ok(None)
        }
    }
}
