//! A disk that stalls, is full, is read-only, or corrupts data.

use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::ensure;
use gpu_carbon_tests::disk_fault::DiskFault;
use gpu_carbon_tests::exporter::{Exporter, command, startup_error};
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;

use super::{TWO, both_read, ledger_up, machine, read_after};

/// The exporter of a machine, on a disk with a fault.
struct Disk {
    machine: Machine,
    fault: DiskFault,
}

impl Disk {
    fn new() -> Disk {
        let machine = machine(TWO);
        let fault = DiskFault::build(&machine).unwrap();
        Disk { machine, fault }
    }

    fn start(&self) -> Exporter {
        let mut command = command(&self.machine).unwrap();
        self.fault.apply_to(&mut command);
        Exporter::run(command).unwrap()
    }

    fn fail(&self, fault: &str) {
        self.fault.set(fault).unwrap();
    }

    /// Checks that the energy counted between two scrapes is the true one.
    #[track_caller]
    fn check(&self, before: &Scrape, after: &Scrape) {
        let value = |scrape: &Scrape, metric| scrape.gpu(0, metric).unwrap();
        let [from, to] = [before, after].map(|it| value(it, "last_sample_timestamp_seconds"));
        let counted = value(after, "energy_joules_total") - value(before, "energy_joules_total");
        let truth = self.machine.gpu(0).unwrap().energy_joules_between(from, to);
        assert!((counted - truth).abs() <= 2.0 * 360.0 * 0.02, "{counted} J, truly {truth} J");
        let seen = |it: &Scrape| value(it, "energy_joules_total");
        assert!(seen(after) >= seen(before));
    }
}

#[test]
fn a_disk_that_stalls_for_ten_seconds_loses_no_sample_and_stops_no_scrape() {
    let disk = Disk::new();
    let exporter = disk.start();
    let before = both_read(&exporter, 0.0);
    disk.fail("stall");
    let stalled = now();
    let down = wait_for("the delay to be seen", || ledger_up(&exporter, false)).unwrap();
    // Published counters go on, ahead of the disk.
    let ahead = wait_for("samples", || read_after(&exporter, 0, stalled + 9.0)).unwrap();
    disk.check(&before, &ahead);
    assert!(exporter.log().contains("the ledger was not written for 2 s"));
    assert_eq!(
        ahead.gpu(1, "unseen_seconds_total").unwrap(),
        0.0,
        "each sample of power was taken"
    );
    let missed = ahead.values("gpu_carbon_gpu_read_errors_total", &[]).sum::<f64>();
    assert_eq!(missed, 0.0);
    std::thread::sleep(Duration::from_secs_f64((stalled + 10.0 - now()).max(0.0)));
    disk.fail("");
    let up = wait_for("the disk to be back", || ledger_up(&exporter, true)).unwrap();
    disk.check(&ahead, &up);
    assert!(exporter.log().contains("the ledger is written again"), "{}", exporter.log());
    assert!(down.value("gpu_carbon_ledger_commits_total", &["success"]).unwrap() > 0.0);
    drop(exporter);
    let exporter = disk.start();
    disk.check(&up, &both_read(&exporter, now()));
}

#[test]
fn a_disk_that_is_full_or_broken_is_logged_and_survived() {
    let disk = Disk::new();
    let exporter = disk.start();
    for (fault, cause) in [("full", "is full"), ("io", "disk I/O error")] {
        let before = both_read(&exporter, now());
        disk.fail(fault);
        wait_for("the failure", || ledger_up(&exporter, false)).unwrap();
        let failed = wait_for("a failed commit", || {
            let scrape = exporter.scrape()?;
            let failures = scrape.value("gpu_carbon_ledger_commits_total", &["failure"])?;
            ensure!(failures >= 2.0, "{failures}");
            Ok(scrape)
        })
        .unwrap();
        disk.fail("");
        let log = exporter.log();
        let lines: Vec<_> = log.lines().filter(|line| line.contains(cause)).collect();
        assert_eq!(lines.len(), 1, "logged once: {log}");
        let up = wait_for("the disk to be back", || ledger_up(&exporter, true)).unwrap();
        disk.check(&before, &failed);
        disk.check(&failed, &up);
    }
    let (status, _) = exporter.terminate().unwrap();
    assert_eq!(status, Some(0));
}

