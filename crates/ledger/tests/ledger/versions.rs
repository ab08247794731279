//! Ledgers of released versions: they stay readable and writable.

use std::fs;
use std::path::PathBuf;

use gpu_carbon_core::{Intensity, Interval, Pue, Quality, Signal, Span, Timestamp};
use gpu_carbon_ledger::{
    EnergySource, GpuBatch, IntensitySource, Ledger, Opened, Origin, PendingEnergy, Posting,
    Reader, Retention, SlotIntensity,
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::fixtures::{batch, folder};
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
        source: IntensitySource { name: "file".into(), quality: Quality::Measured },
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
            postings,
            presence: Vec::new(),
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

/// A ledger opens in every program of its version, older ones included: while the version is the same, the statements that
/// created the tables are.
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
    assert_eq!(tables(&new), tables(&old));
}
