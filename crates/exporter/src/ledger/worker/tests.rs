use std::fs::{self, OpenOptions};

use gpu_carbon_core::{Pue, Span};
use gpu_carbon_ledger::{Batch, EnergySource, GpuTotals, LastReading, Origin, Posting, Retention};
use tempfile::TempDir;

use super::*;

const ZONE: &str = "Z";

/// A folder for a ledger.
struct Place(TempDir);

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    fn path(&self, suffix: &str) -> PathBuf {
        self.0.path().join(format!("ledger.db{suffix}"))
    }

    fn open(&self) -> Worker {
        let (commit_period, retention) = (Duration::from_secs(1), Retention::default());
        let settings = Settings { path: self.path(""), commit_period, retention };
        Worker::open(&settings, ZONE, Signal::Average).unwrap().0
    }

    /// How much the only GPU has used, and how much of it waits, by the file.
    fn kept(&self) -> (f64, f64) {
        let (ledger, _) = Ledger::open(&self.path(""), clock::now()).unwrap();
        let state = ledger.state(ZONE, Signal::Average, clock::now()).unwrap().remove(0);
        (state.totals.energy_joules, state.pending.iter().map(|it| it.energy_joules).sum())
    }
}

/// A batch of one GPU with so much energy in all, of which so much is new, and waits.
fn batch(joules: f64, new: f64) -> LedgerCommand {
    let now = clock::now();
    let last = LastReading {
        at: now,
        millijoules: Some(1),
        boot: String::new(),
        uptime: Span::ZERO,
        driver: String::new(),
    };
    let (zone, signal, pue) = (ZONE.into(), Signal::Average, Pue::ONE);
    let posting = Posting {
        slot: now,
        origin: Origin { zone, signal, pue, intensity_source: None },
        source: EnergySource::Counted,
        energy_joules: new,
        emissions_grams: 0.0,
    };
    LedgerCommand::Write(Batch {
        at: now,
        gpus: vec![GpuBatch {
            uuid: "GPU-0".to_owned(),
            name: String::new(),
            index: 0,
            totals: GpuTotals { energy_joules: joules, ..GpuTotals::zero(now) },
            last: Some(last),
            postings: vec![posting],
            presence: Vec::new(),
        }],
    })
}

fn nothing() -> LedgerCommand {
    LedgerCommand::Write(Batch { at: clock::now(), gpus: Vec::new() })
}

#[test]
fn a_ledger_that_was_let_go_is_begun_anew_and_that_is_told() {
    let place = Place::new();
    let mut worker = place.open();
    assert!(matches!(worker.carry_out(nothing()), LedgerEvent::Written { bytes: Some(1..), .. }));
    worker.ledger = None;
    assert!(matches!(worker.carry_out(nothing()), LedgerEvent::Written { .. }), "it is as it was");
    worker.ledger = None;
    fs::write(place.path(""), "no database").unwrap();
    assert!(matches!(worker.carry_out(nothing()), LedgerEvent::BegunAnew));
    assert!(matches!(worker.carry_out(nothing()), LedgerEvent::Written { .. }));
    worker.begin_anew("a test says so", clock::now()).unwrap();
    assert!(matches!(worker.carry_out(nothing()), LedgerEvent::Written { replaced: 2, .. }));
    let names = fs::read_dir(place.0.path()).unwrap().flatten();
    let aside = names.filter(|entry| entry.file_name().to_string_lossy().contains(".corrupt-"));
    assert!(aside.count() >= 2);
    drop(worker);
    fs::write(place.path(""), "no database").unwrap();
    let mut worker = place.open();
    assert!(matches!(worker.carry_out(nothing()), LedgerEvent::Written { replaced: 1, .. }));
}

#[test]
fn a_ledger_whose_log_goes_is_saved_or_begun_anew() {
    for is_removed in [true, false] {
        let place = Place::new();
        let mut worker = place.open();
        assert!(matches!(worker.carry_out(batch(500.0, 500.0)), LedgerEvent::Written { .. }));
        if is_removed {
            fs::remove_file(place.path("-wal")).unwrap();
        } else {
            OpenOptions::new().write(true).open(place.path("-wal")).unwrap().set_len(0).unwrap();
        }
        assert!(matches!(worker.carry_out(batch(507.0, 7.0)), LedgerEvent::Failed { .. }));
        let replaced = u64::from(!is_removed); // what was in it is gone with it
        let mut reply = worker.carry_out(batch(507.0, 7.0));
        if matches!(reply, LedgerEvent::BegunAnew) {
            reply = worker.carry_out(batch(507.0, 507.0)); // all that waits, as the accounting have it
        }
        assert!(matches!(reply, LedgerEvent::Written { replaced: it, .. } if it == replaced));
        drop(worker);
        assert_eq!(place.kept(), (507.0, 507.0), "removed: {is_removed}");
    }
}

#[test]
fn what_waits_in_a_ledger_that_was_let_go_and_damaged_is_posted_once() {
    let place = Place::new();
    let mut worker = place.open();
    assert!(matches!(worker.carry_out(batch(500.0, 500.0)), LedgerEvent::Written { .. }));
    worker.ledger = None;
    // The root of the last table: all others can be read still.
    let mut bytes = fs::read(place.path("")).unwrap();
    let last = bytes.len() - 4096;
    bytes[last..].fill(7);
    fs::write(place.path(""), bytes).unwrap();
    assert!(matches!(worker.carry_out(batch(507.0, 7.0)), LedgerEvent::BegunAnew));
    assert!(matches!(worker.carry_out(batch(507.0, 507.0)), LedgerEvent::Written { .. }));
    drop(worker);
    assert_eq!(place.kept(), (507.0, 507.0));
}
