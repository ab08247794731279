//! A loss of power: the log ends within its last transaction, or a part of it was never written.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use gpu_carbon_core::{Quality, Signal};
use gpu_carbon_ledger::{GpuState, Ledger, Opened};

use crate::fixtures::{ZONE, at, batch, folder, gpu, posting, presence, tries_more_cases};
use crate::rows::{Entry, entries};

/// The bytes of the header of SQLite's log, of that of each of its frames, and of the page in a frame
/// (<https://sqlite.org/fileformat2.html#the_write_ahead_log>).
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
const PAGE: usize = 4096;

/// The content of a ledger.
#[derive(Debug, PartialEq)]
struct Content {
    states: Vec<GpuState>,
    entries: Vec<Entry>,
}

/// The files of a ledger, and its content before and after the last transaction.
struct Disk {
    database: Vec<u8>,
    log: Vec<u8>,
    /// The bytes of the log that the last transaction added.
    last: Range<usize>,
    before: Content,
    after: Content,
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
            let states = ledger.state(ZONE, Signal::Average, at(0)).unwrap();
            let content = Content { states, entries: entries(&path) };
            (content, usize::try_from(log.metadata().unwrap().len()).unwrap())
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

    /// Opens the ledger with this log, and checks its state and, with `rows`, its rows.
    fn check(&self, path: &Path, log: &[u8], expected: &Content, rows: bool) {
        for suffix in ["-shm", "-journal"] {
            assert!(!beside(path, suffix).exists(), "the last ledger was closed");
        }
        fs::write(path, &self.database).unwrap();
        fs::write(beside(path, "-wal"), log).unwrap();
        let (ledger, opened) = Ledger::open(path, at(0)).unwrap();
        assert_eq!(opened, Opened::Continued);
        assert_eq!(
            ledger.state(ZONE, Signal::Average, at(0)).unwrap(),
            expected.states,
            "{}",
            log.len()
        );
        if rows {
            assert_eq!(entries(path), expected.entries, "{}", log.len());
        }
    }
}

/// True for the ends of the log that the tests try: all within and around the header of a frame, where SQLite decides whether
/// the frame is valid, and some of those within the page that follows it.
fn is_tried(end: usize) -> bool {
    let within = (end - LOG_HEADER) % (FRAME_HEADER + PAGE);
    let step = if tries_more_cases() { 7 } else { 61 };
    within <= FRAME_HEADER + 8 || within >= FRAME_HEADER + PAGE - 8 || end.is_multiple_of(step)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

#[test]
fn a_log_that_ends_within_its_last_transaction_is_read_up_to_the_one_before() {
    let disk = Disk::new();
    let (_folder, path) = folder();
    let ends: Vec<usize> = disk.last.clone().filter(|&end| is_tried(end)).collect();
    assert!(ends.len() > 200 && ends.contains(&disk.last.start));
    for (number, &end) in ends.iter().enumerate() {
        disk.check(&path, &disk.log[..end], &disk.before, number.is_multiple_of(16));
    }
    disk.check(&path, &disk.log, &disk.after, true);
}

#[test]
fn a_log_with_a_missing_sector_in_its_last_transaction_is_read_up_to_the_one_before() {
    let disk = Disk::new();
    let (_folder, path) = folder();
    for sector in disk.last.clone().step_by(512) {
        let mut log = disk.log.clone();
        let end = disk.last.end.min(sector + 512);
        log[sector..end].fill(0);
        let sector_is_zero_anyway = log == disk.log;
        let expected = if sector_is_zero_anyway { &disk.after } else { &disk.before };
        disk.check(&path, &log, expected, true);
    }
}
