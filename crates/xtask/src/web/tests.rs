//! The calculator's tests: its parts in Node, and the whole page in a real browser.

use anyhow::{Context, Result, ensure};

use super::{npm, run as build};
use crate::shell::{cargo, program, run as execute, run_reading, succeeds, target};
use crate::test::Totals;

/// Succeeds where Node is new enough for playwright-core.
const NODE: [&str; 3] =
    ["node", "--eval", "process.exit(process.versions.node.split('.')[0] < 20 ? 1 : 0)"];

/// Builds the page, and the command that it is compared with unless that is built already, and runs every test of it.
///
/// # Errors
///
/// When Node.js is too old, something does not build, or a test fails.
pub(crate) fn run(is_command_built: bool, totals: &mut Totals) -> Result<()> {
    prepare(is_command_built)?;
    execute(&mut npm(&["run", "check"])).context("the page's types do not fit")?;
    execute_tests(&["test"], totals)
}

/// Builds the page, and runs its tests in Firefox, and those of what WebKit did differently in WebKit.
///
/// # Errors
///
/// When Node.js is too old, something does not build, or a test fails.
pub(crate) fn run_engines(is_command_built: bool, totals: &mut Totals) -> Result<()> {
    prepare(is_command_built)?;
    let outcomes = ["firefox", "webkit"].map(|engine| {
        execute_tests(&["run", engine], totals).with_context(|| format!("tests fail in {engine}"))
    });
    outcomes.into_iter().collect()
}

/// Builds the page, and the command that it is compared with unless that is built already.
fn prepare(is_command_built: bool) -> Result<()> {
    let [node, arguments @ ..] = NODE;
    let new_enough = succeeds(program(node).args(arguments));
    ensure!(new_enough, "the calculator's tests need Node.js 20 or newer: install it");
    if !is_command_built {
        execute(cargo().args(["build", "--locked", "--package", "gpu-carbon-cli"]))?;
    }
    build()
}

/// Runs a script of npm that runs tests, and counts them.
fn execute_tests(arguments: &[&str], totals: &mut Totals) -> Result<()> {
    let mut test = npm(arguments);
    test.env("GPU_CARBON", target().join("debug/gpu-carbon"));
    run_reading(&mut test, |line| {
        println!("{line}");
        totals.add_line(line);
    })
}
