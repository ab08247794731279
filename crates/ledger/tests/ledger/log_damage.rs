//! Damage within the log that a killed writer leaves: SQLite takes the commits behind it as never written.

use std::fs;
use std::path::{Path, PathBuf};

use gpu_carbon_core::{Quality, Signal};
use gpu_carbon_ledger::{GpuBatch, Ledger, Opened};

use crate::fixtures::{ZONE, at, batch, folder, gpu, posting, presence, tries_more_cases};

/// The number of commits in the log.
const COMMITS: u32 = 6;

fn log(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", path.display()))
}

/// The batch of a GPU that uses 100 J with each commit.
fn used(index: u32, commit: u32) -> GpuBatch {
    let slot = 300 * i64::from(commit);
    let mut gpu = gpu(
        index,
        vec![posting(slot, Some(Quality::Measured), 100.0, 0.5)],
        vec![presence(slot, 1.0)],
    );
    let commits = f64::from(commit);
    gpu.totals.energy_joules *= commits;
    gpu.totals.emissions_grams *= commits;
    gpu.totals.published_grams *= commits;
    gpu.totals.embodied_grams *= commits;
    gpu
}

/// The files of a writer that was killed after its commits, and the length of the log before each of them.
fn killed(is_new: bool) -> ([Vec<u8>; 2], Vec<usize>) {
    let (_folder, path) = folder();
    if !is_new {
        let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
        ledger.write(&batch(vec![used(0, 1)])).unwrap();
        ledger.close().unwrap();
    }
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let mut starts = Vec::new();
    for commit in 2..2 + COMMITS {
        starts.push(log(&path).metadata().map_or(0, |it| usize::try_from(it.len()).unwrap()));
        ledger.write(&batch(vec![used(0, commit), used(1, commit)])).unwrap();
    }
    ([fs::read(&path).unwrap(), fs::read(log(&path)).unwrap()], starts)
}

#[test]
fn damage_within_the_log_costs_no_total() {
    for is_new in [true, false] {
        let ([database, sound], starts) = killed(is_new);
        let last = *starts.last().unwrap();
        let step = if tries_more_cases() { 127 } else { 1031 };
        for place in (0..32).step_by(3).chain((32..sound.len()).step_by(step)) {
            let (_folder, path) = folder();
            let mut damaged = sound.clone();
            damaged[place] ^= 0x10;
            fs::write(&path, &database).unwrap();
            fs::write(log(&path), damaged).unwrap();
            let (ledger, opened) = Ledger::open(&path, at(0)).unwrap();
            let states = ledger.state(ZONE, Signal::Average, at(0)).unwrap();
            let joules = |index| {
                let state = states.iter().find(|state| state.index == index);
                state.map_or(0.0, |state| state.totals.energy_joules)
            };
            // The last commit alone may be taken as never written, and so may a copy of the totals within it.
            let all = 100.0 * f64::from(COMMITS + 1);
            for index in 0..2 {
                let found = joules(index);
                assert!(
                    (all - 100.0..=all).contains(&found),
                    "{place} of {}: {found} J, {opened:?}",
                    sound.len()
                );
            }
            let is_quarantined = matches!(opened, Opened::Quarantined { .. });
            // SQLite does not look at the padding of a log's header and frames.
            if place >= 32 && place < *starts.get(2).unwrap() && (place - 32) % 4120 >= 24 {
                assert!(is_quarantined, "{place}: {opened:?}");
            }
            if place >= last {
                assert_eq!(opened, Opened::Continued, "{place}");
            }
        }
    }
}

#[test]
fn a_sound_log_is_continued_also_after_commits_that_failed() {
    let ([database, sound], _) = killed(true);
    let (_folder, path) = folder();
    fs::write(&path, &database).unwrap();
    fs::write(log(&path), &sound).unwrap();
    let (ledger, opened) = Ledger::open(&path, at(0)).unwrap();
    assert_eq!(opened, Opened::Continued);
    drop(ledger);
    // A log whose commits are in the file already, as of a writer that was killed after SQLite has moved them there.
    let (_folder, moved) = folder();
    fs::copy(&path, &moved).unwrap();
    fs::write(log(&moved), &sound).unwrap();
    assert_eq!(Ledger::open(&moved, at(0)).unwrap().1, Opened::Continued);
}
