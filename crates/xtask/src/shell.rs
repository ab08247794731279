//! Running programs.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// The top of the checkout.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here)
}

/// Where cargo builds to.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A program, to be run at the top of the checkout.
pub(crate) fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root());
    command
}

/// The cargo that runs this.
pub(crate) fn cargo() -> Command {
    program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Says a command, and runs it.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let words = said(command);
    let status = command.status().with_context(|| format!("`{words}` cannot be run"))?;
    ensure!(status.success(), "`{words}` failed");
    Ok(())
}

/// Says a command, runs it, and hands on each line that it prints.
pub(crate) fn run_reading(command: &mut Command, mut read: impl FnMut(&str)) -> Result<()> {
    let words = said(command);
    let running = command.stdout(Stdio::piped()).spawn();
    let mut running = running.with_context(|| format!("`{words}` cannot be run"))?;
    for line in running.stdout.take().into_iter().flat_map(|out| BufReader::new(out).lines()) {
        read(&line?);
    }
    ensure!(running.wait()?.success(), "`{words}` failed");
    Ok(())
}

/// The words of a command, once they are said.
fn said(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words = words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ");
    eprintln!("+ {words}");
    words
}

/// Whether a command succeeds; what it prints is thrown away.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Runs one of the tools that live beside the end-to-end tests, built for release.
pub(crate) fn tool(name: &str, options: &[&str]) -> Result<()> {
    run(cargo().args(["run", "--release", "--quiet"]).args(of_tests(name)).args(options))
}

/// The same, built as the tests are: the exporter's overflows are checked then.
pub(crate) fn checked_tool(name: &str, options: &[&str]) -> Result<()> {
    run(cargo().args(["run", "--quiet"]).args(of_tests(name)).args(options))
}

fn of_tests(name: &str) -> [&str; 5] {
    ["--package", "gpu-carbon-tests", "--bin", name, "--"]
}
