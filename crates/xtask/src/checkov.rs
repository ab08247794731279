//! checkov on the images, the manifests and the rendered chart of `deploy/`. Its 100 packages take a minute to install, so it runs
//! with the audit and not with the tests of `deploy/`.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::needs;
use crate::shell::{program, root, run as execute, succeeds, target};

/// Checks that are not made, each with the reason.
const SKIPPED: [(&str, &str); 12] = [
    (
        "CKV_DOCKER_2",
        "Kubernetes and systemd probe the programs; an image without a shell has no client for a HEALTHCHECK",
    ),
    (
        "CKV_DOCKER_7",
        "the base image has no versions; a release names its digest by a build argument",
    ),
    ("CKV_K8S_8", "of the pod of `helm test`, which ends by itself"),
    ("CKV_K8S_9", "of the pod of `helm test`, which ends by itself"),
    (
        "CKV_K8S_11",
        "the script that suspends Jobs takes a second of CPU; a limit would only delay it",
    ),
    ("CKV_K8S_14", "whoever builds the image of that script gives it a tag"),
    (
        "CKV_K8S_15",
        "a pinned tag is pulled once; pulled at each start, a registry that is down would keep exporters down",
    ),
    ("CKV_K8S_21", "whoever applies the manifests chooses the namespace"),
    (
        "CKV_K8S_25",
        "the container that owns the ledger's folder needs CHOWN, and ends before the exporter starts",
    ),
    ("CKV_K8S_38", "the script that suspends Jobs patches them by its token"),
    ("CKV_K8S_43", "whoever builds the images knows their digests, which are values of the chart"),
    ("CKV2_K8S_6", "a NetworkPolicy is a value of the chart"),
];

/// The files that are checked as they are.
const FILES: [&str; 4] = [
    "deploy/docker/Dockerfile",
    "deploy/kubernetes/carbon-window.Dockerfile",
    "deploy/kubernetes/gpu-carbon-exporter.yaml",
    "deploy/kubernetes/carbon-window.yaml",
];

/// The folder of its Python environment: it pins other versions than the tests do.
fn environment() -> PathBuf {
    target().join("checkov")
}

/// Installs checkov where it is missing.
///
/// # Errors
///
/// When it cannot be installed.
pub(crate) fn install() -> Result<()> {
    if succeeds(program(environment().join("bin/checkov")).arg("--version")) {
        return Ok(());
    }
    eprintln!("the audit needs checkov, from PyPI: installing it to {}", environment().display());
    execute(program("python3").args(["-m", "venv"]).arg(environment()))?;
    let mut pip = program(environment().join("bin/python3"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    execute(pip.args(["-r", "crates/xtask/requirements-checkov.txt"]))
}

/// Checks everything.
///
/// # Errors
///
/// When a check fails, or checkov cannot be run.
pub(crate) fn run() -> Result<()> {
    let folder = target().join("chart");
    render(&folder)?;
    let skipped = SKIPPED.map(|(check, _)| check).join(",");
    let mut checkov = program(environment().join("bin/checkov"));
    checkov.args([
        "--skip-download",
        "--quiet",
        "--compact",
        "--framework",
        "dockerfile",
        "kubernetes",
    ]);
    checkov.args(["--skip-check", &skipped]);
    for file in FILES {
        checkov.args(["--file", file]);
    }
    execute(&mut checkov)?;
    let mut checkov = program(environment().join("bin/checkov"));
    checkov.args(["--skip-download", "--quiet", "--compact", "--framework", "kubernetes"]);
    checkov.args(["--skip-check", &skipped, "--directory"]);
    execute(checkov.arg(folder))
}

/// Writes the objects of the chart, with every part of it, to a folder.
fn render(folder: &PathBuf) -> Result<()> {
    let on = json!({"enabled": true});
    let parts = ["ledger", "host", "networkPolicy", "podMonitor", "prometheusRule", "dashboard"];
    let values: Value = parts.into_iter().map(|part| (part.to_owned(), on.clone())).collect();
    let mut script = program(needs::python());
    script.arg("tests/deploy/chart.py").arg(root().join("deploy/helm/gpu-carbon"));
    let mut script = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    script.stdin.take().context("its input")?.write_all(values.to_string().as_bytes())?;
    let output = script.wait_with_output()?;
    ensure!(output.status.success(), "the chart cannot be rendered");
    let rendering: Value = serde_json::from_slice(&output.stdout)?;
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder.join("tests"))?;
    for (name, text) in rendering["objects"].as_object().context("no objects")? {
        fs::write(folder.join(name), text.as_str().unwrap_or_default())?;
    }
    Ok(())
}
