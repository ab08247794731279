//! The check that the core builds where there is no standard library.

use std::process::Command;

use crate::shell::{cargo, target};

/// A target of rustc without an operating system, and so without a standard library.
const TARGET: &str = "x86_64-unknown-none";

/// A command that checks the core, and what it depends on, for a target without a standard library.
///
/// Of the standard library's source it builds `core` and `alloc` alone. That is no part of the stable language yet, so
/// it has to be enabled.
pub(crate) fn check() -> Command {
    let mut check = cargo();
    check.args(["check", "--locked", "--package", "gpu-carbon-core", "--target", TARGET]);
    check.args(["-Zbuild-std=core,alloc", "--target-dir"]).arg(target().join("no-std"));
    check.env("RUSTC_BOOTSTRAP", "1");
    check
}
