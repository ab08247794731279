//! Damage of the ledger between two runs, and files at its path that are no ledger.

use std::fs;
use std::process::Command;

use anyhow::ensure;
use gpu_carbon_tests::exporter::{Exporter, build, command, startup_error};
use gpu_carbon_tests::machine::{Machine, now};
use gpu_carbon_tests::scrape::Scrape;
use gpu_carbon_tests::wait_for;

use super::{TWO, both_read, machine, read_after, report};

/// The energy of a GPU, which is no less than it was.
#[track_caller]
fn energy_after(scrape: &Scrape, before: &Scrape, gpu: usize) -> f64 {
    let [was, is] = [before, scrape].map(|it| it.gpu(gpu, "energy_joules_total").unwrap());
    assert!(is >= was, "{was} J, then {is} J");
    is - was
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

#[test]
fn one_damaged_byte_costs_no_gpu_its_totals() {
    let machine = machine(TWO);
    let mut before = run(&machine);
    let path = machine.path("ledger.db");
    for (what, seed) in [("a page of rows", 0_usize), ("a total", 1)] {
        let mut bytes = fs::read(&path).unwrap();
        let energy = before.gpu(1, "energy_joules_total").unwrap();
        match seed {
            // The type of the last page, which has rows.
            0 => {
                let page = bytes.len() - 4096;
                bytes[page] = 0x77;
            }
            // Each place where the energy of a GPU may be: its exponent.
            _ => {
                let found = reported_energy(&machine);
                let places = positions(&bytes, &found.to_be_bytes());
                let place = *places.first().unwrap_or_else(|| panic!("no {energy} J"));
                bytes[place] ^= 0x20;
            }
        }
        fs::write(&path, bytes).unwrap();
        let exporter = Exporter::start(&machine).unwrap();
        let after = both_read(&exporter, 0.0);
        let log = exporter.log();
        assert!(log.contains("carried over: 2 GPUs with"), "{what}: {log}");
        assert_eq!(after.value("gpu_carbon_ledger_up", &[]).unwrap(), 1.0);
        assert_eq!(after.value("gpu_carbon_ledger_replaced_total", &[]).unwrap(), 1.0);
        for gpu in 0..2 {
            let grown = energy_after(&after, &before, gpu);
            assert!(grown < 360.0 * 60.0, "{what}: {grown} J more");
        }
        before = both_read(&exporter, now());
        assert_eq!(exporter.terminate().unwrap().0, Some(0));
    }
}

/// The energy of the second GPU in the file.
fn reported_energy(machine: &Machine) -> f64 {
    let path = machine.path("ledger.db");
    let (ledger, _) =
        gpu_carbon_ledger::Ledger::open(&path, gpu_carbon_core::Timestamp::EPOCH).unwrap();
    let signal = gpu_carbon_core::Signal::Marginal;
    let now = gpu_carbon_core::Timestamp::EPOCH;
    ledger.state("", signal, now).unwrap()[1].totals.energy_joules
}

fn positions(bytes: &[u8], part: &[u8]) -> Vec<usize> {
    bytes.windows(part.len()).enumerate().filter(|(_, it)| *it == part).map(|(at, _)| at).collect()
}

#[test]
fn a_ledger_that_was_set_aside_beside_a_missing_one_is_continued() {
    let machine = machine(TWO);
    let before = run(&machine);
    let aside = machine.path("ledger.db.corrupt-20261124T120000Z");
    fs::rename(machine.path("ledger.db"), &aside).unwrap();
    let exporter = Exporter::start(&machine).unwrap();
    let after = both_read(&exporter, 0.0);
    energy_after(&after, &before, 0);
    energy_after(&after, &before, 1);
    assert_eq!(after.value("gpu_carbon_ledger_replaced_total", &[]).unwrap(), 1.0);
    let log = exporter.log();
    assert!(log.contains("set aside as corrupt") && log.contains("level=error"), "{log}");
    assert!(aside.exists());
}

#[test]
fn a_file_that_is_no_ledger_is_refused_and_untouched() {
    let machine = machine(TWO);
    let path = machine.path("ledger.db");
    for text in ["timestamp_utc,gco2_per_kwh\n2026-11-24T12:00:00Z,400\n", "intensity: {}\n", "\0"]
    {
        fs::write(&path, text).unwrap();
        let (status, message) = startup_error(command(&machine).unwrap()).unwrap();
        assert_eq!((status, message.lines().count()), (Some(1), 1), "{message}");
        assert!(message.contains("is not a ledger, and is left as it is"), "{message}");
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        let names = fs::read_dir(path.parent().unwrap()).unwrap().flatten();
        let beside = names.filter(|it| it.file_name().to_string_lossy().starts_with("ledger.db"));
        assert_eq!(beside.count(), 1, "nothing is created beside it");
    }
}

#[test]
fn a_ledger_has_one_writer_whatever_happens_to_its_lock_file() {
    let machine = machine(TWO);
    let exporter = Exporter::start(&machine).unwrap();
    both_read(&exporter, 0.0);
    let refused = || {
        let (status, message) = startup_error(command(&machine).unwrap()).unwrap();
        assert_eq!(status, Some(1), "{message}");
        assert!(message.contains("is locked by process"), "{message}");
    };
    fs::remove_file(machine.path("ledger.db.lock")).unwrap();
    refused();
    fs::hard_link(machine.path("ledger.db"), machine.path("other.db")).unwrap();
    let yaml = fs::read_to_string(machine.path("exporter.yaml")).unwrap();
    machine.configure(&yaml.replace("path: ledger.db", "path: other.db")).unwrap();
    refused();
    let up = exporter.scrape().unwrap().value("gpu_carbon_ledger_up", &[]).unwrap();
    assert_eq!(up, 1.0);
}

#[test]
fn a_clean_stop_leaves_one_file_and_a_running_ledger_can_be_copied() {
    let machine = machine(TWO);
    let exporter = Exporter::start(&machine).unwrap();
    let before = both_read(&exporter, now());
    let copy = machine.path("copy.db");
    let output = Command::new(build("gpu-carbon-cli", "gpu-carbon").unwrap())
        .args(["report", "--ledger"])
        .arg(machine.path("ledger.db"))
        .arg("--backup")
        .arg(&copy)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(exporter.terminate().unwrap().0, Some(0));
    for suffix in ["-wal", "-shm"] {
        assert!(!machine.path(&format!("ledger.db{suffix}")).exists(), "{suffix}");
    }
    // The copy has all that was published before it was made, and the file all that was published at all.
    for file in ["copy.db", "ledger.db"] {
        let other = Machine::new(TWO).unwrap();
        fs::copy(machine.path(file), other.path("ledger.db")).unwrap();
        let yaml = fs::read_to_string(machine.path("exporter.yaml")).unwrap();
        other.configure(&yaml).unwrap();
        let exporter = Exporter::start(&other).unwrap();
        let after = wait_for("a reading", || read_after(&exporter, 0, 0.0)).unwrap();
        energy_after(&after, &before, 0);
    }
}

#[test]
fn a_report_of_damaged_rows_names_them_and_counts_the_rest() {
    let machine = machine(TWO);
    run(&machine);
    let sound = report(&machine).unwrap();
    let mut bytes = fs::read(machine.path("ledger.db")).unwrap();
    // The type of each page of rows, of which GPUs are none.
    let pages = (4096..bytes.len()).step_by(4096);
    let of_rows: Vec<usize> =
        pages.filter(|&page| bytes[page] == 10 && bytes[page + 4] > 0).collect();
    for page in of_rows {
        bytes[page] = 0x77;
    }
    fs::write(machine.path("ledger.db"), bytes).unwrap();
    let damaged = report(&machine).unwrap();
    assert_eq!(damaged["damage"].as_array().map(|it| it.is_empty()), Some(false), "{damaged}");
    assert!(sound.get("damage").is_none());
    assert_eq!(damaged["gpus"], sound["gpus"]);
}
