//! The energy of the host around the GPUs: it is stored as that of a GPU is, and never mixed with it.

use std::fs;
use std::path::Path;

use gpu_carbon_core::boundary::{
    Boundary, BoundaryChoice, Declaration, HostMethod, HostPart, Knowledge,
};
use gpu_carbon_core::{Intensity, Interval, Power, Quality, Ratio, Signal, Span, Timestamp};
use gpu_carbon_ledger::report::{HostReport, Report};
use gpu_carbon_ledger::{
    GpuBatch, HostAccount, IntensitySource, LastReading, Ledger, Opened, Posting, Reader,
    RecordedBoundary, Retention, ShareBatch, SlotIntensity,
};
use rusqlite::Connection;

use crate::fixtures::{
    NOON, ZONE, at, batch, folder, gpu, last, posting, presence, reopen, totals,
};
use crate::oracle::Table;
use crate::rows::imbalances;

const CPU: HostAccount = HostAccount { part: HostPart::Cpu, method: HostMethod::Counter };
const REST: HostAccount = HostAccount { part: HostPart::Rest, method: HostMethod::Declared };
const PLATFORM: HostAccount =
    HostAccount { part: HostPart::Platform, method: HostMethod::Integrated };

fn host(account: HostAccount, postings: Vec<Posting>) -> GpuBatch {
    GpuBatch {
        uuid: account.uuid(),
        name: account.name(),
        index: account.index(),
        totals: totals(&postings, &[]),
        last: Some(LastReading { millijoules: None, driver: String::new(), ..last(1) }),
        embodied: None,
        postings,
        presence: Vec::new(),
        shares: ShareBatch::default(),
    }
}

/// A ledger of one GPU and three accounts of the host, of which some energy is pending.
fn write(path: &Path) -> Ledger {
    let (mut ledger, _) = Ledger::open(path, at(0)).unwrap();
    let of_gpu =
        gpu(0, vec![posting(0, Some(Quality::Forecast), 1000.0, 8.0)], vec![presence(0, 300.0)]);
    let of_cpu =
        vec![posting(0, Some(Quality::Forecast), 200.0, 1.6), posting(300, None, 70.0, 0.0)];
    let of_rest = vec![posting(0, Some(Quality::Forecast), 345.0, 2.76)];
    let of_platform = vec![posting(0, Some(Quality::Forecast), 1800.0, 14.4)];
    let accounts = [(CPU, of_cpu), (REST, of_rest), (PLATFORM, of_platform)];
    let of_host = accounts.map(|(account, postings)| host(account, postings));
    ledger.write(&batch([of_gpu].into_iter().chain(of_host).collect())).unwrap();
    ledger
}

fn all() -> Interval {
    Interval::new(at(-86_400), at(86_400))
}

/// The energy and the emissions of each account.
fn by_account(path: &Path) -> Vec<(HostAccount, f64, Option<f64>)> {
    let reader = Reader::open(path).unwrap();
    let report = HostReport::read(&reader, vec![all().start(), all().end()]).unwrap();
    let grams = |totals: &gpu_carbon_ledger::report::Totals| {
        totals.grams(Signal::Average, reader.origins())
    };
    report.by_account().iter().map(|(it, totals)| (*it, totals.joules(), grams(totals))).collect()
}

fn gpu_joules(path: &Path) -> f64 {
    let reader = Reader::open(path).unwrap();
    assert_eq!(reader.gpus().len(), 1);
    Report::read(&reader, vec![all().start(), all().end()]).unwrap().total().joules()
}

