//! Mistakes of the operator: each is one clear line with the right exit status, and nothing starts.

use std::net::TcpListener;
use std::process::Command;

use anyhow::{Context, ensure};
use gpu_carbon_tests::exporter::{Exporter, command, startup_error};
use gpu_carbon_tests::machine::Machine;
use gpu_carbon_tests::wait_for;

#[track_caller]
fn refused(command: Command, status: i32, expected: &[&str]) {
    let (code, error) = startup_error(command).unwrap();
    assert_eq!(code, Some(status), "{error}");
    assert_eq!(error.lines().count(), 1, "one line: {error}");
    for part in expected {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
}

fn machine(yaml: &str) -> Machine {
    let machine = Machine::new("[[gpu]]\nmodel = \"h100\"\n").unwrap();
    machine.configure(yaml).unwrap();
    machine
}

#[test]
fn a_bad_configuration_is_refused() {
    let pue = machine("power_usage_effectiveness: 0.5\nintensity: {source: embedded}\n");
    refused(
        command(&pue).unwrap(),
        2,
        &["exporter.yaml: power_usage_effectiveness: 0.5", "from 1"],
    );
    let unknown = machine("intensity: {source: embedded, sauce: hot}\n");
    refused(command(&unknown).unwrap(), 2, &["intensity: unknown key `sauce`", "`threshold"]);
    let empty = machine("");
    refused(command(&empty).unwrap(), 2, &["at least `intensity: {source: gb}`"]);
}

#[test]
fn a_missing_file_is_refused() {
    let machine = machine("intensity: {source: file, path: nowhere.csv}\n");
    refused(command(&machine).unwrap(), 2, &["nowhere.csv: No such file"]);
    let mut no_config = command(&machine).unwrap();
    std::fs::remove_file(machine.path("exporter.yaml")).unwrap();
    no_config.arg("--config.check");
    refused(no_config, 2, &["exporter.yaml: No such file", "--config.file"]);
}

#[test]
fn a_configuration_without_an_end_or_a_beginning_is_refused() {
    let machine = machine("intensity: {source: embedded}\n");
    let path = machine.path("exporter.yaml");
    let place = |make: &dyn Fn()| {
        std::fs::remove_file(&path).unwrap();
        make();
    };
    place(&|| assert!(Command::new("mkfifo").arg(&path).status().unwrap().success()));
    refused(command(&machine).unwrap(), 2, &["exporter.yaml: no program writes to this pipe"]);
    place(&|| std::os::unix::fs::symlink("/dev/zero", &path).unwrap());
    refused(command(&machine).unwrap(), 2, &["exporter.yaml: it is longer than"]);
    place(&|| std::fs::write(&path, b"intensity: {source: gb} # \xff\n").unwrap());
    refused(command(&machine).unwrap(), 2, &["exporter.yaml: it is not UTF-8"]);
    place(&|| std::fs::create_dir(&path).unwrap());
    refused(command(&machine).unwrap(), 2, &["exporter.yaml: Is a directory"]);
}

#[test]
fn a_broken_csv_is_refused_by_line_and_column() {
    let machine = machine("intensity: {source: file, path: intensity.csv}\n");
    let csv = "timestamp_utc,gco2_per_kwh\n2026-01-01T00:00:00Z,400\n2026-01-01T00:05:00Z,coal\n";
    std::fs::write(machine.path("intensity.csv"), csv).unwrap();
    refused(
        command(&machine).unwrap(),
        2,
        &["intensity.csv: line 3, column 2 (gco2_per_kwh)", "`coal`"],
    );
}

#[test]
fn a_port_in_use_is_no_fault_of_the_configuration() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let machine = machine("intensity: {source: embedded}\n");
    let mut second = command(&machine).unwrap();
    second.args(["--web.listen-address", &address.to_string()]);
    refused(second, 1, &["cannot listen on 127.0.0.1", "in use", "--web.listen-address"]);
}

#[test]
fn the_check_accepts_a_valid_configuration() {
    let machine = machine("intensity: {source: embedded}\n");
    let output = command(&machine).unwrap().arg("--config.check").output().unwrap();
    assert!(output.status.success());
    let message = String::from_utf8(output.stdout).unwrap();
    assert!(message.contains("exporter.yaml: valid; intensity: embedded, "), "{message}");
}

#[test]
fn the_check_says_what_a_start_finds_in_the_ledger_and_changes_nothing() {
    let yaml = |path: &str| format!("intensity: {{source: embedded}}\nledger: {{path: {path}}}\n");
    let machine = machine(&yaml("ledger.db"));
    let check = || {
        let output = command(&machine).unwrap().arg("--config.check").output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let (status, message) = check();
    assert_eq!(status, Some(0), "{message}");
    assert!(
        message.ends_with("ledger.db does not exist, and is created at the start\n"),
        "{message}"
    );
    assert!(!machine.path("ledger.db").exists() && !machine.path("ledger.db.lock").exists());
    let exporter = Exporter::start(&machine).unwrap();
    wait_for("a commit", || {
        let commits = "gpu_carbon_ledger_commits_total";
        ensure!(exporter.scrape()?.value(commits, &["outcome=\"success\""])? > 0.0);
        Ok(())
    })
    .unwrap();
    let (status, message) = check();
    assert_eq!(status, Some(0), "before a reload: {message}");
    assert!(message.ends_with("is continued; another process uses it now\n"), "{message}");
    drop(exporter);
    machine.configure(&yaml("series.csv")).unwrap();
    std::fs::write(machine.path("series.csv"), "timestamp_utc,gco2_per_kwh\n").unwrap();
    let (status, message) = check();
    assert_eq!(status, Some(1), "{message}");
    assert!(message.contains("is not a ledger, and is left as it is"), "{message}");
    machine.configure(&yaml("nowhere/ledger.db")).unwrap();
    let (status, message) = check();
    assert_eq!(status, Some(1), "{message}");
    assert!(message.contains("its folder must exist, and be writable"), "{message}");
}

#[test]
fn a_missing_driver_is_reported_with_what_to_do() {
    let machine = machine("intensity: {source: embedded}\n");
    std::fs::remove_file(machine.library()).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let log = wait_for("the warning", || {
        let log = exporter.log();
        let line = log.lines().find(|line| line.contains("no GPU can be read"));
        Ok(line.context(log.clone())?.to_owned())
    })
    .unwrap();
    for part in ["install NVIDIA's driver", "--nvml.library", "cargo xtask demo"] {
        assert!(log.contains(part), "{part} is not in {log}");
    }
    // The snapshot that tells of it is published after the line of the log.
    wait_for("the reason", || {
        let (status, page) = exporter.get("/-/ready")?;
        ensure!(status == 503, "{status}: {page}");
        for part in ["install NVIDIA's driver", "libnvidia-ml.so.1"] {
            ensure!(page.contains(part), "{part} is not in {page}");
        }
        Ok(())
    })
    .unwrap();
}
