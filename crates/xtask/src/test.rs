//! `cargo xtask test`: every test of every kind, the cheap ones first.

use anyhow::Result;

use crate::shell::{cargo, checked_tool, run as execute, run_reading};
use crate::tally::Tally;
use crate::{fuzz, needs, web};

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
    let mut tally = Tally::default();
    let outcome =
        run_reading(cargo().env("GPU_CARBON_PYTHON", needs::python()).args(test), |line| {
            println!("{line}");
            tally.add(line);
        });
    let page = outcome.and_then(|()| web::tests::run(&mut tally));
    println!("\n{tally}");
    page?;
    // The same chance each time: what fails here fails again. By hand, both follow another one.
    checked_tool("soak", &["--seed", "1"])?;
    fuzz::run(&["--seed", "1"])
}
