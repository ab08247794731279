//! Reports on a ledger that is in use, or in a folder that is not writable.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use gpu_carbon_ledger::Batch;

use super::ledgers::{at, gpus, ledger};
use super::{number, report, reported};
use crate::harness::{Outcome, outcome};

/// Runs a report as a user who may not write in the folder.
fn report_without_write_access(path: &Path) -> Outcome {
    let folder = path.parent().unwrap();
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let binary = tempfile::tempdir().unwrap();
    for (path, mode) in [(folder, 0o555), (binary.path(), 0o755)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let program = binary.path().join("gpu-carbon");
    // Another process copies the program: a copy by this one could be open for writing in a process forked meanwhile.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_gpu-carbon")).arg(&program).status();
    assert!(copied.unwrap().success());
    let mut command = Command::new(program);
    command.args(["report", "--ledger"]).arg(path).args(["--format", "csv"]).current_dir("/");
    if is_root {
        command.uid(65534).gid(65534); // the user `nobody`, since root may write everywhere
    }
    outcome(&mut command)
}

/// Returns the files of a folder, and their contents.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut contents: Vec<_> = paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    contents.sort();
    contents
}

#[test]
fn the_folder_need_not_be_writable_and_does_not_change() {
    let (folder, path, ledger) = ledger(gpus());
    let expected = report(&path, "--format csv").out;
    let check = |what| {
        let before = contents(folder.path());
        for outcome in [report_without_write_access(&path), report(&path, "--format csv")] {
            assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""), "{what}");
            assert_eq!(outcome.out, expected, "{what}");
        }
        assert!(contents(folder.path()) == before, "{what}");
    };
    check("beside its writer");
    // The files that a killed writer leaves.
    let left = ["-wal", "-shm"].map(|suffix| {
        let beside = PathBuf::from(format!("{}{suffix}", path.display()));
        let bytes = fs::read(&beside).unwrap();
        (beside, bytes)
    });
    let database = fs::read(&path).unwrap();
    drop(ledger);
    check("after its writer");
    fs::write(&path, database).unwrap();
    for (beside, bytes) in &left {
        fs::write(beside, bytes).unwrap();
    }
    check("of a writer that was killed");
    fs::remove_file(&left[1].0).unwrap();
    check("without the index of its log");
}

#[test]
fn a_writer_continues_beside_reports() {
    let (_folder, path, mut ledger) = ledger(gpus());
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for count in 1.. {
                let mut gpu = gpus().remove(1);
                gpu.totals.energy_joules += 10.0 * f64::from(count);
                gpu.postings.truncate(1);
                gpu.postings[0].energy_joules = 10.0;
                gpu.postings[0].emissions_grams = 0.01;
                gpu.presence.clear();
                ledger.write(&Batch { at: at("2026-11-24T11:02:30Z"), gpus: vec![gpu] }).unwrap();
                if ended.load(Ordering::Relaxed) {
                    break;
                }
            }
        });
        let start = 60.0 * 34.0 * 3600.0;
        let mut before = 0.0;
        for count in 0..1000 {
            let total = &reported(&path, "--by day")["total"];
            let energy = number(total, "integrated_kilowatt_hours") * 3.6e6;
            let written = (energy - start) / 10.0;
            assert!((written - written.round()).abs() < 1e-3, "whole batches: {written}");
            assert!(energy >= before);
            before = energy;
            if count >= 20 && before > start {
                break;
            }
        }
        ended.store(true, Ordering::Relaxed);
        assert!(before > start, "the ledger was written meanwhile");
    });
}
