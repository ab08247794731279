//! `gpu-carbon sci`, on ledgers that the real writer wrote.

mod checks;
mod disclosures;
mod printed;
mod refusals;
mod units;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Outcome, gpu_carbon};
use crate::report::ledgers::write_jobs;

/// A folder with a ledger of jobs.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_jobs(&folder.path().join("jobs.db"));
    folder
}

/// The words of a line of `gpu-carbon sci` on the ledger of jobs, with the file about the software.
fn run(folder: &TempDir, line: &str) -> Outcome {
    let path = folder.path().join("jobs.db");
    let state = folder.path().join("runs");
    let words = ["sci", "--ledger", path.to_str().unwrap(), "--about", "about.yaml"];
    let state = ["--state", state.to_str().unwrap()];
    gpu_carbon(words.into_iter().chain(state).chain(line.split_whitespace()))
}

#[track_caller]
fn succeed(folder: &TempDir, line: &str) -> String {
    let outcome = run(folder, line);
    assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{line}");
    outcome.out
}

#[track_caller]
fn json(folder: &TempDir, line: &str) -> Value {
    serde_json::from_str(&succeed(folder, &format!("{line} --format json"))).unwrap()
}

/// Writes a document, and judges it.
fn check(folder: &TempDir, name: &str, text: &str) -> Outcome {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    gpu_carbon(["sci", "--check", path.to_str().unwrap()])
}

#[track_caller]
fn near(found: &Value, expected: f64) {
    let found = found.as_f64().unwrap();
    assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found} is not {expected}");
}
