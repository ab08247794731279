//! Full and read-only disks: they are reported, and the ledger is written again when that is possible.

use std::fs;
use std::path::Path;

use gpu_carbon_core::{Quality, Signal};
use gpu_carbon_ledger::{Ledger, LedgerError, OpenError};

use crate::child_process;
use crate::fixtures::{ZONE, at, batch, folder, posting, presence, reopen};
use crate::oracle::Oracle;
use crate::rows::imbalances;

/// Runs the body of a test in a child process, whose ledger is on a disk of 512 KiB; `script` runs before.
fn on_a_small_disk(test: &str, script: &str, body: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size=512k none {}\n{script}", folder.path().display());
    with_mounts(test, &folder.path().join("ledger.db"), &mount, body);
}

/// Runs the body of a test in a child process, after a shell script that may mount file systems.
fn with_mounts(test: &str, ledger: &Path, script: &str, body: impl FnOnce(&Path)) {
    if let Some(ledger) = child_process::ledger() {
        return body(&ledger);
    }
    let output = child_process::command_with_mounts(test, ledger, script).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed"), "{text}");
}

#[test]
#[ignore = "needs unshare"]
fn needs_unshare_a_full_disk_is_reported_and_the_batch_is_written_when_there_is_space() {
    let test =
        "disk::needs_unshare_a_full_disk_is_reported_and_the_batch_is_written_when_there_is_space";
    on_a_small_disk(test, "", |path| {
        let ballast = path.with_file_name("ballast");
        fs::write(&ballast, vec![1; 128 << 10]).unwrap();
        let (mut ledger, _) = Ledger::open(path, at(0)).unwrap();
        let mut oracle = Oracle::default();
        let mut rejected = None;
        for number in 0..1000 {
            let slots = (0..20).map(|slot| (number * 20 + slot) * 300);
            let used = slots.map(|slot| posting(slot, Some(Quality::Measured), 3.0, 0.5)).collect();
            let known = ledger.state(ZONE, Signal::Average, at(0)).unwrap();
            let next = batch(vec![oracle.enter(0, used, vec![presence(number * 300, 1.0)])]);
            if let Err(error) = ledger.write(&next) {
                assert!(matches!(error, LedgerError::Full { .. }), "{error:?}");
                let expected =
                    format!("the disk of the ledger {} is full: free some space", path.display());
                assert_eq!(error.to_string(), expected);
                assert_eq!(ledger.state(ZONE, Signal::Average, at(0)).unwrap(), known);
                rejected = Some(next);
                break;
            }
        }
        let rejected = rejected.unwrap();
        let repeated = ledger.write(&rejected).unwrap_err();
        assert!(matches!(repeated, LedgerError::Full { .. }), "{repeated:?}");
        fs::remove_file(ballast).unwrap();
        ledger.write(&rejected).unwrap();
        drop(ledger);
        let state = reopen(path).state(ZONE, Signal::Average, at(0)).unwrap().remove(0);
        assert_eq!(state.totals, rejected.gpus[0].totals);
        assert!(imbalances(path)[0].is_below(1e-9));
    });
}

#[test]
#[ignore = "needs unshare"]
fn needs_unshare_a_disk_without_space_for_a_new_ledger_is_reported_and_none_is_created() {
    let test =
        "disk::needs_unshare_a_disk_without_space_for_a_new_ledger_is_reported_and_none_is_created";
    let fill = "dd if=/dev/zero of=\"$GPU_CARBON_TEST_LEDGER-ballast\" bs=1k 2>/dev/null || true";
    on_a_small_disk(test, fill, |path| {
        let error = Ledger::open(path, at(0)).unwrap_err();
        assert!(matches!(error, OpenError::Ledger(LedgerError::Full { .. })), "{error:?}");
        assert!(!path.exists());
        fs::remove_file(path.with_file_name("ledger.db-ballast")).unwrap();
        Ledger::open(path, at(0)).unwrap();
    });
}

#[test]
#[ignore = "needs unshare"]
fn needs_unshare_a_read_only_disk_is_reported() {
    let test = "disk::needs_unshare_a_read_only_disk_is_reported";
    let remount = "mount -o remount,ro \"$(dirname \"$GPU_CARBON_TEST_LEDGER\")\"";
    on_a_small_disk(test, remount, |path| {
        let expected = format!(
            "the ledger {} cannot be opened: Read-only file system (os error 30); its folder must exist, and be writable with the ledger's files in it",
            path.display()
        );
        assert_eq!(Ledger::open(path, at(0)).unwrap_err().to_string(), expected);
    });
}

#[test]
#[ignore = "needs unshare"]
fn needs_unshare_a_read_only_file_is_reported() {
    let test = "disk::needs_unshare_a_read_only_file_is_reported";
    let (_folder, path) = folder();
    drop(Ledger::open(&path, at(0)).unwrap());
    let bind = "mount --bind \"$GPU_CARBON_TEST_LEDGER\" \"$GPU_CARBON_TEST_LEDGER\"
        mount -o remount,ro,bind \"$GPU_CARBON_TEST_LEDGER\"";
    with_mounts(test, &path, bind, |path| {
        let expected = format!(
            "the ledger {} cannot be written: it is read-only; make it and its folder writable",
            path.display()
        );
        assert_eq!(Ledger::open(path, at(0)).unwrap_err().to_string(), expected);
    });
}

#[test]
fn a_missing_folder_is_reported() {
    let error = Ledger::open(Path::new("/nowhere/ledger.db"), at(0)).unwrap_err();
    let expected = "the ledger /nowhere/ledger.db cannot be opened: No such file or directory (os error 2); its folder must exist, and be writable with the ledger's files in it";
    assert_eq!(error.to_string(), expected);
    let source = std::error::Error::source(&error);
    assert!(source.is_none(), "a chain of errors would print the system's error twice");
}
