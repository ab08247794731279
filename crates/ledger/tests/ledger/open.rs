//! What a ledger is opened on.

use std::fs;
use std::path::{Path, PathBuf};

use gpu_carbon_core::{Quality, Signal};
use gpu_carbon_ledger::{Ledger, LedgerError, OpenError, Opened};

use crate::made::{ZONE, at, batch, folder, gpu, posting, reopen};

#[test]
fn begins_where_there_is_nothing_and_goes_on_where_there_is_a_ledger() {
    let (_folder, path) = folder();
    let (ledger, opened) = Ledger::open(&path, at(0)).unwrap();
    assert_eq!(opened, Opened::New);
    drop(ledger);
    reopen(&path);
    fs::write(&path, "").unwrap();
    let (ledger, opened) = Ledger::open(&path, at(0)).unwrap();
    assert_eq!(opened, Opened::New, "an empty file is nothing");
    assert_eq!(ledger.path(), path);
}

#[test]
fn one_process_has_it_by_whatever_name() {
    let (folder, path) = folder();
    let (_ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    for name in [&path, &link] {
        let error = Ledger::open(name, at(0)).unwrap_err();
        let said = format!(
            "the ledger {} is locked by process {}: stop that process, or configure another ledger for this one",
            path.display(),
            std::process::id()
        );
        assert_eq!(error.to_string(), said);
    }
}

#[test]
fn a_link_to_what_is_not_there_yet_is_followed() {
    let (folder, path) = folder();
    for (link, to) in [("one.db", "two.db"), ("two.db", "ledger.db")] {
        std::os::unix::fs::symlink(to, folder.path().join(link)).unwrap();
    }
    let (ledger, opened) = Ledger::open(&folder.path().join("one.db"), at(0)).unwrap();
    assert_eq!((ledger.path(), opened), (&*path, Opened::New));
    assert!(path.is_file() && folder.path().join("two.db").is_symlink());
}

#[test]
fn a_lock_that_was_removed_lets_no_two_write() {
    let (_folder, path) = folder();
    let (mut first, _) = Ledger::open(&path, at(0)).unwrap();
    let used = || batch(vec![gpu(0, vec![posting(0, None, 500.0, 0.0)], vec![])]);
    let remove = || fs::remove_file(path.with_file_name("ledger.db.lock")).unwrap();
    remove();
    first.write(&used()).unwrap();
    assert!(matches!(Ledger::open(&path, at(0)), Err(OpenError::Locked { .. })), "taken again");
    remove();
    let (mut second, _) = Ledger::open(&path, at(0)).unwrap();
    second.write(&used()).unwrap();
    let error = first.write(&used()).unwrap_err().to_string();
    assert!(error.starts_with("the lock of the ledger was removed: the ledger"), "{error}");
    drop(second);
    first.write(&used()).unwrap();
}

#[test]
fn what_is_no_database_is_set_aside() {
    let (_folder, path) = folder();
    fs::write(&path, "these are no books").unwrap();
    for to in ["ledger.db.corrupt-20261124T120000Z", "ledger.db.corrupt-20261124T120000Z-2"] {
        let to = path.with_file_name(to);
        let (ledger, opened) = Ledger::open(&path, at(0)).unwrap();
        let why = "it does not begin as an SQLite database does".to_owned();
        assert_eq!(opened, Opened::Quarantined { to: to.clone(), reason: why });
        assert_eq!(ledger.state(ZONE, Signal::Average, at(0)).unwrap(), []);
        drop(ledger);
        assert_eq!(fs::read(&to).unwrap(), b"these are no books");
        fs::write(&path, "these are no books").unwrap();
    }
}

#[test]
fn what_is_found_corrupt_while_open_is_set_aside_and_its_totals_go_on() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let first = gpu(0, vec![posting(0, None, 500.0, 0.0)], vec![]);
    ledger.write(&batch(vec![first])).unwrap();
    let (mut ledger, to) = ledger.recreate(at(0)).unwrap();
    assert!(to.exists());
    assert_eq!(ledger.state(ZONE, Signal::Average, at(0)).unwrap(), []);
    let mut next = gpu(0, vec![posting(0, None, 7.0, 0.0)], vec![]);
    next.totals.energy_joules = 507.0;
    ledger.write(&batch(vec![next])).unwrap();
    let state = ledger.state(ZONE, Signal::Average, at(0)).unwrap().remove(0);
    assert_eq!(state.totals.energy_joules, 507.0);
    assert_eq!(state.pending[0].energy_joules, 7.0, "the rows are in the other file");
    let error = Ledger::open(&path, at(0)).unwrap_err();
    assert!(matches!(error, OpenError::Locked { .. }), "the lock was never let go: {error}");
}

