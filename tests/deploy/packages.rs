//! The Debian packages: installed, run, replaced, removed and purged in a clean root, which has nothing but the packages that they
//! depend on, a shell and dpkg. No systemd runs there, so that the unit is read here and not started.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{
    Permissions, create_dir_all, metadata, read_dir, read_to_string, set_permissions, write,
};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
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

const UNIT: &str = "usr/lib/systemd/system/gpu-carbon-exporter.service";
const WANTS: &str = "etc/systemd/system/multi-user.target.wants";
const CONFIGURATION: &str = "etc/gpu-carbon/exporter.yaml";

/// The package of a program, as `cargo xtask` has made it for this test.
fn package(program: &str) -> PathBuf {
    let folder = std::env::var_os("GPU_CARBON_PACKAGES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/packages/dev"),
        PathBuf::from,
    );
    let entries = read_dir(&folder).expect("`cargo xtask package --profile dev` makes it");
    let begin = format!("{program}_");
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with(&begin) && name.ends_with(".deb")
    });
    assert_eq!(found.len(), 1, "{program} in {}", folder.display());
    found.remove(0)
}

/// A folder that is the root of a system.
struct Root(TempDir);

impl Root {
    /// A root with copies of the packages of this system that [`BASE`] names.
    fn new() -> Root {
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

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A command that changes the root.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new("chroot");
        command.arg(self.0.path()).arg(program);
        command
    }

    /// Runs dpkg on this root, as an installer does.
    #[track_caller]
    fn dpkg(&self, arguments: &[&str]) -> String {
        let mut dpkg = Command::new("dpkg");
        dpkg.arg(format!("--root={}", self.0.path().display())).args(arguments);
        run_checker(dpkg.env("DEBIAN_FRONTEND", "noninteractive"))
    }

    fn install(&self, program: &str) -> String {
        self.dpkg(&["--install", package(program).to_str().unwrap()])
    }

    /// Every file and folder but the records of dpkg.
    fn files(&self) -> BTreeSet<PathBuf> {
        let mut files = BTreeSet::new();
        collect(self.0.path(), &mut files);
        let records = [self.path("var/lib/dpkg"), self.path("var/log")];
        files.retain(|path| !records.iter().any(|records| path.starts_with(records)));
        files
    }