#[test]
fn the_energy_of_a_host_is_beside_that_of_its_gpus() {
    let (_folder, path) = folder();
    drop(write(&path));
    let expected = [(CPU, 270.0, Some(1.6)), (REST, 345.0, Some(2.76))];
    assert_eq!(by_account(&path), expected, "the platform contains the others");
    assert_eq!(gpu_joules(&path), 1000.0);
    let reader = Reader::open(&path).unwrap();
    let mut rows = 0;
    reader.host_usage_rows(all(), |_| rows += 1).unwrap();
    assert_eq!((rows, reader.host_accounts().count()), (4, 3));
    let connection = Connection::open(&path).unwrap();
    let sum = |view: &str| -> f64 {
        connection
            .query_row(&format!("SELECT total(joules) FROM {view}"), [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!((sum("readable"), sum("readable_host")), (1000.0, 2415.0));
}

#[test]
fn the_energy_of_a_host_is_restated_combined_and_continued() {
    let (_folder, path) = folder();
    let mut ledger = write(&path);
    let measured = SlotIntensity {
        intensity: Intensity::from_grams_per_kilowatt_hour(57_600.0).unwrap(),
        is_uniform: true,
        source: IntensitySource { name: "gb".into(), quality: Quality::Measured, scope: None },
    };
    let table = Table([(NOON, measured)].into_iter().collect());
    let revisions = ledger.restate(&table, Interval::new(at(0), at(300))).unwrap();
    let of_cpu = revisions.iter().find(|it| it.uuid == CPU.uuid()).unwrap();
    // Twice the intensity by which 200 J were converted.
    assert!((of_cpu.grams - 1.6).abs() < 1e-12, "{of_cpu:?}");
    drop(ledger);
    let mut ledger = reopen(&path);
    let states = ledger.state(ZONE, Signal::Average, Timestamp::EPOCH).unwrap();
    let cpu = states.iter().find(|state| state.uuid == CPU.uuid()).unwrap();
    assert_eq!((cpu.totals.energy_joules, cpu.pending.len()), (270.0, 1));
    assert_eq!(cpu.pending[0].energy_joules, 70.0);
    let much_later = at(0) + Span::from_days(400);
    while !ledger.compact(much_later, Retention::default()).unwrap().done {}
    drop(ledger);
    for imbalance in imbalances(&path) {
        assert!(imbalance.joules.abs() < 1e-9 && imbalance.grams.abs() < 1e-9, "{imbalance:?}");
    }
    let (account, joules, grams) = by_account(&path)[0];
    assert_eq!((account, joules), (CPU, 270.0));
    assert!((grams.unwrap() - 3.2).abs() < 1e-12, "{grams:?}");
    drop(reopen(&path));
}

#[test]
fn the_totals_of_a_host_are_carried_over_from_a_damaged_ledger() {
    for table in ["gpu", "gpu_copy"] {
        let (_folder, path) = folder();
        write(&path).close().unwrap();
        let connection = Connection::open(&path).unwrap();
        let sql = format!(
            "UPDATE {table} SET energy_joules = energy_joules + 1 WHERE uuid GLOB 'host:*'"
        );
        assert_eq!(connection.execute(&sql, []).unwrap(), 3);
        drop(connection);
        let (ledger, opened) = Ledger::open(&path, at(900)).unwrap();
        let Opened::Quarantined { salvaged, .. } = opened else { panic!("{opened:?}") };
        assert_eq!((salvaged.gpus, salvaged.joules), (1, 1000.0), "the host is no GPU");
        let states = ledger.state(ZONE, Signal::Average, Timestamp::EPOCH).unwrap();
        let joules = |account: HostAccount| {
            let state = states.iter().find(|state| state.uuid == account.uuid()).unwrap();
            (state.totals.energy_joules, state.pending.iter().map(|it| it.energy_joules).sum())
        };
        assert_eq!((joules(CPU), joules(REST)), ((270.0, 70.0), (345.0, 0.0)), "{table}");
    }
}

#[test]
fn the_boundary_is_read_as_it_was_written_and_not_where_it_is_damaged() {
    let (_folder, path) = folder();
    let mut ledger = write(&path);
    assert_eq!(ledger.boundary(), None);
    let watts = Declaration::Power(Power::from_watts(60.0).unwrap());
    let share = Declaration::ShareOfGpus(Ratio::from_number(0.345).unwrap());
    let first = RecordedBoundary {
        choice: BoundaryChoice::Host,
        parts: Boundary {
            cpu: Knowledge::Measured,
            memory: Knowledge::Declared(watts),
            ..Boundary::GPUS
        },
    };
    let other = RecordedBoundary {
        parts: Boundary {
            cpu: Knowledge::InRest,
            memory: Knowledge::InRest,
            rest: Knowledge::Declared(share),
            ..Boundary::GPUS
        },
        ..first
    };
    for boundary in [first, other] {
        ledger.set_boundary(&boundary).unwrap();
        assert_eq!(ledger.boundary(), Some(boundary));
        assert_eq!(Reader::open(&path).unwrap().boundary(), Some(boundary));
    }
    ledger.close().unwrap();
    let reader = Reader::open(&path).unwrap();
    let bounds = || vec![all().start(), all().end()];
    let of = |recorded| HostReport::read(&reader, bounds()).unwrap().boundary(recorded);
    let expected = Boundary { cpu: Knowledge::Measured, ..other.parts };
    assert_eq!(of(Some(other)), expected, "a part that was measured then is said to be");
    let gpus = RecordedBoundary { choice: BoundaryChoice::Gpus, ..other };
    assert_eq!((of(Some(gpus)), of(None)), (Boundary::GPUS, Boundary::GPUS));
    assert_eq!(of(Some(first)).memory, Knowledge::LeftOut, "it has no energy in this time");
    drop(reader);
    let connection = Connection::open(&path).unwrap();
    connection.execute("UPDATE boundary SET share_of_gpus = 0.9", []).unwrap();
    drop(connection);
    assert_eq!(Reader::open(&path).unwrap().boundary(), None);
    assert_eq!(reopen(&path).boundary(), None, "totals are right: the ledger is continued");
}

/// A ledger of version 5: two GPUs, energy by a measured and a forecast intensity and pending, and shares of two jobs.
const VERSION_5: &[u8] = include_bytes!("../data/ledger-version-5.db");

#[test]
fn a_ledger_of_version_5_is_read_and_continued_with_the_host() {
    let (_folder, path) = folder();
    fs::write(&path, VERSION_5).unwrap();
    let read = || {
        let reader = Reader::open(&path).unwrap();
        let (mut usage, mut shares) = (Vec::new(), Vec::new());
        reader.usage_rows(all(), |row| usage.push(row)).unwrap();
        reader.share_rows(all(), |row| shares.push(row)).unwrap();
        (reader.gpus().to_vec(), usage, shares, reader.boundary(), reader.host_accounts().count())
    };
    let before = read();
    assert_eq!((before.0.len(), before.1.len(), before.2.len()), (2, 4, 7));
    assert_eq!((before.3, before.4), (None, 0));
    assert_eq!(fs::read(&path).unwrap(), VERSION_5, "it is read without being migrated");
    let mut ledger = reopen(&path);
    assert_eq!(read(), before);
    ledger
        .write(&batch(vec![host(CPU, vec![posting(0, Some(Quality::Measured), 9.0, 0.5)])]))
        .unwrap();
    drop(ledger);
    drop(reopen(&path));
    let after = read();
    assert_eq!((&after.0, &after.1, &after.2), (&before.0, &before.1, &before.2));
    assert_eq!(by_account(&path), [(CPU, 9.0, Some(0.5))]);
    for imbalance in imbalances(&path) {
        assert!(imbalance.joules.abs() < 1e-9, "{imbalance:?}");
    }
}
