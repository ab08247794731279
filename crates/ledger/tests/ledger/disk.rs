//! A disk that is full, or read-only: said, and written to again when it can be.

use std::fs;
use std::path::Path;

use gpu_carbon_core::{Quality, Signal};
use gpu_carbon_ledger::{Ledger, LedgerError, OpenError};

use crate::child::{self, can_mount, child_on_a_disk_of_its_own};
use crate::made::{ZONE, at, batch, folder, posting, presence, reopen};
use crate::oracle::Oracle;
use crate::rows::imbalances;

/// Runs a test on a small disk of its own.
fn on_a_small_disk(test: &str, shell: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mount = format!("mount -t tmpfs -o size=512k none {}\n{shell}", folder.path().display());
    run(test, &folder.path().join("ledger.db"), &mount);
}

/// Runs a test after some lines of shell, where these may mount what nobody else sees.
#[allow(clippy::print_stderr)]
fn run(test: &str, ledger: &Path, shell: &str) {
    if !can_mount() {
        eprintln!("skipped: this user may mount nothing, be it for itself alone");
        return;
    }
    let output = child_on_a_disk_of_its_own(test, ledger, shell).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "{said}");
}

#[test]
fn a_full_disk_is_said_and_the_batch_is_written_when_there_is_room() {
    on_a_small_disk("disk::writes_until_the_disk_is_full", "");
}

#[test]
#[ignore = "a process for the test above"]
fn writes_until_the_disk_is_full() {
    let Some(path) = child::ledger() else { return };
    let ballast = path.with_file_name("ballast");
    fs::write(&ballast, vec![1; 128 << 10]).unwrap();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let mut oracle = Oracle::default();
    let mut refused = None;
    for number in 0..1000 {
        let slots = (0..20).map(|slot| (number * 20 + slot) * 300);
        let used = slots.map(|slot| posting(slot, Some(Quality::Measured), 3.0, 0.5)).collect();
        let known = ledger.state(ZONE, Signal::Average, at(0)).unwrap();
        let next = batch(vec![oracle.enter(0, used, vec![presence(number * 300, 1.0)])]);
        if let Err(error) = ledger.write(&next) {
            assert!(matches!(error, LedgerError::Full { .. }), "{error:?}");
            let said =
                format!("the disk of the ledger {} is full: free some space", path.display());
            assert_eq!(error.to_string(), said);
            assert_eq!(ledger.state(ZONE, Signal::Average, at(0)).unwrap(), known);
            refused = Some(next);
            break;
        }
    }
    let refused = refused.unwrap();
    let again = ledger.write(&refused).unwrap_err();
    assert!(matches!(again, LedgerError::Full { .. }), "{again:?}");
    fs::remove_file(ballast).unwrap();
    ledger.write(&refused).unwrap();
    drop(ledger);
    let state = reopen(&path).state(ZONE, Signal::Average, at(0)).unwrap().remove(0);
    assert_eq!(state.totals, refused.gpus[0].totals);
    assert!(imbalances(&path)[0].iter().all(|rest| rest.abs() < 1e-9));
}

#[test]
fn a_disk_without_room_for_a_new_ledger_is_said_and_nothing_is_begun() {
    let fill = "dd if=/dev/zero of=\"$GPU_CARBON_TEST_LEDGER-ballast\" bs=1k 2>/dev/null || true";
    on_a_small_disk("disk::finds_no_room", fill);
}

#[test]
#[ignore = "a process for the test above"]
fn finds_no_room() {
    let Some(path) = child::ledger() else { return };
    let error = Ledger::open(&path, at(0)).unwrap_err();
    assert!(matches!(error, OpenError::Ledger(LedgerError::Full { .. })), "{error:?}");
    assert!(!path.exists());
    fs::remove_file(path.with_file_name("ledger.db-ballast")).unwrap();
    Ledger::open(&path, at(0)).unwrap();
}

#[test]
fn a_read_only_disk_is_said() {
    let shell = "mount -o remount,ro \"$(dirname \"$GPU_CARBON_TEST_LEDGER\")\"";
    on_a_small_disk("disk::finds_a_read_only_disk", shell);
}

#[test]
#[ignore = "a process for the test above"]
fn finds_a_read_only_disk() {
    let Some(path) = child::ledger() else { return };
    let said = Ledger::open(&path, at(0)).unwrap_err().to_string();
    let expected = format!(
        "the ledger {} cannot be opened: Read-only file system (os error 30); its folder must exist, and be writable with the ledger's files in it",
        path.display()
    );
    assert_eq!(said, expected);
}

#[test]
fn a_read_only_file_is_said() {
    let (_folder, path) = folder();
    drop(Ledger::open(&path, at(0)).unwrap());
    let shell = "mount --bind \"$GPU_CARBON_TEST_LEDGER\" \"$GPU_CARBON_TEST_LEDGER\"
        mount -o remount,ro,bind \"$GPU_CARBON_TEST_LEDGER\"";
    run("disk::finds_a_read_only_file", &path, shell);
}

#[test]
#[ignore = "a process for the test above"]
fn finds_a_read_only_file() {
    let Some(path) = child::ledger() else { return };
    let said = Ledger::open(&path, at(0)).unwrap_err().to_string();
    let path = path.display();
    assert_eq!(
        said,
        format!(
            "the ledger {path} cannot be written: it is read-only; make it and its folder writable"
        )
    );
}

#[test]
fn a_folder_that_is_not_there_is_said() {
    let error = Ledger::open(Path::new("/nowhere/ledger.db"), at(0)).unwrap_err();
    let said = "the ledger /nowhere/ledger.db cannot be opened: No such file or directory (os error 2); its folder must exist, and be writable with the ledger's files in it";
    assert_eq!(error.to_string(), said);
    assert!(std::error::Error::source(&error).is_none(), "a chain of errors would say it twice");
}
