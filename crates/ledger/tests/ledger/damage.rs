//! Damage on the disk: the content is read correctly, or the file is quarantined and its readable totals are carried over.

use std::fs;
use std::sync::LazyLock;

use gpu_carbon_core::{Quality, Signal};
use gpu_carbon_ledger::{Ledger, LedgerError, OpenError, Opened};
use proptest::prelude::*;

use crate::fixtures::{ZONE, at, batch, folder, gpu, posting, presence, totals, tries_more_cases};
use crate::rows::{entries, imbalances};

/// The file of a ledger of several pages.
static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    for index in 0..2 {
        let slots = (0..200).map(|slot| slot * 300);
        let used = slots.clone().map(|slot| {
            let quality = (slot % 900 != 0).then_some(Quality::Measured);
            posting(slot, quality, 100.0, 0.5)
        });
        let present = slots.clone().map(|slot| presence(slot, 300.0));
        ledger.write(&batch(vec![gpu(index, used.collect(), present.collect())])).unwrap();
    }
    drop(ledger);
    fs::read(path).unwrap()
});

/// Opens a damaged file, and checks the ledger that is returned.
fn check(bytes: &[u8]) -> Result<(), TestCaseError> {
    let (_folder, path) = folder();
    fs::write(&path, bytes).unwrap();
    match Ledger::open(&path, at(0)) {
        Ok((mut ledger, opened)) => {
            let states = match ledger.state(ZONE, Signal::Average, at(0)) {
                Ok(states) => states,
                Err(LedgerError::Corrupt { .. }) => return Ok(()),
                Err(error) => return Err(TestCaseError::fail(error.to_string())),
            };
            if let Opened::Quarantined { to, .. } = opened {
                prop_assert!(to.exists());
                prop_assert!(entries(&path).iter().all(|entry| entry.amounts.grams.is_none()));
                for imbalance in imbalances(&path) {
                    prop_assert!(imbalance.is_below(1e-6), "{imbalance:?}");
                }
            }
            // The ledger can be written.
            let mut next = gpu(0, vec![posting(0, None, 1.0, 0.0)], vec![]);
            if let Some(state) = states.iter().find(|state| state.uuid == next.uuid) {
                next.totals = state.totals;
                next.totals.energy_joules += 1.0;
            }
            if let Err(error) = ledger.write(&batch(vec![next])) {
                prop_assert!(error.is_corrupt(), "{error}");
                ledger.recreate(at(0)).unwrap();
            }
        }
        Err(OpenError::Foreign { .. } | OpenError::NotALedger { .. } | OpenError::Newer { .. }) => {
            prop_assert_eq!(fs::read(&path).unwrap(), bytes, "a rejected file is unchanged");
        }
        Err(error) => return Err(TestCaseError::fail(error.to_string())),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if tries_more_cases() { 400 } else { 100 }))]

    #[test]
    fn flipped_bits_and_overwritten_bytes_never_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u8), 1..4),
        overwritten in prop::option::of((any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 1..600))),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut bytes = SOUND.clone();
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        if let Some((at, with)) = overwritten {
            let at = at.index(bytes.len());
            bytes.iter_mut().skip(at).zip(with).for_each(|(byte, with)| *byte = with);
        }
        if let Some(at) = cut {
            bytes.truncate(at.index(bytes.len()));
        }
        check(&bytes)?;
    }

    #[test]
    fn a_header_with_anything_behind_it_never_panics(rest in prop::collection::vec(any::<u8>(), 0..9000)) {
        let mut bytes = SOUND.clone();
        bytes.truncate(100);
        bytes.extend(rest);
        check(&bytes)?;
    }
}

#[test]
fn a_flip_of_any_bit_of_the_header_never_panics() {
    // Every third bit: two or three of each byte.
    for bit in (0..800).step_by(if tries_more_cases() { 1 } else { 3 }) {
        let mut bytes = SOUND.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        check(&bytes).unwrap_or_else(|error| panic!("bit {bit}: {error}"));
    }
}

