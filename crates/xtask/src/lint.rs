//! Formatting, lints and documentation, each of whose warnings is an error.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::shell::{cargo, run as execute};
use crate::test::Totals;

/// Runs rustfmt, clippy and rustdoc on the whole workspace.
///
/// # Errors
///
/// When one of them finds something.
pub(crate) fn run(totals: &mut Totals) -> Result<()> {
    let mut format = cargo();
    format.args(["fmt", "--all", "--check"]);
    let mut clippy = cargo();
    clippy.args(["clippy", "--workspace", "--all-targets", "--locked"]);
    clippy.args(["--", "-D", "warnings"]);
    let mut document = cargo();
    document.args(["doc", "--workspace", "--no-deps", "--locked", "--document-private-items"]);
    document.env("RUSTDOCFLAGS", "-D warnings");
    let checks = [("rustfmt", format), ("clippy", clippy), ("rustdoc", document)];
    let failed: Vec<&str> = checks
        .into_iter()
        .filter_map(|(name, command)| (!check(command, totals)).then_some(name))
        .collect();
    ensure!(failed.is_empty(), "{} failed", failed.join(", "));
    Ok(())
}

fn check(mut command: Command, totals: &mut Totals) -> bool {
    let passed = execute(&mut command).is_ok();
    *totals += Totals::of_check(passed);
    passed
}
