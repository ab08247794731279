//! Tells the compiler the revision and the branch of the source, and the compiler's version, which
//! `gpu_carbon_exporter_build_info` and `--version` show.
//!
//! `GPU_CARBON_REVISION` and `GPU_CARBON_BRANCH` set the first two where there is no repository, as in a container.

use std::path::Path;
use std::process::Command;

const UNKNOWN: &str = "unknown";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The log of HEAD changes with each commit and each checkout, and with nothing else. A path that does not exist
    // would run this in each build.
    let git_file = |name| output("git", &["rev-parse", "--git-path", name]);
    let files = ["logs/HEAD", "HEAD"].into_iter().filter_map(git_file);
    if let Some(file) = files.into_iter().find(|file| Path::new(file).is_file()) {
        println!("cargo::rerun-if-changed={file}");
    }
    let revision = || output("git", &["rev-parse", "HEAD"]);
    let branch = || output("git", &["rev-parse", "--abbrev-ref", "HEAD"]);
    set("GPU_CARBON_REVISION", given("GPU_CARBON_REVISION").or_else(revision));
    set("GPU_CARBON_BRANCH", given("GPU_CARBON_BRANCH").or_else(branch));
    let compiler = std::env::var("RUSTC").ok().and_then(|rustc| output(&rustc, &["--version"]));
    // `rustc 1.90.0 (1159e78c4 2025-09-14)`
    let number = compiler.and_then(|line| line.split_whitespace().nth(1).map(str::to_owned));
    set("GPU_CARBON_RUSTC_VERSION", number);
}

/// The value of an environment variable, if it is set to one.
fn given(name: &str) -> Option<String> {
    println!("cargo::rerun-if-env-changed={name}");
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The first line that a program prints; `None` where there is no such program, or it fails.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    text.lines().next().filter(|line| !line.is_empty()).map(str::to_owned)
}

/// Sets a variable for the compiler.
fn set(name: &str, value: Option<String>) {
    println!("cargo::rustc-env={name}={}", value.as_deref().unwrap_or(UNKNOWN));
}
