//! Files in the place of the ledger, or beside it, that are of another kind, another version, or damaged anywhere.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;

use anyhow::ensure;
use gpu_carbon_tests::exporter::{Exporter, command, startup_error};
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;

use super::{TWO, both_read, machine, report};

/// The length of a page of the ledger, in bytes.
const PAGE: usize = 4096;

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[track_caller]
fn check_refused(machine: &Machine, what: &str, part: &str) {
    let (status, message) = startup_error(command(machine).unwrap()).unwrap();
    assert_eq!((status, message.lines().count()), (Some(1), 1), "{what}: {message}");
    let is_named = message.contains("ledger.db") || message.contains("/dev/zero");
    assert!(is_named && message.contains(part), "{what}: {message}");
}

#[test]
fn what_is_no_file_is_refused_in_one_line() {
    type Make = fn(&Path);
    let makers: [(&str, &str, Make); 8] = [
        ("a folder", "", |path| fs::create_dir(path).unwrap()),
        ("a pipe", "", pipe),
        ("a socket", "", |path| drop(UnixListener::bind(path).unwrap())),
        ("a device", "", |path| symlink("/dev/zero", path).unwrap()),
        ("a link to itself", "", |path| symlink("ledger.db", path).unwrap()),
        ("a pipe", ".lock", pipe),
        ("a pipe", "-wal", pipe),
        ("a folder", "-wal", |path| fs::create_dir(path).unwrap()),
    ];
    for (what, suffix, make) in makers {
        let machine = machine(TWO);
        make(&machine.path(&format!("ledger.db{suffix}")));
        check_refused(&machine, &format!("{what} at ledger.db{suffix}"), "");
    }
}

/// Runs the exporter, and stops it.
fn run(machine: &Machine) -> Scrape {
    let exporter = Exporter::start(machine).unwrap();
    both_read(&exporter, 0.0);
    let scrape = wait_for("energy", || {
        let scrape = both_read(&exporter, now());
        ensure!(scrape.gpu(1, "energy_joules_total")? > 0.0, "none yet");
        Ok(scrape)
    })
    .unwrap();
    assert_eq!(exporter.terminate().unwrap().0, Some(0));
    scrape
}

/// Checks that a start goes on from the totals of a run before: to a counter's step, and with unseen time where there is no
/// counter.
#[track_caller]
fn check_goes_on(machine: &Machine, what: &str, before: &Scrape) -> String {
    let exporter = Exporter::start(machine).unwrap_or_else(|error| panic!("{what}: {error:#}"));
    let after = both_read(&exporter, now());
    let since = |gpu: usize, metric: &str| {
        after.gpu(gpu, metric).unwrap() - before.gpu(gpu, metric).unwrap_or_default()
    };
    let passed = [0, 1].map(|gpu| since(gpu, "last_sample_timestamp_seconds"));
    let joules = since(0, "energy_joules_total");
    assert!(
        (joules - 360.0 * passed[0]).abs() <= 360.0 * 0.1,
        "{what}: {joules} J: {}",
        exporter.log()
    );
    let known = since(1, "energy_joules_total") / 100.0 + since(1, "unseen_seconds_total");
    assert!(
        (known - passed[1]).abs() <= 0.3,
        "{what}: {known} s of {passed:?}: {}",
        exporter.log()
    );
    assert_eq!(after.value("gpu_carbon_ledger_up", &[]).unwrap(), 1.0, "{what}");
    let log = exporter.log();
    assert_eq!(exporter.terminate().unwrap().0, Some(0), "{what}");
    assert!(report(machine).unwrap().get("damage").is_none(), "{what}");
    log
}

/// Copies the files of a ledger to an empty machine, of which one has other content.
fn copied(from: &Machine, name: &str, content: &[u8]) -> Machine {
    let machine = machine(TWO);
    fs::copy(from.path("ledger.db"), machine.path("ledger.db")).unwrap();
    fs::write(machine.path(name), content).unwrap();
    machine
}

#[test]
fn damage_of_any_page_costs_no_gpu_its_energy() {
    let sound = machine(TWO);
    let before = run(&sound);
    let bytes = fs::read(sound.path("ledger.db")).unwrap();
    for page in 0..bytes.len() / PAGE {
        for (what, from, with) in
            [("the type of", 0, 1), ("all of", 0, PAGE), ("the end of", PAGE / 2, PAGE / 2)]
        {
            let mut damaged = bytes.clone();
            damaged[page * PAGE + from..][..with].fill(0x77);
            let machine = copied(&sound, "ledger.db", &damaged);
            if page == 0 && with == PAGE {
                // Nothing in the file shows that it is a ledger.
                check_refused(&machine, what, "is not a ledger");
                continue;
            }
            check_goes_on(&machine, &format!("{what} page {}", page + 1), &before);
        }
    }
}

#[test]
fn files_beside_a_closed_ledger_that_are_not_its_own_harm_nothing() {
    let sound = machine(TWO);
    let before = run(&sound);
    let garbage: Vec<u8> = (0..9000_u32).map(|at| (at * 31 % 251) as u8).collect();
    for name in
        ["ledger.db-wal", "ledger.db-shm", "ledger.db-journal", "ledger.db.new", "ledger.db.lock"]
    {
        for content in [&garbage[..], b""] {
            let machine = copied(&sound, name, content);
            let log = check_goes_on(&machine, name, &before);
            assert!(log.contains("opened the ledger"), "{name}: {log}");
        }
    }
}
