//! The Debian packages: installed, run, replaced, removed and purged in a clean root.

use std::collections::BTreeSet;
use std::fs::{Permissions, create_dir_all, metadata, read_to_string, set_permissions, write};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::wait_for;

use crate::root::{
    CONFIGURATION, Root, UNIT, exporter, package, plan_a_job, start_of_unit, wait_until_ready,
};
use crate::run_checker;

const WANTS: &str = "etc/systemd/system/multi-user.target.wants";

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
    wait_until_ready(&running);
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
    plan_a_job(&root);
    root.dpkg(&["--purge", "gpu-carbon"]);
    assert_eq!(root.files(), before);
}

/// The manual, the units and the rules are where their readers look for them, and nothing is where only an administrator writes.
#[test]
#[ignore = "needs packages"]
fn needs_packages_files_are_in_their_places() {
    let listed = |program: &str| {
        let list =
            run_checker(Command::new("dpkg-deb").arg("--contents").arg(package(program, "deb")));
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
    run_checker(users.arg(format!("--root={}", root.path("").display())).arg("gpu-carbon.conf"));
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
