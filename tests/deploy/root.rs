//! A clean root for packages: it has nothing but the packages that they depend on, a shell and dpkg. No systemd runs there, so that
//! the unit is read and not started.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{create_dir_all, read_dir, read_to_string, write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::ensure;
use gpu_carbon_tests::exporter::Exporter;
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::wait_for;
use tempfile::TempDir;

use crate::run_checker;

/// The packages of a root before any of ours is installed: with those that they depend on.
const BASE: [&str; 5] = ["coreutils", "dash", "dpkg", "libc6", "libgcc-s1"];

/// The folders that are links into `/usr`.
const MERGED: [&str; 4] = ["bin", "lib", "lib64", "sbin"];

/// The unit of the exporter.
pub(crate) const UNIT: &str = "usr/lib/systemd/system/gpu-carbon-exporter.service";

/// The configuration of the exporter.
pub(crate) const CONFIGURATION: &str = "etc/gpu-carbon/exporter.yaml";

/// The package of a program with an ending, as `cargo xtask` has made it for this test.
pub(crate) fn package(program: &str, ending: &str) -> PathBuf {
    let folder = std::env::var_os("GPU_CARBON_PACKAGES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/packages/dev"),
        PathBuf::from,
    );
    let entries = read_dir(&folder).expect("`cargo xtask package --profile dev` makes it");
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let rest = name.strip_prefix(program).and_then(|rest| rest.strip_prefix(['_', '-']));
        let is_version = rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        is_version && path.extension().is_some_and(|found| found == ending)
    });
    assert_eq!(found.len(), 1, "{program} in {}", folder.display());
    found.remove(0)
}

/// A folder that is the root of a system.
pub(crate) struct Root(TempDir);

impl Root {
    /// A root with copies of the packages of this system that [`BASE`] names.
    pub(crate) fn new() -> Root {
        let root = Root(tempfile::tempdir().unwrap());
        for name in MERGED {
            create_dir_all(root.path("usr").join(name)).unwrap();
            symlink(format!("usr/{name}"), root.path(name)).unwrap();
        }
        for folder in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log", "etc", "tmp"] {
            create_dir_all(root.path(folder)).unwrap();
        }
        let names = with_dependencies(&BASE);
        let files = run_checker(Command::new("dpkg").arg("--listfiles").args(&names));
        let mut list: BTreeSet<&str> = files.lines().filter(|line| line.starts_with('/')).collect();
        // The files of dpkg's lists, by which it knows to whom a file belongs.
        let info: Vec<String> = read_dir("/var/lib/dpkg/info")
            .unwrap()
            .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
            .filter(|path| {
                let name = path.rsplit('/').next().unwrap_or_default();
                let package = name.strip_suffix(".list").and_then(|name| name.split(':').next());
                name == "format" || package.is_some_and(|it| names.iter().any(|name| name == it))
            })
            .collect();
        list.extend(info.iter().map(String::as_str));
        list.retain(|path| Path::new(path).symlink_metadata().is_ok_and(|it| !it.is_dir()));
        let listed = root.path("tmp/files");
        write(&listed, list.into_iter().collect::<Vec<_>>().join("\n")).unwrap();
        let archive = root.path("tmp/files.tar");
        let mut tar = Command::new("tar");
        tar.args(["--create", "--directory=/", "--absolute-names", "--no-recursion"]);
        run_checker(tar.arg("--file").arg(&archive).arg("--files-from").arg(&listed));
        let mut tar = Command::new("tar");
        tar.args(["--extract", "--keep-directory-symlink", "--file"]).arg(&archive);
        run_checker(tar.arg("--directory").arg(root.0.path()));
        let status = run_checker(Command::new("dpkg").arg("--status").args(&names));
        write(root.path("var/lib/dpkg/status"), status).unwrap();
        run_checker(Command::new("rm").args([&listed, &archive]));
        root
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A command that changes the root.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("chroot");
        command.arg(self.0.path()).arg(program);
        command
    }

    /// Runs dpkg on this root, as an installer does.
    #[track_caller]
    pub(crate) fn dpkg(&self, arguments: &[&str]) -> String {
        let mut dpkg = Command::new("dpkg");
        dpkg.arg(format!("--root={}", self.0.path().display())).args(arguments);
        run_checker(dpkg.env("DEBIAN_FRONTEND", "noninteractive"))
    }

    pub(crate) fn install(&self, program: &str) -> String {
        self.dpkg(&["--install", package(program, "deb").to_str().unwrap()])
    }

    /// Every file and folder but the records of dpkg.
    pub(crate) fn files(&self) -> BTreeSet<PathBuf> {
        let mut files = BTreeSet::new();
        collect(self.0.path(), &mut files);
        let records = [self.path("var/lib/dpkg"), self.path("var/log")];
        files.retain(|path| !records.iter().any(|records| path.starts_with(records)));
        files
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }
}