    fn has(&self, name: &str) -> bool {
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
fn start_of_unit(root: &Root) -> Vec<String> {
    let unit = read_to_string(root.path(UNIT)).unwrap();
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    start.split(' ').map(str::to_owned).collect()
}

/// The exporter of a root, as its unit starts it, on fake GPUs.
fn exporter(root: &Root, machine: &Machine) -> Exporter {
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

#[test]
#[ignore = "needs packages"]
fn needs_packages_an_installed_exporter_answers_a_scrape_and_a_purge_leaves_nothing() {
    let machine = Machine::new("[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\n").unwrap();
    let root = Root::new();
    create_dir_all(root.path("opt")).unwrap();
    create_dir_all(root.path(WANTS)).unwrap();
    let before = root.files();
    root.install("gpu-carbon-exporter");
    // The configuration has no intensity, and the exporter says so in its own words.
    let start = start_of_unit(&root);
    let check = root.command(&start[0]).args(&start[1..]).arg("--config.check").output().unwrap();
    let message = String::from_utf8_lossy(&check.stderr).into_owned();
    assert_eq!(check.status.code(), Some(2), "{message}");
    assert!(message.contains("intensity"), "{message}");
    let template = read_to_string(root.path(CONFIGURATION)).unwrap();
    let setting = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n";
    let configuration = template + setting;
    write(root.path(CONFIGURATION), &configuration).unwrap();
    // As `systemctl enable` does.
    symlink(Path::new("/").join(UNIT), root.path(WANTS).join("gpu-carbon-exporter.service"))
        .unwrap();
    // As systemd makes them for a dynamic user.
    for folder in ["lib", "cache"] {
        create_dir_all(root.path("var").join(folder).join("private/gpu-carbon")).unwrap();
        symlink("private/gpu-carbon", root.path("var").join(folder).join("gpu-carbon")).unwrap();
    }

    let running = exporter(&root, &machine);
    wait_for("energy", || {
        ensure!(running.get("/-/ready")?.0 == 200, "{}", running.log());
        ensure!(running.scrape()?.gpu(0, "energy_joules_total")? > 0.0);
        Ok(())
    })
    .unwrap();
    running.terminate().unwrap();
    assert!(root.has("var/lib/private/gpu-carbon/ledger.db"));

    // A new version leaves the configuration alone.
    root.install("gpu-carbon-exporter");
    assert_eq!(read_to_string(root.path(CONFIGURATION)).unwrap(), configuration);
    let running = exporter(&root, &machine);
    wait_for("a scrape", || running.scrape()).unwrap();
    running.terminate().unwrap();

    root.dpkg(&["--remove", "gpu-carbon-exporter"]);
    assert!(!root.has("usr/bin/gpu-carbon-exporter") && !root.has(UNIT));
    assert!(root.has(CONFIGURATION) && root.has("var/lib/private/gpu-carbon/ledger.db"));
    root.dpkg(&["--purge", "gpu-carbon-exporter"]);
    for mine in ["opt/nvml", "opt/gpus.toml"] {
        run_checker(Command::new("rm").arg("--recursive").arg(root.path(mine)));
    }
    let private = ["var/lib/private", "var/cache/private", "var/cache"].map(|it| root.path(it));
    let after: Vec<PathBuf> = root.files().difference(&before).cloned().collect();
    let left: Vec<&PathBuf> = after.iter().filter(|path| !private.contains(path)).collect();
    assert!(left.is_empty(), "left: {left:?}");
}

#[test]
#[ignore = "needs packages"]
fn needs_packages_the_installed_client_plans_a_job() {
    let root = Root::new();
    let before = root.files();
    root.install("gpu-carbon");
    let plan = "plan --region aws:us-west-1 --gpus 8xH100 --duration 24h \
                --start 2026-12-01T12:00:00Z --offline";
    let mut client = root.command("/usr/bin/gpu-carbon");
    let answer = run_checker(client.args(plan.split_whitespace()));
    assert!(answer.contains("best start"), "{answer}");
    root.dpkg(&["--purge", "gpu-carbon"]);
    assert_eq!(root.files(), before);
}

/// The manual, the units and the rules are where their readers look for them, and nothing is where only an administrator writes.
#[test]
#[ignore = "needs packages"]
fn needs_packages_files_are_in_their_places() {
    let listed = |program: &str| {
        let list = run_checker(Command::new("dpkg-deb").arg("--contents").arg(package(program)));
        let path = |line: &str| line.split_whitespace().nth(5).unwrap().to_owned();
        list.lines().map(path).collect::<BTreeSet<String>>()
    };
    let (exporter, client) = (listed("gpu-carbon-exporter"), listed("gpu-carbon"));
    for (files, name) in [(&exporter, "gpu-carbon-exporter"), (&client, "gpu-carbon")] {
        for expected in [
            format!("usr/bin/{name}"),
            format!("usr/share/man/man1/{name}.1.gz"),
            format!("usr/share/bash-completion/completions/{name}"),
            format!("usr/share/zsh/vendor-completions/_{name}"),
            format!("usr/share/fish/vendor_completions.d/{name}.fish"),
            format!("usr/share/doc/{name}/copyright"),
        ] {
            assert!(files.contains(&format!("./{expected}")), "{expected} in {files:?}");
        }
        assert!(!files.iter().any(|path| path.contains("/local/")), "{files:?}");
    }
    assert!(client.contains("./usr/share/man/man1/gpu-carbon-plan.1.gz"));
    assert!(exporter.contains("./usr/lib/systemd/system/gpu-carbon-exporter.socket"));
    assert!(exporter.contains("./usr/share/gpu-carbon-exporter/rules/alerts.yml"));
    assert!(exporter.contains("./usr/lib/udev/rules.d/99-gpu-carbon.rules"));
    assert!(exporter.contains("./usr/lib/sysusers.d/gpu-carbon.conf"));
    let shared: Vec<&String> =
        exporter.intersection(&client).filter(|path| !path.ends_with('/')).collect();
    assert!(shared.is_empty(), "both packages have {shared:?}");
}

/// The lines of a script that ask a program of systemd or udev for something.
fn take_requests(root: &Root) -> Vec<String> {
    let log = root.path("tmp/requests");
    let requests = read_to_string(&log).unwrap_or_default().lines().map(str::to_owned).collect();
    write(log, "").unwrap();
    requests
}

/// Programs in the place of systemd's and udev's write down what they are asked for.
#[test]
#[ignore = "needs packages"]
fn needs_packages_the_group_reads_the_meters_of_the_host_until_the_package_is_removed() {
    let root = Root::new();
    let zone = root.path("sys/class/powercap/intel-rapl:0");
    for folder in [&root.path("run/systemd/system"), &root.path("run/udev"), &zone] {
        create_dir_all(folder).unwrap();
    }
    for name in ["systemctl", "udevadm", "systemd-sysusers", "deb-systemd-invoke"] {
        let program = root.path("usr/bin").join(name);
        write(&program, format!("#!/bin/sh\necho \"{name} $*\" >>/tmp/requests\n")).unwrap();
        set_permissions(program, Permissions::from_mode(0o755)).unwrap();
    }
    root.install("gpu-carbon-exporter");
    let expected = [
        "systemd-sysusers gpu-carbon.conf",
        "systemctl --system daemon-reload",
        "udevadm control --reload",
        "udevadm trigger --subsystem-match=powercap --action=change",
    ];
    assert_eq!(take_requests(&root), expected);
    // The real one reads what was installed.
    let mut users = Command::new("systemd-sysusers");
    run_checker(users.arg(format!("--root={}", root.0.path().display())).arg("gpu-carbon.conf"));
    let groups = read_to_string(root.path("etc/group")).unwrap();
    let group = groups.lines().find_map(|line| line.strip_prefix("gpu-carbon:x:")).unwrap();
    let group: u32 = group.trim_end_matches(':').parse().unwrap();
    let drop_in = format!("{UNIT}.d/host-meters.conf");
    let drop_in = read_to_string(root.path(&drop_in)).unwrap();
    assert!(drop_in.contains("\nSupplementaryGroups=gpu-carbon\n"), "{drop_in}");

    // As the udev rule does, and another zone as an administrator has set it.
    let counter = |name: &str, group: u32| {
        let path = zone.with_file_name(name).join("energy_uj");
        create_dir_all(path.parent().unwrap()).unwrap();
        write(&path, "5").unwrap();
        set_permissions(&path, Permissions::from_mode(0o440)).unwrap();
        chown(&path, Some(0), Some(group)).unwrap();
        path
    };
    let (ours, other) = (counter("intel-rapl:0", group), counter("intel-rapl:1", group + 1));
    let state = |path: &Path| {
        let found = metadata(path).unwrap();
        (found.mode() & 0o777, found.gid())
    };

    root.install("gpu-carbon-exporter");
    let mut upgrade = take_requests(&root);
    upgrade.retain(|request| expected.iter().all(|it| request != it));
    assert_eq!(upgrade, ["deb-systemd-invoke try-restart gpu-carbon-exporter.service"]);
    assert_eq!(state(&ours), (0o440, group), "an upgrade takes nothing away");
    root.dpkg(&["--remove", "gpu-carbon-exporter"]);
    assert_eq!(state(&ours), (0o400, 0), "the counter is root's again");
    assert_eq!(state(&other), (0o440, group + 1));
    assert!(!root.has("usr/lib/udev/rules.d/99-gpu-carbon.rules"));
}
