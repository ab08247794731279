//! The real `gpu-carbon`, run as people run it.
#![allow(clippy::unwrap_used)] // a test that cannot run its program has failed

mod evaluate;
mod figures;
mod golden;
mod ledger_versions;
mod pauses;
mod properties;
mod real;
mod regions;
mod report;
mod shipped;
mod simulate;
mod usage_errors;

use std::path::{Path, PathBuf};
use std::process::Command;

/// What it printed, and its exit status.
#[derive(Debug)]
struct Outcome {
    status: Option<i32>,
    out: String,
    err: String,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Runs `gpu-carbon` with words in the folder of the test data.
fn gpu_carbon<'a>(words: impl IntoIterator<Item = &'a str>) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_gpu-carbon"))
        .args(words)
        .current_dir(folder().join("data"))
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Runs `gpu-carbon plan` from midnight on 1 June 2020, with the words of a line.
fn plan(line: &str) -> Outcome {
    let start = ["plan", "--start", "2020-06-01T00:00:00Z"];
    gpu_carbon(start.into_iter().chain(line.split_whitespace()))
}

/// The JSON of a plan that must succeed.
fn planned(line: &str) -> serde_json::Value {
    let outcome = plan(&format!("{line} --format json"));
    assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{line}");
    serde_json::from_str(&outcome.out).unwrap()
}