fn collect(folder: &Path, files: &mut BTreeSet<PathBuf>) {
    for entry in read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), files);
        }
        files.insert(entry.path());
    }
}

/// The names of packages and of those that they depend on, as they are installed here.
fn with_dependencies(names: &[&str]) -> Vec<String> {
    let format = "${Package}\t${db:Status-Status}\t${Pre-Depends}, ${Depends}\n";
    let known =
        run_checker(Command::new("dpkg-query").arg("--show").arg("--showformat").arg(format));
    let mut dependencies: BTreeMap<&str, Vec<Vec<&str>>> = BTreeMap::new();
    for line in known.lines() {
        let [package, "installed", rest] = line.split('\t').collect::<Vec<_>>()[..] else {
            continue;
        };
        let alternatives = rest.split(',').map(|any| any.split('|').map(first_word).collect());
        dependencies.insert(package, alternatives.collect());
    }
    let mut found = BTreeSet::new();
    let mut next: Vec<&str> = names.to_vec();
    while let Some(name) = next.pop() {
        let Some(needs) = dependencies.get(name) else { continue };
        if found.insert(name.to_owned()) {
            for any in needs {
                next.extend(any.iter().find(|name| dependencies.contains_key(*name)));
            }
        }
    }
    found.into_iter().collect()
}

/// The name of a package before its architecture and version.
fn first_word(text: &str) -> &str {
    text.trim().split([' ', ':', '(']).next().unwrap_or_default()
}

/// The program and the arguments that the installed unit starts.
pub(crate) fn start_of_unit(root: &Root) -> Vec<String> {
    let unit = read_to_string(root.path(UNIT)).unwrap();
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    start.split(' ').map(str::to_owned).collect()
}

/// The exporter of a root, as its unit starts it, on fake GPUs.
pub(crate) fn exporter(root: &Root, machine: &Machine) -> Exporter {
    let [program, flags @ ..] = &start_of_unit(root)[..] else { panic!("no ExecStart") };
    let mut command = root.command(program);
    command.args(flags).arg("--nvml.library=/opt/nvml/libnvidia-ml.so.1");
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin");
    // The library is a link to the one that was built.
    let mut copy = Command::new("cp");
    copy.args(["--recursive", "--dereference"]).arg(machine.path("nvml"));
    run_checker(copy.arg(root.path("opt")));
    std::fs::copy(machine.script_path(), root.path("opt/gpus.toml")).unwrap();
    command.env("FAKE_NVML_SCRIPT", "/opt/gpus.toml");
    Exporter::run(command).unwrap()
}

/// Waits until an exporter is ready, and has counted energy.
#[track_caller]
pub(crate) fn wait_until_ready(running: &Exporter) {
    wait_for("energy", || {
        ensure!(running.get("/-/ready")?.0 == 200, "{}", running.log());
        ensure!(running.scrape()?.gpu(0, "energy_joules_total")? > 0.0);
        Ok(())
    })
    .unwrap();
}

/// Plans a job with the client of a root, which must name the best start.
#[track_caller]
pub(crate) fn plan_a_job(root: &Root) {
    let plan = "plan --region aws:us-west-1 --gpus 8xH100 --duration 24h \
                --start 2026-12-01T12:00:00Z --offline";
    let mut client = root.command("/usr/bin/gpu-carbon");
    let answer = run_checker(client.args(plan.split_whitespace()));
    assert!(answer.contains("best start"), "{answer}");
}
