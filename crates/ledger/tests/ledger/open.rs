//! Opening: a missing file, a ledger, other files, and files that are changed while the ledger is open.

use std::fs;
use std::path::{Path, PathBuf};

use gpu_carbon_core::{Quality, Signal};
use gpu_carbon_ledger::{Ledger, LedgerError, OpenError, Opened, Salvaged};

use crate::fixtures::{ZONE, at, batch, folder, gpu, posting, reopen};

#[test]
fn a_missing_ledger_is_created_and_an_existing_one_is_continued() {
    let (_folder, path) = folder();
    let (ledger, opened) = Ledger::open(&path, at(0)).unwrap();
    assert_eq!(opened, Opened::New);
    drop(ledger);
    reopen(&path);
    fs::write(&path, "").unwrap();
    let (ledger, opened) = Ledger::open(&path, at(0)).unwrap();
    assert_eq!(opened, Opened::New, "an empty file is a missing ledger");
    assert_eq!(ledger.path(), path);
}

#[test]
fn a_ledger_is_locked_under_all_of_its_names() {
    let (folder, path) = folder();
    let (_ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    for name in [&path, &link] {
        let error = Ledger::open(name, at(0)).unwrap_err();
        let expected = format!(
            "the ledger {} is locked by process {}: stop that process, or configure another ledger for this one",
            path.display(),
            std::process::id()
        );
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_link_to_a_missing_file_is_followed() {
    let (folder, path) = folder();
    for (link, to) in [("one.db", "two.db"), ("two.db", "ledger.db")] {
        std::os::unix::fs::symlink(to, folder.path().join(link)).unwrap();
    }
    let (ledger, opened) = Ledger::open(&folder.path().join("one.db"), at(0)).unwrap();
    assert_eq!((ledger.path(), opened), (&*path, Opened::New));
    assert!(path.is_file() && folder.path().join("two.db").is_symlink());
}

#[test]
fn a_removed_lock_file_does_not_allow_two_writers() {
    let (_folder, path) = folder();
    let (mut first, _) = Ledger::open(&path, at(0)).unwrap();
    let used = || batch(vec![gpu(0, vec![posting(0, None, 500.0, 0.0)], vec![])]);
    let remove = || fs::remove_file(path.with_file_name("ledger.db.lock")).unwrap();
    remove();
    let is_locked = || matches!(Ledger::open(&path, at(0)), Err(OpenError::Locked { .. }));
    assert!(is_locked(), "the database itself is locked");
    first.write(&used()).unwrap();
    assert!(is_locked(), "and the lock file again");
    remove();
    first.write(&used()).unwrap();
    drop(first);
    reopen(&path);
}

#[test]
fn a_hard_link_does_not_allow_two_writers() {
    let (folder, path) = folder();
    let (_ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let link = folder.path().join("link.db");
    fs::hard_link(&path, &link).unwrap();
    let error = Ledger::open(&link, at(0)).unwrap_err().to_string();
    assert!(error.contains("link.db is locked by process (unknown)"), "{error}");
}

#[test]
fn a_file_that_is_no_ledger_any_more_is_quarantined_by_its_writer() {
    let (_folder, path) = folder();
    for to in ["ledger.db.corrupt-20261124T120000Z", "ledger.db.corrupt-20261124T120000Z-2"] {
        fs::write(&path, "not a ledger").unwrap();
        assert!(matches!(Ledger::open(&path, at(0)), Err(OpenError::NotALedger { .. })));
        let to = path.with_file_name(to);
        let (ledger, opened) = Ledger::reopen(&path, at(0)).unwrap();
        let reason = "it is not a ledger any more".to_owned();
        let salvaged = Salvaged::default();
        assert_eq!(opened, Opened::Quarantined { to: to.clone(), reason, salvaged });
        assert_eq!(ledger.state(ZONE, Signal::Average, at(0)).unwrap(), []);
        drop(ledger);
        assert_eq!(fs::read(&to).unwrap(), b"not a ledger");
    }
}

#[test]
fn a_recreated_ledger_carries_the_totals_and_keeps_the_lock() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let first = gpu(0, vec![posting(0, None, 500.0, 0.0)], vec![]);
    ledger.write(&batch(vec![first])).unwrap();
    let (mut ledger, to) = ledger.recreate(at(0)).unwrap();
    assert!(to.exists());
    let state = ledger.state(ZONE, Signal::Average, at(0)).unwrap().remove(0);
    assert_eq!(
        (state.totals.energy_joules, state.pending.len()),
        (500.0, 1),
        "all of the old file"
    );
    let mut next = gpu(0, vec![posting(0, None, 7.0, 0.0)], vec![]);
    next.totals.energy_joules = 507.0;
    ledger.write(&batch(vec![next])).unwrap();
    let state = ledger.state(ZONE, Signal::Average, at(0)).unwrap().remove(0);
    assert_eq!(state.totals.energy_joules, 507.0);
    assert_eq!(state.pending[0].energy_joules, 7.0, "the earlier rows are in the other file");
    let error = Ledger::open(&path, at(0)).unwrap_err();
    assert!(matches!(error, OpenError::Locked { .. }), "the lock was never released: {error}");
}

#[test]
fn a_removed_or_replaced_file_is_detected_and_its_totals_are_carried() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let used = || gpu(0, vec![posting(0, None, 500.0, 0.0)], vec![]);
    ledger.write(&batch(vec![used()])).unwrap();
    for replacement in [None, Some("a copy from elsewhere")] {
        fs::remove_file(&path).unwrap();
        if let Some(replacement) = replacement {
            fs::write(&path, replacement).unwrap();
        }
        let error = ledger.write(&batch(vec![used()])).unwrap_err();
        assert!(error.is_corrupt());
        let expected = format!(
            "the ledger {} is corrupt: it was removed or replaced while it was open",
            path.display()
        );
        assert_eq!(error.to_string(), expected);
        let to;
        (ledger, to) = ledger.recreate(at(0)).unwrap();
        assert_eq!(fs::read_to_string(to).ok().as_deref(), replacement);
        ledger.write(&batch(vec![used()])).unwrap();
    }
    drop(ledger);
    let state = reopen(&path).state(ZONE, Signal::Average, at(0)).unwrap().remove(0);
    assert_eq!(state.totals.energy_joules, 500.0);
}

fn file(path: &Path, suffix: &str) -> PathBuf {
    path.with_file_name(format!("ledger.db{suffix}"))
}

fn cut(path: &Path, suffix: &str, length: u64) {
    let opened = fs::OpenOptions::new().write(true).open(file(path, suffix));
    opened.unwrap().set_len(length).unwrap();
}

/// Executes a statement in another connection.
fn execute(path: &Path, statement: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(statement).unwrap();
}

/// A change of the files of an open ledger.
struct Disturbance {
    description: &'static str,
    apply: fn(&Path),
    /// True if the batch that was written before is still there when the ledger is reopened.
    keeps_the_batch: bool,
}

#[test]
fn files_that_are_changed_while_the_ledger_is_open_are_detected() {
    let disturbances = [
        Disturbance {
            description: "the log is removed",
            apply: |path| fs::remove_file(file(path, "-wal")).unwrap(),
            keeps_the_batch: true,
        },
        Disturbance {
            description: "the log's index is removed",
            apply: |path| fs::remove_file(file(path, "-shm")).unwrap(),
            keeps_the_batch: true,
        },
        Disturbance {
            description: "both are removed",
            apply: |path| {
                ["-wal", "-shm"].iter().for_each(|it| fs::remove_file(file(path, it)).unwrap());
            },
            keeps_the_batch: true,
        },
        Disturbance {
            description: "another program moves the log into the database",
            apply: |path| execute(path, "PRAGMA wal_checkpoint(TRUNCATE)"),
            keeps_the_batch: true,
        },
        Disturbance {
            description: "the log is cut",
            apply: |path| cut(path, "-wal", 100),
            keeps_the_batch: false,
        },
        Disturbance {
            description: "the log is emptied",
            apply: |path| cut(path, "-wal", 0),
            keeps_the_batch: false,
        },
        Disturbance {
            description: "the database is cut",
            apply: |path| cut(path, "", 4096),
            keeps_the_batch: false,
        },
    ];
    for Disturbance { description, apply, keeps_the_batch } in disturbances {
        let (_folder, path) = folder();
        let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
        let used = |joules: f64| batch(vec![gpu(0, vec![posting(0, None, joules, 0.0)], vec![])]);
        ledger.write(&used(500.0)).unwrap();
        apply(&path);
        let error = ledger.write(&used(7.0)).unwrap_err();
        assert!(matches!(error, LedgerError::Disturbed { .. }), "{description}: {error}");
        drop(ledger);
        let (ledger, opened) = Ledger::reopen(&path, at(0)).unwrap();
        let read = ledger.read_at("GPU-0").unwrap();
        let continues = opened == Opened::Continued && read == Some(at(1));
        assert_eq!(continues, keeps_the_batch, "{description}: {opened:?}");
        if keeps_the_batch {
            let state = ledger.state(ZONE, Signal::Average, at(0)).unwrap().remove(0);
            assert_eq!(state.pending[0].energy_joules, 500.0, "{description}");
        }
    }
}

#[test]
fn other_connections_do_not_disturb_the_writer() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let used = || batch(vec![gpu(0, vec![posting(0, None, 5.0, 0.0)], vec![])]);
    let mut energy = 0.0;
    for statement in ["SELECT * FROM readable", "PRAGMA wal_checkpoint(PASSIVE)", "ANALYZE"] {
        ledger.write(&used()).unwrap();
        energy += 5.0;
        execute(&path, statement);
        let pending = &ledger.state(ZONE, Signal::Average, at(0)).unwrap()[0].pending[0];
        assert_eq!(pending.energy_joules, energy, "{statement}");
    }
    ledger.write(&used()).unwrap();
}

#[test]
fn the_signal_is_that_of_the_newest_converted_energy() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    assert_eq!(ledger.signal().unwrap(), None);
    let pending = gpu(0, vec![posting(0, None, 500.0, 0.0)], vec![]);
    ledger.write(&batch(vec![pending])).unwrap();
    assert_eq!(ledger.signal().unwrap(), None);
    let converted = posting(300, Some(Quality::Measured), 500.0, 1.0);
    let mut other = converted.clone();
    (other.slot, other.origin.signal) = (at(0), Signal::Marginal);
    ledger.write(&batch(vec![gpu(0, vec![other, converted], vec![])])).unwrap();
    assert_eq!(ledger.signal().unwrap(), Some(Signal::Average));
}
