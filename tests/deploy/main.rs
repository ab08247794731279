//! The files of `deploy/`, checked by the programs that read them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod bills;
mod grafana;
mod helm;
mod kubernetes;
mod packages;
mod prometheus;
mod services;
mod slurm;

use std::path::{Path, PathBuf};
use std::process::Command;

/// A file or folder of `deploy/`.
fn deployed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(name)
}

/// The files of a folder of `deploy/` with an ending, by name.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(deployed(folder)).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == ending));
    files.sort();
    assert!(!files.is_empty(), "no .{ending} in {folder}");
    files
}

/// Runs a checker, which must succeed, and returns its output.
#[track_caller]
fn run_checker(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let message = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {message}");
    message.into_owned()
}
