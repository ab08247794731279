//! `cargo xtask web`: the calculator, from the core to a folder that any file server can show.

mod toolchain;

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::shell::{cargo, program, root, run as execute, succeeds};
use toolchain::Toolchain;

/// Where the page keeps the engine: made here, never committed.
const ENGINE: &str = "web/src/engine/pkg";

/// Builds the engine, and then the page around it.
pub(crate) fn run() -> Result<()> {
    engine()?;
    page()
}

/// The wasm and its JavaScript.
pub(crate) fn engine() -> Result<PathBuf> {
    let wasm = Toolchain::find()?.build("gpu-carbon-wasm")?;
    let folder = root().join(ENGINE);
    let bindings = ["run", "--quiet", "--locked", "--package", "xtask", "--features", "bindings"];
    execute(cargo().args(bindings).args(["--bin", "bindings", "--"]).arg(wasm).arg(&folder))?;
    Ok(folder)
}

/// The page, bundled into `web/dist`.
fn page() -> Result<()> {
    let npm = |arguments: &[&str]| {
        let mut npm = program("npm");
        npm.args(["--prefix", "web"]).args(arguments);
        npm
    };
    if !succeeds(&mut npm(&["--version"])) {
        return Err(anyhow::anyhow!(
            "the page is bundled by npm, which comes with Node.js: install nodejs and npm"
        ));
    }
    execute(&mut npm(&["ci", "--no-audit", "--no-fund"]))?;
    execute(&mut npm(&["run", "build"])).context("the page cannot be bundled")
}
