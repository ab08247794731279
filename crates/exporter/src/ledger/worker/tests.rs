use std::fs::{self, OpenOptions};
use std::sync::Arc;

use gpu_carbon_core::boundary::{Boundary, BoundaryChoice};
use gpu_carbon_core::{Pue, Quality, Scope, Span};
use gpu_carbon_ledger::{
    Batch, EnergySource, GpuTotals, LastReading, Origin, Posting, RecordedBoundary, ShareBatch,
};
use tempfile::TempDir;

use super::*;
use crate::intensity::{Grid, Intensities};

const ZONE: &str = "Z";

/// A folder with a ledger.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, suffix: &str) -> PathBuf {
        self.0.path().join(format!("ledger.db{suffix}"))
    }

    fn open(&self) -> Worker {
        let (commit_period, retention) = (Duration::from_secs(1), Retention::default());
        let settings = Settings {
            path: self.path(""),
            commit_period,
            retention,
            forget_workloads_after: None,
        };
        Worker::open(&settings, ZONE, Signal::Average, &[]).unwrap().0
    }

    /// The energy of the only GPU in the file.
    fn energy(&self) -> StoredEnergy {
        let (ledger, _) = Ledger::open(&self.path(""), clock::now()).unwrap();
        let state = ledger.state(ZONE, Signal::Average, clock::now()).unwrap().remove(0);
        StoredEnergy {
            total_joules: state.totals.energy_joules,
            pending_joules: state.pending.iter().map(|pending| pending.energy_joules).sum(),
        }
    }
}

/// The energy of a GPU in the file.
#[derive(Debug, PartialEq)]
struct StoredEnergy {
    total_joules: f64,
    pending_joules: f64,
}

impl StoredEnergy {
    /// An energy that is all pending.
    fn pending(joules: f64) -> StoredEnergy {
        StoredEnergy { total_joules: joules, pending_joules: joules }
    }
}

/// A batch of one GPU with a total energy, of which a part is new and pending.
fn batch(total_joules: f64, new_joules: f64) -> LedgerCommand {
    let now = clock::now();
    let last = LastReading {
        at: now,
        millijoules: Some(1),
        boot: String::new(),
        uptime: Span::ZERO,
        driver: String::new(),
        unsettled: None,
    };
    let (zone, signal, pue) = (ZONE.into(), Signal::Average, Pue::ONE);
    let posting = Posting {
        slot: now,
        origin: Origin { zone, signal, pue, intensity_source: None },
        source: EnergySource::Counted,
        energy_joules: new_joules,
        emissions_grams: 0.0,
    };
    write(Batch {
        at: now,
        gpus: vec![GpuBatch {
            uuid: "GPU-0".to_owned(),
            name: String::new(),
            index: 0,
            totals: GpuTotals { energy_joules: total_joules, ..GpuTotals::zero(now) },
            last: Some(last),
            embodied: None,
            postings: vec![posting],
            presence: Vec::new(),
            shares: ShareBatch::default(),
        }],
    })
}

fn empty_batch() -> LedgerCommand {
    write(Batch { at: clock::now(), gpus: Vec::new() })
}

fn write(batch: Batch) -> LedgerCommand {
    let (signal, quality) = (Signal::Average, Quality::Measured);
    let intensities = Intensities::uniform(None, signal, "x", quality, true);
    let grid = Arc::new(Grid::new(ZONE, intensities, [].into()));
    let boundary = RecordedBoundary { choice: BoundaryChoice::Gpus, parts: Boundary::GPUS };
    LedgerCommand::Write(ConvertedBatch { batch, converted: Vec::new(), grid, boundary })
}