#[test]
fn a_file_that_was_removed_or_replaced_is_noticed_and_its_totals_go_on() {
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
        let said = format!(
            "the ledger {} is corrupt: it was removed or replaced while it was open",
            path.display()
        );
        assert_eq!(error.to_string(), said);
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

/// What another program asks of the database.
fn by_another(path: &Path, statement: &str) {
    rusqlite::Connection::open(path).unwrap().execute_batch(statement).unwrap();
}

/// What is done to the files of an open ledger, and whether what was written is still there when it is opened again.
type Disturbance = (&'static str, fn(&Path), bool);

#[test]
fn files_that_are_disturbed_while_it_is_open_are_noticed() {
    let disturbances: [Disturbance; 7] = [
        ("the log is removed", |path| fs::remove_file(file(path, "-wal")).unwrap(), true),
        ("its index is removed", |path| fs::remove_file(file(path, "-shm")).unwrap(), true),
        (
            "both are removed",
            |path| ["-wal", "-shm"].iter().for_each(|it| fs::remove_file(file(path, it)).unwrap()),
            true,
        ),
        (
            "another program empties the log into the database",
            |path| by_another(path, "PRAGMA wal_checkpoint(TRUNCATE)"),
            true,
        ),
        ("the log is cut", |path| cut(path, "-wal", 100), false),
        ("the log is emptied", |path| cut(path, "-wal", 0), false),
        ("the database is cut", |path| cut(path, "", 4096), false),
    ];
    for (what, disturb, stays) in disturbances {
        let (_folder, path) = folder();
        let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
        let used = |joules: f64| batch(vec![gpu(0, vec![posting(0, None, joules, 0.0)], vec![])]);
        ledger.write(&used(500.0)).unwrap();
        disturb(&path);
        let error = ledger.write(&used(7.0)).unwrap_err();
        assert!(matches!(error, LedgerError::Disturbed { .. }), "{what}: {error}");
        drop(ledger);
        let (ledger, opened) = Ledger::reopen(&path, at(0)).unwrap();
        let read = ledger.read_at("GPU-0").unwrap();
        assert_eq!(opened == Opened::Continued && read == Some(at(1)), stays, "{what}: {opened:?}");
        if stays {
            let state = ledger.state(ZONE, Signal::Average, at(0)).unwrap().remove(0);
            assert_eq!(state.pending[0].energy_joules, 500.0, "{what}");
        }
    }
}

#[test]
fn what_others_do_with_sqlite_disturbs_nobody() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let used = || batch(vec![gpu(0, vec![posting(0, None, 5.0, 0.0)], vec![])]);
    let mut energy = 0.0;
    for statement in ["SELECT * FROM readable", "PRAGMA wal_checkpoint(PASSIVE)", "ANALYZE"] {
        ledger.write(&used()).unwrap();
        energy += 5.0;
        by_another(&path, statement);
        let kept = &ledger.state(ZONE, Signal::Average, at(0)).unwrap()[0].pending[0];
        assert_eq!(kept.energy_joules, energy, "{statement}");
    }
    ledger.write(&used()).unwrap();
}

#[test]
fn the_signal_is_that_of_the_newest_price() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    assert_eq!(ledger.signal().unwrap(), None);
    let waits = gpu(0, vec![posting(0, None, 500.0, 0.0)], vec![]);
    ledger.write(&batch(vec![waits])).unwrap();
    assert_eq!(ledger.signal().unwrap(), None);
    let priced = posting(300, Some(Quality::Measured), 500.0, 1.0);
    let mut other = priced.clone();
    (other.slot, other.origin.signal) = (at(0), Signal::Marginal);
    ledger.write(&batch(vec![gpu(0, vec![other, priced], vec![])])).unwrap();
    assert_eq!(ledger.signal().unwrap(), Some(Signal::Average));
}
