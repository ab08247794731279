//! A ledger that is replaced by a new one.

use super::*;

#[test]
fn a_new_ledger_gets_all_pending_energy() {
    let mut host = Host::new();
    for step in [Step::Read { seconds: 200, joules: 700 }, Step::TakeBatch, Step::CommitSucceeds] {
        host.apply(step);
    }
    host.apply(Step::Read { seconds: 200, joules: 500 });
    let _ = host.accounting.take_batch(clock_at(400).wall).unwrap();
    host.accounting.restart_ledger();
    host.table = Table::default();
    host.apply(Step::TakeBatch);
    host.apply(Step::CommitSucceeds);
    assert_eq!(host.table.totals.unwrap().energy_joules, 1200.0);
    let intensity = Step::SetIntensity { from: 0, slots: 2, grams: 3600.0 / 1.25 };
    for step in [intensity, Step::TakeBatch, Step::CommitSucceeds] {
        host.apply(step);
    }
    assert_eq!(
        host.accounting.snapshot(clock_at(400).wall).gpus[0].totals.unwrap().pending,
        Energy::ZERO
    );
    let pending = host.table.pending_joules();
    assert!(pending.abs() < 1e-9, "{pending} J");
}

/// The GPU does not answer any more: nothing but its totals is there to be written.
#[test]
fn a_new_ledger_gets_the_totals_of_a_gpu_that_is_lost() {
    let mut host = Host::new();
    host.apply(Step::SetIntensity { from: 0, slots: 2, grams: 3600.0 / 1.25 });
    host.apply(Step::Read { seconds: 200, joules: 700 });
    host.commit();
    host.accounting.restart_ledger();
    let batch = host.accounting.take_batch(clock_at(200).wall).unwrap().batch;
    let totals = batch.gpus[0].totals;
    assert!(near(totals.energy_joules, 700.0) && near(totals.published_grams, 0.7), "{totals:?}");
}
