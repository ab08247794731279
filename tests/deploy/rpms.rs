//! The RPM packages, which a real rpm installs, replaces and erases in a clean root.

use std::fs::{create_dir_all, read_to_string, write};
use std::process::Command;

use gpu_carbon_tests::machine::Machine;

use crate::root::{
    CONFIGURATION, Root, UNIT, exporter, package, plan_a_job, start_of_unit, wait_until_ready,
};
use crate::run_checker;

/// Runs rpm on a root. Its own records are empty, so that it knows no package that ours depend on.
#[track_caller]
fn rpm(root: &Root, arguments: &[&str]) -> String {
    let mut rpm = Command::new("rpm");
    rpm.arg("--root").arg(root.path("")).args(arguments);
    // On Debian, rpm asks whether this is meant.
    let confirmation = "--force-debian";
    if run_checker(Command::new("rpm").arg("--help")).contains(confirmation) {
        rpm.arg(confirmation);
    }
    run_checker(&mut rpm)
}

/// The lines that rpm says of a package.
#[track_caller]
fn query(program: &str, what: &str) -> Vec<String> {
    let mut rpm = Command::new("rpm");
    rpm.args(["--query", "--package", what]).arg(package(program, "rpm"));
    run_checker(&mut rpm).lines().map(str::to_owned).collect()
}

#[test]
#[ignore = "needs an RPM"]
fn needs_rpm_an_installed_exporter_answers_a_scrape_and_an_erasure_leaves_what_is_the_administrators()
 {
    let machine = Machine::new("[[gpu]]\nmodel = \"h100\"\npower = \"constant 360\"\n").unwrap();
    let root = Root::new();
    create_dir_all(root.path("opt")).unwrap();
    create_dir_all(root.path("var/lib/gpu-carbon")).unwrap();
    let rpm_file = package("gpu-carbon-exporter", "rpm");
    let rpm_file = rpm_file.to_str().unwrap();
    run_checker(Command::new("rpm").args(["--checksig", "--nosignature", rpm_file]));
    rpm(&root, &["--install", "--nodeps", rpm_file]);

    let setting = "intensity: {source: constant, grams_per_kilowatt_hour: 400}\n";
    let configuration = read_to_string(root.path(CONFIGURATION)).unwrap() + setting;
    write(root.path(CONFIGURATION), &configuration).unwrap();
    let start = start_of_unit(&root);
    run_checker(root.command(&start[0]).args(&start[1..]).arg("--config.check"));
    let running = exporter(&root, &machine);
    wait_until_ready(&running);
    running.terminate().unwrap();
    assert!(root.has("var/lib/gpu-carbon/ledger.db"));

    // Another package of the same version, which leaves the configuration alone.
    rpm(&root, &["--upgrade", "--force", "--nodeps", rpm_file]);
    assert_eq!(read_to_string(root.path(CONFIGURATION)).unwrap(), configuration);
    rpm(&root, &["--erase", "gpu-carbon-exporter"]);
    assert!(!root.has("usr/bin/gpu-carbon-exporter") && !root.has(UNIT));
    assert!(!root.has("usr/lib/udev/rules.d/99-gpu-carbon.rules"));
    let kept = read_to_string(root.path(&format!("{CONFIGURATION}.rpmsave"))).unwrap();
    assert_eq!(kept, configuration);
    assert!(root.has("var/lib/gpu-carbon/ledger.db"));
}

#[test]
#[ignore = "needs an RPM"]
fn needs_rpm_the_installed_client_plans_a_job() {
    let root = Root::new();
    rpm(&root, &["--install", "--nodeps", package("gpu-carbon", "rpm").to_str().unwrap()]);
    plan_a_job(&root);
    rpm(&root, &["--erase", "gpu-carbon"]);
    assert!(!root.has("usr/bin/gpu-carbon") && !root.has("usr/share/man/man1/gpu-carbon.1.gz"));
}

/// A package depends on the C library and a shell alone: the library of NVIDIA is found when the exporter runs.
#[test]
#[ignore = "needs an RPM"]
fn needs_rpm_files_and_dependencies_are_in_their_places() {
    for program in ["gpu-carbon-exporter", "gpu-carbon"] {
        let files = query(program, "--list");
        for expected in [
            format!("/usr/bin/{program}"),
            format!("/usr/share/man/man1/{program}.1.gz"),
            format!("/usr/share/bash-completion/completions/{program}"),
            format!("/usr/share/zsh/site-functions/_{program}"),
            format!("/usr/share/fish/vendor_completions.d/{program}.fish"),
            format!("/usr/share/licenses/{program}/LICENSE"),
        ] {
            assert!(files.contains(&expected), "{expected} in {files:?}");
        }
        for dependency in query(program, "--requires") {
            let allowed = [
                "libc.so.6",
                "libm.so.6",
                "libgcc_s.so.1",
                "ld-linux",
                "rtld(",
                "/bin/sh",
                // What rpm says of itself, and of the package's own configuration.
                "rpmlib(",
                "config(",
            ];
            let is_allowed = allowed.iter().any(|begin| dependency.starts_with(begin));
            assert!(is_allowed, "{program}: {dependency}");
        }
    }
    assert_eq!(query("gpu-carbon-exporter", "--configfiles"), [format!("/{CONFIGURATION}")]);
    assert!(query("gpu-carbon", "--configfiles").is_empty());
}
