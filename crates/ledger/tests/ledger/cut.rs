//! A loss of power: the log ends anywhere within its last transaction, or a piece of it was never written.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use gpu_carbon_core::{Quality, Signal};
use gpu_carbon_ledger::{GpuState, Ledger, Opened};

use crate::made::{ZONE, at, batch, folder, gpu, posting, presence};
use crate::rows::{Amounts, Key, entries};

type Known = (Vec<GpuState>, Vec<(Key, Amounts)>);

/// A ledger as the disk has it at some moment, and what it says before and after its last transaction.
struct Disk {
    database: Vec<u8>,
    log: Vec<u8>,
    last: Range<usize>,
    before: Known,
    after: Known,
}

impl Disk {
    fn new() -> Disk {
        let (_folder, path) = folder();
        let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
        let log = beside(&path, "-wal");
        let mut write = |number: u32| {
            let slot = 300 * i64::from(number);
            let used = vec![posting(slot, Some(Quality::Measured), 100.0, 0.5)];
            ledger.write(&batch(vec![gpu(number % 2, used, vec![presence(slot, 1.0)])])).unwrap();
            let known = (ledger.state(ZONE, Signal::Average, at(0)).unwrap(), entries(&path));
            (known, usize::try_from(log.metadata().unwrap().len()).unwrap())
        };
        write(0);
        write(1);
        let (before, start) = write(2);
        let (after, end) = write(3);
        assert_ne!(before, after);
        let (database, log) = (fs::read(&path).unwrap(), fs::read(&log).unwrap());
        assert_eq!(log.len(), end);
        Disk { database, log, last: start..end, before, after }
    }

    /// Checks what a ledger knows that is opened on this log; all of its rows, if asked.
    fn check(&self, path: &Path, log: &[u8], known: &Known, rows: bool) {
        for suffix in ["-shm", "-journal"] {
            assert!(!beside(path, suffix).exists(), "the last one was closed");
        }
        fs::write(path, &self.database).unwrap();
        fs::write(beside(path, "-wal"), log).unwrap();
        let (ledger, opened) = Ledger::open(path, at(0)).unwrap();
        assert_eq!(opened, Opened::Continued);
        assert_eq!(ledger.state(ZONE, Signal::Average, at(0)).unwrap(), known.0, "{}", log.len());
        if rows {
            assert_eq!(entries(path), known.1, "{}", log.len());
        }
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

#[test]
fn a_log_that_ends_at_any_byte_of_its_last_transaction_is_before_or_after_it() {
    let disk = Disk::new();
    let (_folder, path) = folder();
    for end in disk.last.clone() {
        disk.check(&path, &disk.log[..end], &disk.before, end % 64 == 0);
    }
    disk.check(&path, &disk.log, &disk.after, true);
}

#[test]
fn a_log_of_which_any_sector_was_never_written_is_before_its_last_transaction() {
    let disk = Disk::new();
    let (_folder, path) = folder();
    for sector in disk.last.clone().step_by(512) {
        let mut log = disk.log.clone();
        let end = disk.last.end.min(sector + 512);
        log[sector..end].fill(0);
        let zeros_were_to_be_written = log == disk.log;
        let known = if zeros_were_to_be_written { &disk.after } else { &disk.before };
        disk.check(&path, &log, known, true);
    }
}