#[test]
fn the_emissions_of_a_ledger_have_the_scope_of_its_sources() {
    let folder = Folder::new();
    let write = |sources: &[(&str, Option<Scope>)]| {
        let mut worker = folder.open();
        let before = worker.earlier_scope().name();
        for &(name, scope) in sources {
            let LedgerCommand::Write(mut batch) = batch(1.0, 1.0) else { continue };
            let source = IntensitySource { name: name.into(), quality: Quality::Measured, scope };
            batch.batch.gpus[0].postings[0].origin.intensity_source = Some(source);
            worker.carry_out(LedgerCommand::Write(batch));
        }
        before
    };
    assert_eq!(write(&[("watttime", None), ("file", Some(Scope::Co2Direct))]), "unspecified");
    assert_eq!(write(&[("ember", None)]), "co2_direct", "a service has it in every version");
    assert_eq!(write(&[]), "mixed");
}

#[test]
fn a_closed_ledger_is_reopened_or_replaced_and_that_is_reported() {
    let folder = Folder::new();
    let mut worker = folder.open();
    assert!(matches!(
        worker.carry_out(empty_batch()),
        LedgerEvent::Written { file_bytes: Some(1..), .. }
    ));
    worker.ledger = None;
    assert!(
        matches!(worker.carry_out(empty_batch()), LedgerEvent::Written { .. }),
        "it is unchanged"
    );
    worker.ledger = None;
    fs::write(folder.path(""), "no database").unwrap();
    assert!(matches!(worker.carry_out(empty_batch()), LedgerEvent::Replaced));
    assert!(matches!(worker.carry_out(empty_batch()), LedgerEvent::Written { .. }));
    worker.recreate("a test requires it", clock::now()).unwrap();
    assert!(matches!(
        worker.carry_out(empty_batch()),
        LedgerEvent::Written { replacements: 2, .. }
    ));
    let names = fs::read_dir(folder.0.path()).unwrap().flatten();
    let renamed = names.filter(|entry| entry.file_name().to_string_lossy().contains(".corrupt-"));
    assert!(renamed.count() >= 2);
    drop(worker);
    OpenOptions::new().write(true).open(folder.path("")).unwrap().set_len(5000).unwrap();
    let mut worker = folder.open();
    assert!(matches!(
        worker.carry_out(empty_batch()),
        LedgerEvent::Written { replacements: 1, .. }
    ));
}

#[test]
fn a_ledger_that_loses_its_write_ahead_log_is_saved_or_replaced() {
    for is_removed in [true, false] {
        let folder = Folder::new();
        let mut worker = folder.open();
        assert!(matches!(worker.carry_out(batch(500.0, 500.0)), LedgerEvent::Written { .. }));
        if is_removed {
            fs::remove_file(folder.path("-wal")).unwrap();
        } else {
            OpenOptions::new().write(true).open(folder.path("-wal")).unwrap().set_len(0).unwrap();
        }
        assert!(matches!(worker.carry_out(batch(507.0, 7.0)), LedgerEvent::Failed { .. }));
        let expected = u64::from(!is_removed); // its content is lost with it
        let mut event = worker.carry_out(batch(507.0, 7.0));
        if matches!(event, LedgerEvent::Replaced) {
            event = worker.carry_out(batch(507.0, 507.0)); // all pending energy of the accounting
        }
        assert!(
            matches!(event, LedgerEvent::Written { replacements, .. } if replacements == expected)
        );
        drop(worker);
        assert_eq!(folder.energy(), StoredEnergy::pending(507.0), "removed: {is_removed}");
    }
}

#[test]
fn pending_energy_of_a_closed_and_damaged_ledger_is_posted_once() {
    let folder = Folder::new();
    let mut worker = folder.open();
    assert!(matches!(worker.carry_out(batch(500.0, 500.0)), LedgerEvent::Written { .. }));
    worker.ledger = None;
    // The root of the last table, so that all others can still be read.
    let mut bytes = fs::read(folder.path("")).unwrap();
    let last = bytes.len() - 4096;
    bytes[last..].fill(7);
    fs::write(folder.path(""), bytes).unwrap();
    assert!(matches!(worker.carry_out(batch(507.0, 7.0)), LedgerEvent::Replaced));
    assert!(matches!(worker.carry_out(batch(507.0, 507.0)), LedgerEvent::Written { .. }));
    drop(worker);
    assert_eq!(folder.energy(), StoredEnergy::pending(507.0));
}
