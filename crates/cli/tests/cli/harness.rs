//! The program, run as people run it, in the folder of the test data.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// The result of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Option<i32>,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

/// Returns the folder of the tests.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Runs a command and returns its outcome.
pub(crate) fn outcome(command: &mut Command) -> Outcome {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Runs `gpu-carbon` with arguments.
pub(crate) fn gpu_carbon<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gpu-carbon"));
    outcome(command.args(arguments).current_dir(folder().join("data")))
}

/// Runs `gpu-carbon` with a line of arguments.
pub(crate) fn run(line: &str) -> Outcome {
    gpu_carbon(line.split_whitespace())
}

/// Runs `gpu-carbon` with a line of arguments, which must succeed, and returns its output.
pub(crate) fn succeed(line: &str) -> String {
    let outcome = run(line);
    assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{line}");
    outcome.out
}

/// Runs `gpu-carbon` with a line of arguments and `--format json`, which must succeed, and returns the JSON.
pub(crate) fn json(line: &str) -> Value {
    serde_json::from_str(&succeed(&format!("{line} --format json"))).unwrap()
}

/// Runs `gpu-carbon` with a line of arguments, which must end with status 2 and an error.
pub(crate) fn rejected(line: &str, expected: &str) {
    let outcome = run(line);
    assert_eq!((outcome.status, outcome.out.as_str()), (Some(2), ""), "{line}: {}", outcome.err);
    assert_eq!(outcome.err, format!("gpu-carbon: {expected}\n"), "{line}");
}

/// Compares an output with a golden page. `UPDATE_GOLDEN=1 cargo test` writes the page, to be read before it is committed.
pub(crate) fn check_golden(found: &str, file: &str) {
    let path = folder().join("golden").join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert!(found == golden, "{} differs; it is now:\n{found}", path.display());
}

/// The command `plan` from midnight on 1 June 2020.
pub(crate) const PLAN: &str = "plan --start 2020-06-01T00:00:00Z";

/// Runs [`PLAN`] with a line of arguments.
pub(crate) fn plan(line: &str) -> Outcome {
    run(&format!("{PLAN} {line}"))
}

/// Runs [`PLAN`] with a line of arguments, which must succeed, and returns the JSON.
pub(crate) fn planned(line: &str) -> Value {
    json(&format!("{PLAN} {line}"))
}