#[test]
fn a_ledger_on_a_full_disk_at_the_start_is_refused_and_continued_later() {
    let disk = Disk::new();
    let exporter = disk.start();
    let before = both_read(&exporter, now());
    assert_eq!(exporter.terminate().unwrap().0, Some(0));
    let bytes = fs::read(disk.machine.path("ledger.db")).unwrap();
    for damaged in [false, true] {
        if damaged {
            let mut bytes = bytes.clone();
            let last_page = bytes.len() - 4096;
            bytes[last_page] = 0x77;
            fs::write(disk.machine.path("ledger.db"), bytes).unwrap();
        }
        let content = fs::read(disk.machine.path("ledger.db")).unwrap();
        disk.fail("full");
        let mut command = command(&disk.machine).unwrap();
        disk.fault.apply_to(&mut command);
        let (status, message) = startup_error(command).unwrap();
        assert_eq!((status, message.lines().count()), (Some(1), 1), "{message}");
        assert!(message.contains("ledger.db cannot be used: disk I/O error"), "{message}");
        assert_eq!(fs::read(disk.machine.path("ledger.db")).unwrap(), content, "it is unchanged");
    }
    disk.fail("");
    disk.check(&before, &both_read(&disk.start(), now()));
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_at_the_start() {
    let machine = machine(TWO);
    let elsewhere = "intensity: {source: embedded}\nledger: {path: /proc/ledger.db}";
    machine.configure(elsewhere).unwrap();
    let (status, message) = startup_error(command(&machine).unwrap()).unwrap();
    assert_eq!((status, message.lines().count()), (Some(1), 1), "{message}");
    assert!(message.contains("/proc/ledger.db cannot be opened"), "{message}");
}

#[test]
fn a_corrupt_ledger_is_quarantined_at_the_start_and_while_it_is_written() {
    let disk = Disk::new();
    let exporter = disk.start();
    let first = both_read(&exporter, 0.0);
    let aside = |count: usize| {
        let folder = disk.machine.path("ledger.db");
        let entries = fs::read_dir(folder.parent().unwrap()).unwrap().flatten();
        let names: Vec<_> = entries
            .map(|entry| entry.file_name().into_string().unwrap())
            .filter(|name| {
                name.contains(".corrupt-") && !name.ends_with("-wal") && !name.ends_with("-shm")
            })
            .collect();
        assert_eq!(names.len(), count, "{names:?}");
    };
    let (status, _) = exporter.terminate().unwrap();
    assert_eq!(status, Some(0));
    aside(0);
    let mut bytes = fs::read(disk.machine.path("ledger.db")).unwrap();
    bytes[4096..].fill(7); // the first page shows that it is a ledger
    fs::write(disk.machine.path("ledger.db"), bytes).unwrap();
    let exporter = disk.start();
    let fresh = both_read(&exporter, 0.0);
    assert!(
        fresh.gpu(0, "energy_joules_total").unwrap()
            <= first.gpu(0, "energy_joules_total").unwrap() + 360.0
    );
    assert!(exporter.log().contains("corrupt"), "{}", exporter.log());
    aside(1);
    let replaced = |expected: f64| {
        wait_for("the new ledger", || {
            let scrape = exporter.scrape()?;
            let replaced = scrape.value("gpu_carbon_ledger_replaced_total", &[])?;
            ensure!(replaced == expected, "{replaced} times: {}", exporter.log());
            Ok(scrape)
        })
        .unwrap()
    };
    let before = replaced(1.0);
    // A file that is no ledger takes its name.
    fs::write(disk.machine.path("other"), vec![7; 8192]).unwrap();
    fs::rename(disk.machine.path("other"), disk.machine.path("ledger.db")).unwrap();
    let after = replaced(2.0);
    disk.check(&before, &after);
    aside(2);
    // The new ledger has every total.
    drop(exporter);
    disk.check(&after, &both_read(&disk.start(), now()));
}

/// A command under a limit of the shell.
fn limited(command: &Command, limit: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("ulimit {limit}; exec \"$@\"")).arg("sh");
    shell.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}

#[test]
fn a_limit_of_the_length_of_files_is_an_error_of_the_ledger_and_ends_nothing() {
    let machine = machine(TWO);
    // 150 KB: the log of the ledger is longer after some commits.
    let exporter = Exporter::run(limited(&command(&machine).unwrap(), "-f 300")).unwrap();
    let before = both_read(&exporter, 0.0);
    wait_for("the limit", || ledger_up(&exporter, false)).unwrap();
    let after = both_read(&exporter, now() + 3.0);
    let energy = |scrape: &Scrape| scrape.gpu(0, "energy_joules_total").unwrap();
    assert!(energy(&after) > energy(&before), "it is counted, and published");
    let (status, _) = exporter.terminate().unwrap();
    assert_eq!(status, Some(0));
}

#[test]
fn too_few_file_descriptors_are_refused_in_words() {
    let machine = machine(TWO);
    let command = limited(&command(&machine).unwrap(), "-n 12");
    let (status, message) = startup_error(command).unwrap();
    assert_eq!((status, message.lines().count()), (Some(1), 1), "{message}");
    assert!(message.contains("may open 12 files, and needs 64"), "{message}");
}
