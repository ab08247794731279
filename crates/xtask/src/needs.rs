//! The programs and files that the tests need: which are missing, and their installation. Everything that is missing
//! is listed before any of it is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::shell::{cargo, program, root, run, succeeds, target};
use crate::test::Stage;

/// A package of Debian.
struct Package {
    name: &'static str,
    /// A command that succeeds where the package is installed.
    probe: &'static [&'static str],
    /// The stages that need it.
    stages: &'static [Stage],
}

const PACKAGES: [Package; 20] = [
    package("prometheus", &["promtool", "--version"], &[Stage::E2e, Stage::Deploy]),
    package("prometheus-alertmanager", &["amtool", "--version"], &[Stage::E2e, Stage::Deploy]),
    package("systemd", &["systemd-analyze", "--version"], &[Stage::Deploy]),
    // Finds the dependencies of a Debian package.
    package("dpkg-dev", &["dpkg-shlibdeps", "--version"], &[Stage::Deploy]),
    // Installs the RPM packages into a folder.
    package("rpm", &["rpm", "--version"], &[Stage::Deploy]),
    package(
        "python3-venv",
        &["python3", "-c", "import ensurepip, venv"],
        &[Stage::Audit, Stage::E2e, Stage::Deploy],
    ),
    package("procps", &["kill", "-l"], &[Stage::E2e, Stage::Soak]),
    package("nodejs", &["node", "--version"], &[Stage::Web, Stage::Engines, Stage::E2e]),
    package("npm", &["npm", "--version"], &[Stage::Web, Stage::Engines, Stage::E2e]),
    package("chromium", &["chromium", "--version"], &[Stage::Web, Stage::Engines]),
    package("firefox-esr", &["firefox-esr", "--version"], &[Stage::Engines]),
    package("webkit2gtk-driver", &["WebKitWebDriver", "--help"], &[Stage::Engines]),
    package("xvfb", &["test", "-x", "/usr/bin/Xvfb"], &[Stage::Engines]),
    package("dbus", &["dbus-run-session", "--version"], &[Stage::Engines]),
    // For libFuzzer.
    package("g++", &["c++", "--version"], &[Stage::Fuzz]),
    package("faketime", &["faketime", "--version"], &[Stage::E2e]),
    package("munge", &["munge", "--version"], &[Stage::E2e]),
    package("slurm-client", &["sbatch", "--version"], &[Stage::E2e]),
    package("slurmctld", &["/usr/sbin/slurmctld", "-V"], &[Stage::E2e]),
    package("slurmd", &["/usr/sbin/slurmd", "-V"], &[Stage::E2e]),
];

const fn package(
    name: &'static str,
    probe: &'static [&'static str],
    stages: &'static [Stage],
) -> Package {
    Package { name, probe, stages }
}

/// A need that no package meets: tests that have it are ignored, and run where it is met.
struct Need {
    /// Part of the names of the tests that need it.
    name: &'static str,
    is_met: fn() -> bool,
}

const NEEDS: [Need; 9] = [
    Need { name: "needs_shared_data", is_met: || root().join("../shared/data").is_dir() },
    Need { name: "needs_unshare", is_met: can_mount },
    Need { name: "needs_cgroup", is_met: has_control_group },
    Need { name: "needs_slurm", is_met: has_slurm },
    // The tests that are ignored at first run when the others have ended.
    Need { name: "needs_calm", is_met: || true },
    Need { name: "needs_packages", is_met: has_packages },
    Need { name: "needs_rpm", is_met: has_rpms },
    Need { name: "needs_chromium", is_met: || works(&["chromium", "--version"]) },
    Need { name: "needs_impact_framework", is_met: || impact_framework().is_file() },
];

/// The name parts of ignored tests that can run on this machine.
pub(crate) fn met() -> Vec<&'static str> {
    NEEDS.iter().filter(|need| (need.is_met)()).map(|need| need.name).collect()
}

/// Reports whether this user may mount a file system in a namespace; some systems and containers forbid it.
fn can_mount() -> bool {
    let mount = ["--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"];
    succeeds(program("unshare").args(mount))
}

