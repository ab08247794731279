//! What the tests need of a machine, and how it comes there. All that is missing is said before any of it
//! is installed.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::shell::{cargo, program, run, succeeds, target};

/// Debian's packages, each with a command that succeeds where it is installed.
const PACKAGES: [(&str, &[&str]); 10] = [
    ("prometheus", &["promtool", "--version"]),
    ("prometheus-alertmanager", &["amtool", "--version"]),
    ("systemd", &["systemd-analyze", "--version"]),
    ("python3-venv", &["python3", "-c", "import ensurepip, venv"]),
    ("procps", &["kill", "-l"]),
    ("nodejs", &["node", "--version"]),
    ("npm", &["npm", "--version"]),
    ("chromium", &["chromium", "--version"]),
    ("g++", &["c++", "--version"]), // for libFuzzer
    ("faketime", &["faketime", "--version"]),
];

/// The reference parser of OpenMetrics.
const PARSER: &str = "prometheus-client==0.22.1";

/// Checks licences, bans and sources of every dependency.
const CARGO_DENY: &str = "cargo-deny@0.20.2";

/// Where Python keeps what the tests need of it.
fn environment() -> PathBuf {
    target().join("python")
}

/// The Python of that environment.
pub(crate) fn python() -> PathBuf {
    environment().join("bin/python3")
}

/// Installs what is missing.
pub(crate) fn install() -> Result<()> {
    let packages: Vec<&str> =
        PACKAGES.iter().filter(|(_, probe)| !works(probe)).map(|(package, _)| *package).collect();
    let parser = !succeeds(program(python()).args(["-c", "import prometheus_client.openmetrics"]));
    let deny = !succeeds(cargo().args(["deny", "--version"]));

    for package in &packages {
        eprintln!("the tests need {package}, from the system's packages: installing it");
    }
    if parser {
        eprintln!(
            "the tests need {PARSER}, from PyPI: installing it to {}",
            environment().display()
        );
    }
    if deny {
        eprintln!(
            "the tests need {CARGO_DENY}, from crates.io: installing it, which takes some minutes"
        );
    }
    if !packages.is_empty() {
        install_packages(&packages)?;
    }
    if parser {
        run(program("python3").args(["-m", "venv"]).arg(environment()))?;
        run(program(python()).args(["-m", "pip", "install", "--quiet", PARSER]))?;
    }
    if deny {
        run(cargo().args(["install", "--quiet", "--locked", CARGO_DENY]))?;
    }
    Ok(())
}

fn works(probe: &[&str]) -> bool {
    matches!(probe, [name, arguments @ ..] if succeeds(Command::new(name).args(arguments)))
}

/// Installs packages of Debian's.
pub(crate) fn install_packages(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !works(&["apt-get", "--version"]) {
        bail!("install {names} by this system's own package manager, and run this again");
    }
    let root = succeeds(program("test").args(["-w", "/var/lib/dpkg"]));
    let apt = |arguments: &[&str]| {
        let mut command = program(if root { "apt-get" } else { "sudo" });
        if !root {
            command.arg("apt-get");
        }
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        command
    };
    run(&mut apt(&["update", "-qq"]))?;
    let install = ["install", "-qq", "--yes", "--no-install-recommends"];
    run(apt(&install).args(packages))
}