#[test]
fn damage_among_the_rows_leaves_the_totals_and_the_pending_energy() {
    // The last page holds rows: only rows were added after the tables were created.
    let mut bytes = SOUND.clone();
    let page = bytes.len() - 4096;
    bytes[page..page + 200].fill(0xff);
    let (_folder, path) = folder();
    fs::write(&path, &bytes).unwrap();
    let (ledger, opened) = Ledger::open(&path, at(0)).unwrap();
    let Opened::Quarantined { to, reason, .. } = opened else { panic!("{opened:?}") };
    assert!(!reason.contains('\n') && !reason.is_empty(), "{reason}");
    assert_eq!(fs::read(to).unwrap(), bytes);
    let states = ledger.state(ZONE, Signal::Average, at(60_000)).unwrap();
    let used: Vec<_> = (0..200)
        .map(|slot| posting(slot, (slot % 3 != 0).then_some(Quality::Measured), 100.0, 0.5))
        .collect();
    let present: Vec<_> = (0..200).map(|slot| presence(slot, 300.0)).collect();
    assert_eq!(states.len(), 2);
    for state in states {
        assert_eq!(state.totals, totals(&used, &present));
        assert_eq!(state.pending.iter().map(|pending| pending.energy_joules).sum::<f64>(), 6700.0);
        assert!(state.last.is_some());
    }
    for imbalance in imbalances(&path) {
        assert!(imbalance.is_below(1e-6), "{imbalance:?}");
    }
}

#[test]
fn a_rejected_file_is_unchanged() {
    let (_folder, path) = folder();
    let mut newer = SOUND.clone();
    newer[60..64].copy_from_slice(&8_i32.to_be_bytes()); // SQLite's user_version
    let mut foreign = SOUND.clone();
    foreign[68..72].copy_from_slice(&0_i32.to_be_bytes()); // SQLite's application_id
    let name = path.display();
    for (bytes, expected) in [
        (
            newer,
            format!(
                "the ledger {name} has format version 8, and this program reads versions up to 7: run the newer program, or name another file"
            ),
        ),
        (
            foreign,
            format!(
                "{name} is the SQLite database of another program: name another file for the ledger"
            ),
        ),
    ] {
        fs::write(&path, &bytes).unwrap();
        assert_eq!(Ledger::open(&path, at(0)).unwrap_err().to_string(), expected);
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }
    fs::write(&path, "timestamp_utc,gco2_per_kwh\n").unwrap();
    let expected = format!(
        "{name} is not a ledger, and is left as it is: name another file for the ledger, or remove this one"
    );
    assert_eq!(Ledger::open(&path, at(0)).unwrap_err().to_string(), expected);
    assert_eq!(fs::read(&path).unwrap(), b"timestamp_utc,gco2_per_kwh\n");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let expected = format!("{name} is not a regular file: name a file for the ledger");
    assert_eq!(Ledger::open(&path, at(0)).unwrap_err().to_string(), expected);
}

#[test]
fn a_log_without_its_database_is_quarantined_and_its_totals_are_carried_over() {
    let (_folder, path) = folder();
    let log = path.with_extension("db-wal");
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    ledger.write(&batch(vec![gpu(0, vec![posting(0, None, 1.0, 0.0)], vec![])])).unwrap();
    let bytes = fs::read(&log).unwrap();
    drop(ledger);
    fs::remove_file(&path).unwrap();
    fs::write(&log, &bytes).unwrap();
    let (ledger, opened) = Ledger::open(&path, at(0)).unwrap();
    let Opened::Quarantined { to, .. } = opened else { panic!("{opened:?}") };
    assert_eq!(fs::read(format!("{}-wal", to.display())).unwrap(), bytes);
    // The copy of the totals in the log has a digest of its own; the rows have nothing that they belong to.
    let state = ledger.state(ZONE, Signal::Average, at(0)).unwrap();
    let [gpu] = state.as_slice() else { panic!("{state:?}") };
    assert_eq!((&*gpu.uuid, gpu.totals.energy_joules, gpu.pending.len()), ("GPU-0", 1.0, 0));
}
