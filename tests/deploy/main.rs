//! The files of `deploy/`, checked by the programs that read them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails so")]

mod bills;
mod docker;
mod grafana;
mod helm;
mod kubernetes;
mod minutes;
mod order;
mod packages;
mod prometheus;
mod root;
mod rpms;
mod runbook;
mod services;
mod slurm;

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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

/// Runs a script of this folder in the Python that `cargo xtask test` fills, and returns its answer to an input.
#[track_caller]
fn python(script: &str, arguments: &[&OsStr], input: &str) -> String {
    let python = std::env::var_os("GPU_CARBON_PYTHON");
    let mut script = Command::new(python.map_or_else(|| "python3".into(), PathBuf::from))
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(script))
        .args(arguments)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    script.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = script.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a checker, which must succeed, and returns its output.
#[track_caller]
fn run_checker(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let message = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {message}");
    message.into_owned()
}
