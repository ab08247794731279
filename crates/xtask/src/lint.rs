//! Formatting, lints and documentation, each of whose warnings is an error, and the core without a standard library.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::no_std;
use crate::shell::{cargo, run as execute};
use crate::test::Totals;
use crate::web::toolchain;

/// Runs rustfmt, clippy and rustdoc on the whole workspace, and checks the core for a target without a standard library.
///
/// # Errors
///
/// When one of them finds something.
pub(crate) fn run(totals: &mut Totals) -> Result<()> {
    let mut format = cargo();
    format.args(["fmt", "--all", "--check"]);
    // The server of the demo is not built otherwise.
    let features = ["--features", "xtask/site"];
    let mut clippy = cargo();
    clippy.args(["clippy", "--workspace", "--all-targets", "--locked"]).args(features);
    clippy.args(["--", "-D", "warnings"]);
    let mut document = cargo();
    document.args(["doc", "--workspace", "--no-deps", "--locked", "--document-private-items"]);
    document.args(features).env("RUSTDOCFLAGS", "-D warnings");
    let mut checks = vec![("rustfmt", format), ("clippy", clippy), ("rustdoc", document)];
    if toolchain::has_source() {
        checks.push(("the core without a standard library", no_std::check()));
    } else {
        println!(
            "ignored: the core is not checked without a standard library, for want of its source: rustup component add rust-src"
        );
        totals.ignored += 1;
    }
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
