//! One flipped bit anywhere in a ledger has one of three results: the content is right, the file is refused and unchanged,
//! or it is set aside and every total is carried over. No total is ever false.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use gpu_carbon_core::{Quality, Signal, Timestamp};
use gpu_carbon_ledger::{GpuState, Ledger, OpenError, Opened, Retention};
use proptest::test_runner::{Config, TestRunner};

use crate::fixtures::{ZONE, at, batch, folder, gpu, posting, presence};
use crate::rows::{Entry, entries, imbalances};

/// The environment variable with the number of flips in a year of 16 GPUs.
const FLIPS: &str = "GPU_CARBON_FLIPS";
/// The GPUs and days of that ledger.
const YEAR: (u32, i64) = (16, 366);
/// The flips, the GPUs and the days without the variable.
const BRIEFLY: (u32, u32, i64) = (60, 4, 80);

/// A ledger with slots, hours and days, converted and pending energy.
fn write_sound(path: &Path, gpus: u32, days: i64) {
    let (mut ledger, _) = Ledger::open(path, at(0)).unwrap();
    for index in 0..gpus {
        let slots = || (0..days * 24).map(|hour| hour * 3600 - days * 86_400);
        let used = slots().map(|slot| {
            let quality =
                (slot % (5 * 3600) != 0 || slot < -20 * 86_400).then_some(Quality::Measured);
            posting(slot, quality, 1000.0 + f64::from(index), 0.1)
        });
        let used: Vec<_> = used.collect();
        let present = slots().map(|slot| presence(slot, 300.0)).collect();
        ledger.write(&batch(vec![gpu(index, used, present)])).unwrap();
    }
    while !ledger.compact(at(0), Retention::default()).unwrap().done {}
    ledger.close().unwrap();
}

/// The content of a ledger as far as it counts.
#[derive(Debug, Clone, PartialEq)]
struct Content {
    states: BTreeMap<String, GpuState>,
    rows: Vec<Entry>,
}

fn content(path: &Path, ledger: &Ledger) -> Content {
    let states = ledger.state(ZONE, Signal::Average, Timestamp::EPOCH).unwrap();
    let states = states.into_iter().map(|state| (state.uuid.clone(), state)).collect();
    Content { states, rows: entries(path) }
}

/// The same content with the names that a flip may have changed.
fn with_names_of(mut content: Content, sound: &Content) -> Content {
    for (uuid, state) in &mut content.states {
        if let Some(sound) = sound.states.get(uuid) {
            (state.name, state.index) = (sound.name.clone(), sound.index);
        }
    }
    content
}

#[test]
fn a_flipped_bit_is_harmless_refused_or_costs_no_total() {
    let flips: Option<u32> = std::env::var(FLIPS).ok().map(|text| text.parse().unwrap());
    let (flips, gpus, days) = flips.map_or(BRIEFLY, |flips| (flips, YEAR.0, YEAR.1));
    let (_folder, path) = folder();
    write_sound(&path, gpus, days);
    let bytes = RefCell::new(fs::read(&path).unwrap());
    let length = bytes.borrow().len();
    let sound = content(&path, &Ledger::open(&path, at(0)).unwrap().0);
    let mut runner = TestRunner::new(Config { cases: flips, ..Config::default() });
    // The one file is changed, and changed back: a copy for each flip would take longer than its check.
    let checked = runner.run(&(0..length, 0..8_u8), |(place, bit)| {
        let mut bytes = bytes.borrow_mut();
        flip(&path, &mut bytes, place, bit);
        let flipped = check(&path, &bytes, place, &sound);
        if flipped != path {
            fs::rename(flipped, &path).unwrap();
        }
        flip(&path, &mut bytes, place, bit);
        Ok(())
    });
    checked.unwrap();
    assert!(fs::read(&path).unwrap() == *bytes.borrow(), "the file is as it was");
}

/// Flips a bit of a file, and of its content.
fn flip(path: &Path, bytes: &mut [u8], place: usize, bit: u8) {
    bytes[place] ^= 1 << bit;
    let file = File::options().write(true).open(path).unwrap();
    file.write_all_at(&bytes[place..=place], u64::try_from(place).unwrap()).unwrap();
}

/// Opens a damaged ledger, and returns its path after that.
#[track_caller]
fn check(path: &Path, flipped: &[u8], place: usize, sound: &Content) -> PathBuf {
    match Ledger::open(path, at(0)) {
        Ok((ledger, Opened::Continued)) => {
            let content = with_names_of(content(path, &ledger), sound);
            assert_eq!(&content, sound, "byte {place}");
            path.to_owned()
        }
        Ok((ledger, Opened::Quarantined { to, salvaged, .. })) => {
            assert!(fs::read(&to).unwrap() == flipped, "byte {place}: the old file is as it was");
            let content = with_names_of(content(path, &ledger), sound);
            assert_eq!(salvaged.gpus, content.states.len());
            assert_eq!(content.states.len(), sound.states.len(), "byte {place}: {salvaged}");
            for (uuid, state) in &content.states {
                let sound = &sound.states[uuid];
                assert_eq!((&state.totals, &state.last), (&sound.totals, &sound.last));
                let is_known = |pending| sound.pending.contains(pending);
                assert!(state.pending.iter().all(is_known), "byte {place}: {:?}", state.pending);
                if state.pending.len() < sound.pending.len() {
                    assert!(salvaged.lost_pending_rows > 0, "byte {place}: {salvaged}");
                }
            }
            for imbalance in imbalances(path) {
                assert!(imbalance.is_below(1e-6), "byte {place}: {imbalance:?}");
            }
            to
        }
        Err(OpenError::Foreign { .. } | OpenError::NotALedger { .. } | OpenError::Newer { .. }) => {
            assert!(
                fs::read(path).unwrap() == flipped,
                "byte {place}: a refused file is unchanged"
            );
            path.to_owned()
        }
        other => panic!("byte {place}: {other:?}"),
    }
}

#[test]
fn a_damaged_first_page_costs_no_total() {
    let (_folder, path) = folder();
    write_sound(&path, 3, 40);
    let bytes = fs::read(&path).unwrap();
    let sound = content(&path, &Ledger::open(&path, at(0)).unwrap().0);
    let header = 100;
    let pieces = (header..4096).step_by(97).map(|from| from..(from + 60).min(4096));
    for piece in pieces.chain([header..4096, header..header + 8]) {
        for with in [0, 0xff] {
            let (_folder, path) = folder();
            let mut damaged = bytes.clone();
            damaged[piece.clone()].fill(with);
            fs::write(&path, &damaged).unwrap();
            check(&path, &damaged, piece.start, &sound);
        }
    }
}
