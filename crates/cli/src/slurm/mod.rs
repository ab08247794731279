//! `gpu-carbon slurm`: pauses the jobs of Slurm that an operator selects, and resumes those that it paused.

mod args;
mod client;
mod record;

use std::collections::BTreeSet;

use anyhow::Result;

pub use args::{Action, Args};
use client::{jobs_in_state, send};
use record::Record;

/// Pauses or resumes jobs, and returns a line about them.
///
/// # Errors
///
/// When Slurm is not there, or does not do it, and when the record of the paused jobs cannot be used.
pub fn run(args: &Args) -> Result<String> {
    let Args { action, .. } = args;
    match action {
        Action::Pause(options) => {
            let jobs = jobs_in_state(options, "RUNNING")?;
            if options.dry_run {
                return Ok(line("would pause", &jobs));
            }
            if jobs.is_empty() {
                return Ok(line("paused", &jobs));
            }
            let mut record = Record::open(&options.record)?;
            // Before they are paused, so that no job is forgotten if this ends here.
            record.add(&jobs)?;
            send("suspend", &jobs)?;
            Ok(line("paused", &jobs))
        }
        Action::Resume(options) => {
            let mut record = Record::open(&options.record)?;
            let suspended = jobs_in_state(options, "SUSPENDED")?;
            // One that someone else has suspended stays so.
            let jobs: BTreeSet<String> = suspended.intersection(record.jobs()).cloned().collect();
            if options.dry_run {
                return Ok(line("would resume", &jobs));
            }
            if jobs.is_empty() {
                return Ok(line("resumed", &jobs));
            }
            send("resume", &jobs)?;
            record.remove(&jobs)?;
            Ok(line("resumed", &jobs))
        }
    }
}

fn line(what: &str, jobs: &BTreeSet<String>) -> String {
    let list: Vec<&str> = jobs.iter().map(String::as_str).collect();
    match list.as_slice() {
        [] => format!("{what} no job\n"),
        [job] => format!("{what} job {job}\n"),
        several => format!("{what} {} jobs: {}\n", several.len(), several.join(", ")),
    }
}
