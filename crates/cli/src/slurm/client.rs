//! Slurm's own clients, which are asked for jobs and told what to do with them.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::args::Options;

/// The numbers of the selected jobs in a state. Each task of an array counts as a job.
///
/// # Errors
///
/// When squeue is not there, or fails.
pub(super) fn jobs_in_state(options: &Options, state: &str) -> Result<BTreeSet<String>> {
    let mut arguments = vec![
        "--noheader".to_owned(),
        "--array".to_owned(),
        format!("--states={state}"),
        "--format=%i".to_owned(),
    ];
    if !options.partition.is_empty() {
        arguments.push(format!("--partition={}", options.partition.join(",")));
    }
    let output = ask("squeue", &arguments)?;
    let listed = output.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned);
    let is_selected = |job: &String| options.job.is_empty() || options.job.contains(job);
    Ok(listed.filter(is_selected).collect())
}

/// Tells Slurm to suspend or to resume jobs.
///
/// # Errors
///
/// When scontrol is not there, or fails.
pub(super) fn send(verb: &str, jobs: &BTreeSet<String>) -> Result<()> {
    let list = jobs.iter().map(String::as_str).collect::<Vec<_>>().join(",");
    ask("scontrol", &[verb.to_owned(), list]).map(drop)
}

fn ask(client: &str, arguments: &[String]) -> Result<String> {
    let mut command = Command::new(client);
    let output = command.args(arguments).stdin(Stdio::null()).output();
    let output = output.with_context(|| {
        format!("{client} cannot be run: it is Slurm's, and must be on the path")
    })?;
    let error = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if !output.status.success() {
        let hint = if error.contains("denied") {
            "; only root and the operators of Slurm may suspend jobs"
        } else {
            ""
        };
        bail!("{client}: {error}{hint}");
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
