//! `cargo xtask web`: the calculator, from the core to a folder that any file server can show.

pub(crate) mod tests;
pub(crate) mod toolchain;

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::shell::{cargo, program, root, run as execute, succeeds};
use toolchain::Toolchain;

/// The folder of the engine: made here, never committed.
const ENGINE: &str = "web/src/engine/pkg";

/// The parts of the engine: a feature of the package, and the name of its files. The browser loads the second part only
/// when a user gives a file.
const PARTS: [(&str, &str); 2] = [("engine", "gpu_carbon_wasm"), ("readers", "gpu_carbon_readers")];

/// Arguments of cargo for the program that writes the JavaScript of a wasm file.
const BINDINGS: [&str; 10] = [
    "run",
    "--quiet",
    "--locked",
    "--package",
    "xtask",
    "--features",
    "bindings",
    "--bin",
    "bindings",
    "--",
];

/// Builds the engine, and then the page around it.
pub(crate) fn run() -> Result<()> {
    ensure!(
        succeeds(&mut npm(&["--version"])),
        "the page is bundled by npm, which comes with Node.js: install nodejs and npm"
    );
    engine()?;
    page()
}

/// The wasm and its JavaScript.
pub(crate) fn engine() -> Result<()> {
    let toolchain = Toolchain::find()?;
    for (feature, name) in PARTS {
        let wasm = toolchain.build("gpu-carbon-wasm", feature)?;
        let mut bindings = cargo();
        bindings.args(BINDINGS).arg(wasm).arg(root().join(ENGINE)).arg(name);
        execute(&mut bindings)?;
    }
    Ok(())
}

/// The engine beside the same code natively.
pub(crate) fn bench() -> Result<()> {
    engine()?;
    execute(program("node").arg("web/build/bench_engine.mjs"))
}

/// The page, bundled into `web/dist`.
fn page() -> Result<()> {
    execute(&mut npm(&["ci", "--no-audit", "--no-fund"]))?;
    execute(&mut npm(&["run", "build"])).context("the page cannot be bundled")
}

/// npm, in the page's folder.
fn npm(arguments: &[&str]) -> Command {
    let mut npm = program("npm");
    npm.args(["--prefix", "web"]).args(arguments);
    npm
}
