//! Ledgers of released versions: they stay readable and writable.

use std::fs;
use std::path::PathBuf;

use gpu_carbon_core::{Intensity, Interval, Pue, Quality, Scope, Signal, Span, Timestamp};
use gpu_carbon_ledger::{
    EnergySource, GpuBatch, IntensitySource, Ledger, Opened, Origin, PendingEnergy, Posting,
    Reader, Retention, ShareBatch, SlotIntensity,
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::fixtures::{NOON, at, batch, folder, gpu, posting, unsettled};
use crate::oracle::{Table, grams};
use crate::rows::imbalances;

/// A ledger that the exporter of 0.1.0 wrote, with three GPUs of the fake NVML and a wall clock that libfaketime set
/// (2025-01-10, 2025-12-20 and 2026-02-02, minutes each). Its rows are slots, hours and days; some of its energy is
/// recovered, restated or pending.
const LEDGER: &[u8] = include_bytes!("../data/ledger-0.1.0.db");

/// The time at which 0.1.0 closed the ledger: 2026-02-02T11:10:00Z.
const CLOSED: Timestamp = Timestamp::from_unix_seconds(1_770_030_600);

pub(crate) fn ledger_0_1_0() -> (TempDir, PathBuf) {
    let (folder, path) = folder();
    fs::write(&path, LEDGER).unwrap();
    (folder, path)
}

#[test]
fn a_ledger_of_0_1_0_has_its_totals_and_pending_energy() {
    let (_folder, path) = ledger_0_1_0();
    let (ledger, opened) = Ledger::open(&path, CLOSED).unwrap();
    assert_eq!(opened, Opened::Continued);
    let states = ledger.state("GB", Signal::Average, CLOSED).unwrap();
    // SELECT energy_joules, recovered_joules, unseen_seconds, resets, published_grams FROM gpu
    let expected = [
        ("NVIDIA H100 80GB HBM3", 1_380_744.0, 431_280.0, 0.0, 2, 76.341_886_842_277_6),
        ("Tesla P40", 282_587.250_4, 0.0, 49.550_193, 0, 15.468_656_702_430_6),
        ("NVIDIA H200", 679_020.0, 0.0, 0.0, 1, 44.485_353_524_663_6),
    ];
    assert_eq!(states.len(), expected.len());
    for (state, (name, energy, recovered, unseen, resets, published)) in states.iter().zip(expected)
    {
        assert_eq!(state.name, name);
        assert_eq!(state.totals.energy_joules, energy, "{name}");
        assert_eq!(state.totals.recovered_joules, recovered, "{name}");
        assert_eq!(state.totals.unseen_seconds, unseen, "{name}");
        assert_eq!(state.totals.resets, resets, "{name}");
        assert!((state.totals.published_grams - published).abs() < 1e-12, "{name}");
        assert_eq!(state.given_up_joules, 0.0, "{name}");
    }
    let pending: f64 =
        states.iter().flat_map(|state| &state.pending).map(|it| it.energy_joules).sum();
    assert!((pending - 266_408.907_5).abs() < 1e-6, "{pending} J");
    let sources: Vec<_> = states[0].pending.iter().map(|it| it.source).collect();
    assert!(sources.contains(&EnergySource::Recovered) && sources.contains(&EnergySource::Counted));
}

#[test]
fn a_ledger_of_0_1_0_is_written_converted_restated_and_compacted() {
    let (_folder, path) = ledger_0_1_0();
    let (mut ledger, _) = Ledger::open(&path, CLOSED).unwrap();
    let measured = SlotIntensity {
        intensity: Intensity::from_grams_per_kilowatt_hour(300.0).unwrap(),
        is_uniform: true,
        source: IntensitySource { name: "file".into(), quality: Quality::Measured, scope: None },
    };
    let mut restated = 0.0;
    for state in ledger.state("GB", Signal::Average, CLOSED).unwrap() {
        let mut totals = state.totals;
        let convert = |pending: &PendingEnergy| {
            let PendingEnergy { slot, pue, source, energy_joules } = *pending;
            let origin = |intensity_source| Origin {
                zone: "GB".into(),
                signal: Signal::Average,
                pue,
                intensity_source,
            };
            let converted = origin(Some(measured.source.clone()));
            let emissions_grams = grams(energy_joules, &converted, &measured);
            let post = |origin, energy_joules, emissions_grams| Posting {
                slot,
                origin,
                source,
                energy_joules,
                emissions_grams,
            };
            [
                post(origin(None), -energy_joules, 0.0),
                post(converted, energy_joules, emissions_grams),
            ]
        };
        let postings: Vec<Posting> = state.pending.iter().flat_map(convert).collect();
        totals.emissions_grams += postings.iter().map(|it| it.emissions_grams).sum::<f64>();
        let gpu = GpuBatch {
            uuid: state.uuid,
            name: state.name,
            index: state.index,
            totals,
            last: None,
            embodied: None,
            postings,
            presence: Vec::new(),
            shares: ShareBatch::default(),
        };
        ledger.write(&batch(vec![gpu])).unwrap();
    }
    let noon = Timestamp::from_unix_seconds(1_770_033_600);
    let slots = (0..24).map(|slot| (1_770_026_400 + slot * 300, measured.clone()));
    let changed = Interval::new(noon - Span::from_seconds(7200), noon);
    for revision in ledger.restate(&Table(slots.collect()), changed).unwrap() {
        restated += revision.grams;
    }
    assert!(restated > 0.0, "its intensities were lower");
    let year_later = CLOSED + Span::from_days(400);
    while !ledger.compact(year_later, Retention::default()).unwrap().done {}
    assert_eq!(ledger.state("GB", Signal::Average, CLOSED).unwrap()[0].pending, []);
    for imbalance in imbalances(&path) {
        assert!(imbalance.is_below(1e-9), "{imbalance:?}");
    }
    drop(ledger);
    let reader = Reader::open(&path).unwrap();
    assert_eq!((reader.gpus().len(), reader.origins().len()), (3, 2));
    assert_eq!(reader.origins()[0].pue, Pue::from_number(1.25).unwrap());
}

/// The statements that created the tables of a version never change. Those of 0.1.0 are in each later ledger, but for the origins,
/// to which version 3 adds the scope, and for the GPUs, to which version 4 adds the open questions of their meters.
#[test]
fn a_new_ledger_has_the_tables_of_0_1_0() {
    let (_folder, old) = ledger_0_1_0();
    let (_folder, new) = folder();
    drop(Ledger::open(&new, CLOSED).unwrap());
    let tables = |path: &PathBuf| {
        let connection = Connection::open(path).unwrap();
        let mut statement =
            connection.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<Vec<(String, Option<String>)>, _>>().unwrap()
    };
    let expected = tables(&old);
    let found = tables(&new);
    let names = |tables: Vec<(String, Option<String>)>, others: &[(String, Option<String>)]| {
        let new = tables.into_iter().filter(|table| !others.contains(table));
        new.map(|(name, _)| name).collect::<Vec<_>>()
    };
    let changed = ["gpu", "origin", "origin_of", "readable"];
    assert_eq!(names(expected.clone(), &found), changed);
    let added = [
        "boundary",
        "conversion",
        "embodied",
        "feed",
        "gpu_copy",
        "readable_host",
        "share",
        "share_total",
        "workload",
    ];
    let new = names(found.clone(), &expected);
    assert!(new.len() == 14 && added.iter().all(|it| new.contains(&(*it).to_owned())), "{new:?}");
    drop(Ledger::open(&old, CLOSED).unwrap());
    assert_eq!(tables(&old), found, "a migrated ledger has the same tables");
}

/// A ledger of version 2, with two GPUs: energy by a forecast of `gb`, by a file and pending, and the intensities of the
/// conversions.
const VERSION_2: &[u8] = include_bytes!("../data/ledger-version-2.db");

#[test]
fn a_ledger_of_version_2_has_no_scopes_and_gets_them() {
    let (_folder, path) = folder();
    fs::write(&path, VERSION_2).unwrap();
    let scopes = |path: &PathBuf| -> Vec<_> {
        let reader = Reader::open(path).unwrap();
        let scope = |origin: &Origin| {
            let source = origin.intensity_source.as_ref()?;
            Some((source.name.to_string(), source.scope))
        };
        reader.origins().iter().filter_map(scope).collect()
    };
    let old = [("gb".to_owned(), None), ("file".to_owned(), None)];
    assert_eq!(scopes(&path), old, "it is read without being migrated");
    assert_eq!(fs::read(&path).unwrap(), VERSION_2);
    let (mut ledger, opened) = Ledger::open(&path, at(900)).unwrap();
    assert_eq!(opened, Opened::Continued);
    assert_eq!(scopes(&path), old);
    // What `gb` measures later restates its forecast, from 200 to 300 g/kWh, and has a scope.
    let scope = Some(Scope::Co2Direct);
    let measured = SlotIntensity {
        intensity: Intensity::from_grams_per_kilowatt_hour(300.0).unwrap(),
        is_uniform: true,
        source: IntensitySource { name: "gb".into(), quality: Quality::Measured, scope },
    };
    let table = Table([(NOON, measured)].into_iter().collect());
    let changed = Interval::new(at(0), at(300));
    let revisions = ledger.restate(&table, changed).unwrap();
    let grams: Vec<f64> = revisions.iter().map(|revision| revision.grams).collect();
    assert_eq!(grams, [12.5, 1.25]);
    assert_eq!(scopes(&path)[2], ("gb".to_owned(), scope));
    drop(ledger);
    for imbalance in imbalances(&path) {
        assert!(imbalance.is_below(1e-9), "{imbalance:?}");
    }
    let (_, opened) = Ledger::open(&path, at(900)).unwrap();
    assert_eq!(opened, Opened::Continued, "its digests are right");
}

/// A ledger of version 3: that of version 2, restated as in the test above.
const VERSION_3: &[u8] = include_bytes!("../data/ledger-version-3.db");

#[test]
fn a_ledger_of_version_3_continues_with_settled_meters() {
    let (_folder, path) = folder();
    fs::write(&path, VERSION_3).unwrap();
    let grams = |path: &PathBuf| {
        let mut grams = Vec::new();
        let reader = Reader::open(path).unwrap();
        let all = Interval::new(at(0), at(900));
        reader.usage_rows(all, |row| grams.extend(row.grams)).unwrap();
        grams
    };
    let before = grams(&path);
    assert!(!before.is_empty());
    assert_eq!(fs::read(&path).unwrap(), VERSION_3, "it is read without being migrated");
    let (mut ledger, opened) = Ledger::open(&path, at(900)).unwrap();
    assert_eq!(opened, Opened::Continued);
    assert_eq!(grams(&path), before);
    for state in ledger.state("GB", Signal::Average, at(900)).unwrap() {
        let last = state.last.unwrap();
        assert_eq!((last.millijoules, last.unsettled), (Some(123_456_789), None));
    }
    ledger.write(&batch(vec![gpu(1, Vec::new(), Vec::new())])).unwrap();
    drop(ledger);
    let (ledger, opened) = Ledger::open(&path, at(900)).unwrap();
    assert_eq!(opened, Opened::Continued, "its digests are right");
    let states = ledger.state("GB", Signal::Average, at(900)).unwrap();
    assert_eq!(states[1].last.as_ref().unwrap().unsettled, Some(unsettled()));
}

/// A damaged ledger of an earlier version is read with its columns.
#[test]
fn the_totals_of_a_damaged_ledger_of_version_3_are_carried_over() {
    for sql in [
        "UPDATE gpu SET energy_joules = energy_joules + 1 WHERE id = 1",
        "UPDATE gpu_copy SET energy_joules = energy_joules + 1 WHERE id = 1",
    ] {
        let (_folder, path) = folder();
        fs::write(&path, VERSION_3).unwrap();
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        match Ledger::open(&path, at(900)).unwrap().1 {
            Opened::Quarantined { salvaged, .. } => {
                assert_eq!((salvaged.gpus, salvaged.joules), (2, 666_000.0), "{sql}");
            }
            other => panic!("{sql}: {other:?}"),
        }
    }
    // Neither its tables nor their definitions can be read.
    let (_folder, path) = folder();
    let mut bytes = VERSION_3.to_vec();
    bytes[100..4096].fill(0xff);
    fs::write(&path, bytes).unwrap();
    match Ledger::open(&path, at(900)).unwrap().1 {
        Opened::Quarantined { salvaged, .. } => {
            assert_eq!((salvaged.gpus, salvaged.joules), (2, 666_000.0));
        }
        other => panic!("{other:?}"),
    }
}

/// Energy by one source is apart where the source's scope changed, and a scope that changes on the disk is noticed.
#[test]
fn a_scope_is_a_part_of_an_origin_and_of_the_digests() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let posted = [None, Some(Scope::Co2Direct), Some(Scope::Co2eLifecycle)].map(|scope| {
        let mut posting = posting(0, Some(Quality::Measured), 3600.0, 0.5);
        if let Some(source) = &mut posting.origin.intensity_source {
            source.scope = scope;
        }
        posting
    });
    ledger.write(&batch(vec![gpu(0, posted.to_vec(), Vec::new())])).unwrap();
    let reader = Reader::open(&path).unwrap();
    assert_eq!(reader.origins(), posted.clone().map(|posting| posting.origin));
    let mut rows = Vec::new();
    reader.usage_rows(Interval::new(at(0), at(300)), |row| rows.push(row)).unwrap();
    assert_eq!(
        rows.iter().map(|row| (row.origin, row.grams)).collect::<Vec<_>>(),
        [(0, Some(0.5)), (1, Some(0.5)), (2, Some(0.5))]
    );
    drop(reader);
    ledger.close().unwrap();
    for changed in ["'co2e_lifecycle'", "NULL"] {
        let (_folder, path) = folder();
        let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
        ledger.write(&batch(vec![gpu(0, vec![posted[1].clone()], Vec::new())])).unwrap();
        ledger.close().unwrap();
        let connection = Connection::open(&path).unwrap();
        connection.execute(&format!("UPDATE origin SET scope = {changed}"), []).unwrap();
        drop(connection);
        let (_, opened) = Ledger::open(&path, at(900)).unwrap();
        assert!(matches!(opened, Opened::Quarantined { .. }), "{changed}: {opened:?}");
    }
}