/// Reports whether this user may make a control group of version 2 with a freezer, below its own.
fn has_control_group() -> bool {
    let script = "mount=$(grep -m1 ' - cgroup2 ' /proc/self/mountinfo | cut -d' ' -f5); \
        group=$(sed -n 's/^0:://p' /proc/self/cgroup); folder=\"$mount$group/gpu-carbon-probe\"; \
        mkdir \"$folder\" && test -w \"$folder/cgroup.freeze\"; found=$?; rmdir \"$folder\"; exit $found";
    succeeds(program("sh").args(["-c", script]))
}

/// Reports whether the packages are made, and this user may install them into a folder, and change the root there.
fn has_packages() -> bool {
    let is_root = succeeds(program("sh").args(["-c", "test $(id -u) = 0"]));
    is_root && works(&["dpkg", "--version"]) && packages().is_dir()
}

/// Reports whether the RPM packages, too, are made, as they are in a long run.
fn has_rpms() -> bool {
    let is_rpm = |entry: fs::DirEntry| entry.path().extension().is_some_and(|it| it == "rpm");
    let has_one = |entries: fs::ReadDir| entries.flatten().any(is_rpm);
    has_packages() && works(&["rpm", "--version"]) && fs::read_dir(packages()).is_ok_and(has_one)
}

/// Reports whether this user may start the daemons of Slurm, which must be root's to run jobs.
fn has_slurm() -> bool {
    let is_root = succeeds(program("test").args(["-w", "/var/lib/dpkg"]));
    is_root && works(&["/usr/sbin/slurmctld", "-V"]) && works(&["/usr/sbin/slurmd", "-V"])
}

/// The packages of Python that the end-to-end tests need, those of the tests of `deploy/`, and those of the audit.
const REQUIREMENTS: [(&str, &[Stage], &str); 3] = [
    ("prometheus-client", &[Stage::E2e], "crates/xtask/requirements.txt"),
    ("helm-python-sdk", &[Stage::Deploy, Stage::Audit], "crates/xtask/requirements-deploy.txt"),
    ("cargo-deny", &[Stage::Audit], "crates/xtask/requirements-audit.txt"),
];

/// The version that is compiled where there is no built one.
const CARGO_DENY: &str = "cargo-deny@0.20.2";

/// The folder of the Python environment of the tests.
fn environment() -> PathBuf {
    target().join("python")
}

/// The Python of that environment.
pub(crate) fn python() -> PathBuf {
    environment().join("bin/python3")
}

/// The command that runs a manifest of Impact Framework.
pub(crate) fn impact_framework() -> PathBuf {
    target().join("impact-framework/node_modules/.bin/if-run")
}

/// The folder of the packages for the tests.
pub(crate) fn packages() -> PathBuf {
    target().join("packages/dev")
}

/// The command cargo-deny: the one of that environment, or else the one that cargo finds.
pub(crate) fn cargo_deny() -> Command {
    let installed = environment().join("bin/cargo-deny");
    if succeeds(program(&installed).arg("--version")) {
        return program(installed);
    }
    let mut deny = cargo();
    deny.arg("deny");
    deny
}

/// Installs what stages need and this machine lacks.
///
/// # Errors
///
/// When an installation fails.
pub(crate) fn install(stages: &[Stage]) -> Result<()> {
    let packages: Vec<&str> = PACKAGES
        .iter()
        .filter(|package| package.stages.iter().any(|stage| stages.contains(stage)))
        .filter(|package| !works(package.probe))
        .map(|package| package.name)
        .collect();
    let mut requirements = REQUIREMENTS.to_vec();
    requirements
        .retain(|(name, of, _)| of.iter().any(|it| stages.contains(it)) && !is_installed(name));

    for package in &packages {
        eprintln!("the tests need {package}, from the system's packages: installing it");
    }
    for (name, _, _) in &requirements {
        eprintln!("the tests need {name}, from PyPI: installing it to {}", environment().display());
    }
    let needs_framework = stages.contains(&Stage::E2e) && !has_impact_framework();
    if needs_framework {
        eprintln!("the tests need @grnsft/if, from npm: installing it to {}", target().display());
    }
    if !packages.is_empty() {
        install_packages(&packages)?;
    }
    if needs_framework {
        install_impact_framework()?;
    }
    if !requirements.is_empty() && !python().exists() {
        run(program("python3").args(["-m", "venv"]).arg(environment()))?;
    }
    for (name, _, file) in requirements {
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let mut pip = program(python());
        pip.args(install).args(["--require-hashes", "--only-binary", ":all:", "-r", file]);
        let outcome = run(&mut pip);
        if name == "cargo-deny" && outcome.is_err() {
            compile_cargo_deny()?;
        } else {
            outcome?;
        }
    }
    Ok(())
}

