//! Running programs.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// The top of the checkout.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// The folder that cargo builds to.
pub(crate) fn target() -> PathBuf {
    root().join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// A program, to be run at the top of the checkout.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    command
}

/// The cargo that runs this.
pub(crate) fn cargo() -> Command {
    program(cargo_path())
}

/// The path of the cargo that runs this, or its name.
pub(crate) fn cargo_path() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Prints a command, and runs it.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let words = printed(command);
    let status = command.status().with_context(|| format!("`{words}` cannot be run"))?;
    ensure!(status.success(), "`{words}` failed");
    Ok(())
}

/// Prints a command, runs it, and passes on each line that it prints.
pub(crate) fn run_reading(command: &mut Command, mut read: impl FnMut(&str)) -> Result<()> {
    let words = printed(command);
    let running = command.stdout(Stdio::piped()).spawn();
    let mut running = running.with_context(|| format!("`{words}` cannot be run"))?;
    for line in running.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()) {
        read(&line?);
    }
    ensure!(running.wait()?.success(), "`{words}` failed");
    Ok(())
}

/// Prints a command, and returns its words.
fn printed(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ");
    eprintln!("+ {words}");
    words
}

/// Reports whether a command succeeds; its output is discarded.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Prints a command, runs it without input, and returns what it prints on standard output.
///
/// # Errors
///
/// When it cannot be run, or fails: the last line that it prints on standard error.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let words = printed(command);
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("`{words}` cannot be run"))?;
    let error = String::from_utf8_lossy(&output.stderr);
    let last = error.trim().lines().next_back().unwrap_or_default();
    ensure!(output.status.success(), "`{words}` failed: {last}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs one of the tools that live beside the end-to-end tests, built for release.
pub(crate) fn tool(name: &str, options: &[&str]) -> Result<()> {
    let tool =
        ["run", "--release", "--quiet", "--package", "gpu-carbon-tests", "--bin", name, "--"];
    run(cargo().args(tool).args(options))
}
