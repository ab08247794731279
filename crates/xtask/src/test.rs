//! `cargo xtask test`: every test of every kind, the cheap ones first.

use anyhow::Result;

use crate::needs;
use crate::shell::{cargo, run as execute};

pub(crate) fn run() -> Result<()> {
    execute(cargo().args(["fmt", "--all", "--check"]))?;
    needs::install()?;
    let deny = ["deny", "--config", ".cargo/deny.toml", "--log-level", "error", "check"];
    // Advisories live in a database of their own, which not every machine can reach.
    execute(cargo().args(deny).args(["licenses", "bans", "sources"]))?;
    execute(cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--locked",
        "--",
        "-D",
        "warnings",
    ]))?;
    let doc = ["doc", "--workspace", "--no-deps", "--locked", "--document-private-items"];
    execute(cargo().env("RUSTDOCFLAGS", "-D warnings").args(doc))?;
    let test = ["test", "--workspace", "--locked"];
    execute(cargo().env("GPU_CARBON_PYTHON", needs::python()).args(test))
}