/// The folder that names the version of Impact Framework, and those of all that it uses.
const IMPACT_FRAMEWORK: &str = "crates/xtask/impact-framework";

/// Reports whether Impact Framework is installed as its folder names it.
fn has_impact_framework() -> bool {
    let lock = |folder: PathBuf| fs::read(folder.join("package-lock.json")).ok();
    let installed = lock(target().join("impact-framework"));
    impact_framework().is_file() && installed == lock(root().join(IMPACT_FRAMEWORK))
}

/// Installs Impact Framework below the target folder. No script of a package is run.
fn install_impact_framework() -> Result<()> {
    let folder = target().join("impact-framework");
    fs::create_dir_all(&folder)?;
    for name in ["package.json", "package-lock.json"] {
        fs::copy(root().join(IMPACT_FRAMEWORK).join(name), folder.join(name))?;
    }
    let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix"];
    run(program("npm").args(install).arg(folder))
}

/// Reports whether a requirement is met.
fn is_installed(name: &str) -> bool {
    match name {
        "cargo-deny" => succeeds(cargo_deny().arg("--version")),
        "helm-python-sdk" => {
            imports("helm_python, kubernetes_validate")
                && succeeds(program(environment().join("bin/hadolint")).arg("--version"))
        }
        _ => imports("prometheus_client.openmetrics"),
    }
}

/// Reports whether the Python of the tests has modules.
fn imports(modules: &str) -> bool {
    succeeds(program(python()).args(["-c", &format!("import {modules}")]))
}

/// Compiles cargo-deny, for systems that PyPI has no built one for.
fn compile_cargo_deny() -> Result<()> {
    eprintln!(
        "PyPI has no cargo-deny for this system: compiling {CARGO_DENY}, which takes minutes"
    );
    compile(CARGO_DENY, None)
}

/// Compiles a command of cargo's, into a folder or to cargo's own, with as little optimization as it can do with.
///
/// # Errors
///
/// When it does not compile.
pub(crate) fn compile(name_and_version: &str, folder: Option<&Path>) -> Result<()> {
    let quick = [
        "profile.release.opt-level=0",
        "profile.release.lto=\"off\"",
        "profile.release.codegen-units=256",
        "profile.release.debug=false",
    ];
    let mut install = cargo();
    install.args(["install", "--quiet", "--locked", name_and_version]);
    if let Some(folder) = folder {
        install.arg("--root").arg(folder);
    }
    run(install.args(quick.iter().flat_map(|setting| ["--config", setting])))
}

fn works(probe: &[&str]) -> bool {
    matches!(probe, [name, arguments @ ..] if succeeds(Command::new(name).args(arguments)))
}

/// Installs packages of Debian.
///
/// # Errors
///
/// When this system has no apt-get, or it fails.
pub(crate) fn install_packages(packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    if !works(&["apt-get", "--version"]) {
        bail!("install {names} with the package manager of this system, and run this again");
    }
    let root = succeeds(program("test").args(["-w", "/var/lib/dpkg"]));
    let apt = |arguments: &[&str]| {
        let mut command = program(if root { "apt-get" } else { "sudo" });
        if !root {
            command.arg("apt-get");
        }
        // No package starts a daemon of its own.
        command.env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1").args(arguments);
        command
    };
    run(&mut apt(&["update", "-qq"]))?;
    let install = ["install", "-qq", "--yes", "--no-install-recommends"];
    run(apt(&install).args(packages))
}
