//! Batches are written, and read again by the next process.

use gpu_carbon_core::{Pue, Quality, Signal};
use gpu_carbon_ledger::{EnergySource, LastReading, Ledger, LedgerError, PendingEnergy};

use crate::fixtures::{ZONE, at, batch, folder, gpu, last, posting, presence, reopen, unsettled};

#[test]
fn totals_readings_and_pending_energy_are_read_again() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let postings = vec![
        posting(0, Some(Quality::Measured), 1000.0, 0.25),
        posting(299, None, 500.0, 0.0), // any time within a slot stands for that slot
        posting(300, None, 70.0, 0.0),
    ];
    let one = gpu(0, postings, vec![presence(0, 300.0)]);
    ledger.write(&batch(vec![one.clone(), gpu(1, vec![], vec![])])).unwrap();
    drop(ledger);

    let states = reopen(&path).state(ZONE, Signal::Average, at(600)).unwrap();
    assert_eq!(states.iter().map(|state| &*state.uuid).collect::<Vec<_>>(), ["GPU-0", "GPU-1"]);
    let state = &states[0];
    assert_eq!((&*state.name, state.index), ("NVIDIA H100 80GB HBM3", 0));
    assert_eq!(state.totals, one.totals);
    assert_eq!(state.last, Some(last(1)));
    assert_eq!(states[1].last, Some(LastReading { unsettled: Some(unsettled()), ..last(1) }));
    let pending = |slot, energy_joules| PendingEnergy {
        slot: at(slot),
        pue: Pue::ONE,
        source: EnergySource::Counted,
        energy_joules,
    };
    assert_eq!(state.pending, [pending(0, 500.0), pending(300, 70.0)]);
    assert_eq!(state.given_up_joules, 0.0);
}

#[test]
fn pending_energy_that_is_too_old_or_of_another_zone_or_signal_is_given_up() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    ledger.write(&batch(vec![gpu(0, vec![posting(0, None, 500.0, 0.0)], vec![])])).unwrap();
    let state = |zone, signal, day: i64| {
        let state = ledger.state(zone, signal, at(day * 86_400)).unwrap().remove(0);
        (state.pending.len(), state.given_up_joules)
    };
    assert_eq!(state(ZONE, Signal::Average, 32), (1, 0.0));
    assert_eq!(state(ZONE, Signal::Average, 33), (0, 500.0));
    assert_eq!(state("FR", Signal::Average, 0), (0, 500.0));
    assert_eq!(state(ZONE, Signal::Marginal, 0), (0, 500.0));
}

#[test]
fn a_late_intensity_converts_the_pending_energy() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    for _ in 0..3 {
        ledger.write(&batch(vec![gpu(0, vec![posting(0, None, 0.1, 0.0)], vec![])])).unwrap();
    }
    let late = vec![posting(0, None, -0.3, 0.0), posting(0, Some(Quality::Measured), 0.3, 0.1)];
    ledger.write(&batch(vec![gpu(0, late, vec![])])).unwrap();
    let state = ledger.state(ZONE, Signal::Average, at(600)).unwrap().remove(0);
    assert!(state.pending.is_empty(), "{state:?}");
    assert_eq!(state.given_up_joules, 0.0);
}

#[test]
fn a_batch_with_an_amount_that_is_not_finite_is_rejected_completely() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let good = gpu(0, vec![posting(0, None, 1.0, 0.0)], vec![]);
    let mut bad = gpu(1, vec![], vec![presence(0, f64::NAN)]);
    bad.totals.embodied_grams = 0.0;
    let error = ledger.write(&batch(vec![good, bad])).unwrap_err();
    assert!(matches!(&error, LedgerError::NotFinite { uuid, .. } if uuid == "GPU-1"), "{error}");
    assert_eq!(ledger.state(ZONE, Signal::Average, at(0)).unwrap(), []);
}
