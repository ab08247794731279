//! The figures of embodied emissions: each time has those by which it was computed, whatever happens to the ledger.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use gpu_carbon_core::embodied::{
    CountedFigure, CountedServer, EmbodiedBasis, FigureOrigin, LIFESPAN, SERVERS,
};
use gpu_carbon_core::{Interval, Mass, Span, Timestamp};
use gpu_carbon_ledger::report::{Report, embodied_parts};
use gpu_carbon_ledger::{
    EmbodiedSince, GpuBatch, LastReading, Ledger, Opened, Presence, Reader, Retention,
};
use proptest::prelude::*;
use rusqlite::Connection;

use crate::fixtures::{at, batch, embodied, folder, gpu, last, presence, reopen};

/// The figure of an operator, who names a source or none, with a server.
fn configured(kilograms: f64, source: Option<&str>) -> EmbodiedBasis {
    let [server] = SERVERS;
    EmbodiedBasis {
        gpu: Some(CountedFigure {
            mass: Mass::from_kilograms(kilograms).unwrap(),
            origin: FigureOrigin::Operator(source.map(str::to_owned)),
        }),
        server: Some(CountedServer { figure: CountedFigure::published(&server), gpus: 8 }),
        lifespan: Span::from_days(3 * 365),
    }
}

fn unknown() -> EmbodiedBasis {
    EmbodiedBasis { gpu: None, server: None, lifespan: LIFESPAN }
}

/// A batch of a GPU that was read last at a time.
fn used(index: u32, basis: &EmbodiedBasis, present: Vec<Presence>, read: i64) -> GpuBatch {
    let basis = Some(Arc::new(basis.clone()));
    let last = Some(LastReading { unsettled: None, ..last(read) });
    GpuBatch { embodied: basis, last, ..gpu(index, Vec::new(), present) }
}

fn write(path: &Path, batches: &[(i64, EmbodiedBasis)]) {
    let (mut ledger, _) = Ledger::open(path, at(0)).unwrap();
    for (read, basis) in batches {
        let present = vec![presence(read - read.rem_euclid(300), 60.0)];
        ledger.write(&batch(vec![used(0, basis, present, *read)])).unwrap();
    }
    ledger.close().unwrap();
}

fn recorded(path: &Path) -> Vec<EmbodiedSince> {
    Reader::open(path).unwrap().gpus()[0].embodied.clone()
}

fn since(time: Timestamp, basis: EmbodiedBasis) -> EmbodiedSince {
    EmbodiedSince { since: time, basis }
}

/// The midnight before the first reading.
fn midnight() -> Timestamp {
    at(0).floor_to(Span::from_days(1))
}

#[test]
fn figures_are_recorded_where_they_change_from_the_last_reading_on() {
    let (_folder, path) = folder();
    let named = configured(150.0, Some("the maker's data sheet, 2026"));
    write(
        &path,
        &[
            (60, embodied()),
            (120, embodied()),
            (400, named.clone()),
            (500, named.clone()),
            (700, unknown()),
            (800, configured(150.0, None)),
        ],
    );
    let expected = [
        since(midnight(), embodied()),
        since(at(120), named),
        since(at(500), unknown()),
        since(at(700), configured(150.0, None)),
    ];
    assert_eq!(recorded(&path), expected);
    // Without figures, as those of the host, nothing is recorded.
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let none = GpuBatch { embodied: None, ..gpu(0, Vec::new(), Vec::new()) };
    ledger.write(&batch(vec![none])).unwrap();
    drop(ledger);
    assert_eq!(recorded(&path), []);
}

/// A clock that was ahead is set back: the figures of the time after it are not those of the times that were ahead.
#[test]
fn figures_of_a_time_that_was_ahead_are_replaced() {
    let (_folder, path) = folder();
    write(
        &path,
        &[
            (60, embodied()),
            (90_000, embodied()),
            (90_060, configured(1.0, None)),
            (120, configured(1.0, None)),
            (180, unknown()),
        ],
    );
    assert_eq!(recorded(&path), [since(midnight(), embodied()), since(at(120), unknown())]);
}

#[test]
fn the_figures_are_those_of_each_part_of_the_time() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let slot = |start, seconds, grams| Presence { slot: at(start), seconds, embodied_grams: grams };
    for (read, basis, present) in [
        (600, embodied(), vec![slot(0, 300.0, Some(3.0)), slot(300, 300.0, Some(3.0))]),
        (750, unknown(), vec![slot(600, 150.0, None)]),
        (
            1200,
            configured(5.0, None),
            vec![slot(600, 150.0, Some(9.0)), slot(900, 300.0, Some(18.0))],
        ),
    ] {
        ledger.write(&batch(vec![used(0, &basis, present, read)])).unwrap();
    }
    drop(ledger);
    let reader = Reader::open(&path).unwrap();
    let found = embodied_parts(&reader, Interval::new(at(150), at(1200))).unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|part| (part.basis.unwrap().name(), part.time, part.seconds, part.grams))
        .collect();
    let time = |from, to| Interval::new(at(from), at(to));
    let expected = [
        ("published", time(150, 600), 450.0, Some(4.5)),
        ("unknown", time(600, 750), 150.0, Some(4.5)),
        ("configured", time(750, 1200), 450.0, Some(22.5)),
    ];
    assert_eq!(found, expected, "a row in which the figures change is divided by time");
}

/// Each kind of damage is noticed. The totals are carried over, with the figures that are as they were written.
#[test]
fn figures_survive_damage_of_others_and_a_false_one_is_left_out() {
    let figures = [since(midnight(), embodied()), since(at(60), configured(150.0, Some("ours")))];
    for (sql, left) in [
        ("UPDATE gpu SET energy_joules = 1", 2),
        ("UPDATE gpu_copy SET energy_joules = 1", 2),
        ("UPDATE presence SET present_seconds = 1", 2),
        ("UPDATE embodied SET gpu_grams = 1 WHERE gpu_source = 'ours'", 1),
        ("UPDATE embodied SET gpu_source = 'theirs' WHERE gpu_source = 'ours'", 1),
        ("UPDATE embodied SET server_gpus = NULL WHERE server_gpus = 8", 1),
        ("UPDATE embodied SET since_us = since_us + 1 WHERE gpu_source = 'ours'", 1),
        ("DELETE FROM embodied WHERE gpu_source = 'ours'", 1),
    ] {
        let (_folder, path) = folder();
        write(&path, &[(60, embodied()), (400, configured(150.0, Some("ours")))]);
        assert_eq!(recorded(&path), figures);
        let connection = Connection::open(&path).unwrap();
        assert!(connection.execute(sql, []).unwrap() > 0, "{sql}");
        drop(connection);
        let reader = Reader::open(&path).unwrap();
        assert_eq!(reader.gpus()[0].embodied, figures[..left], "{sql}");
        let is_noted = reader.damage().iter().any(|note| note.contains("embodied emissions"));
        assert_eq!(is_noted, left == 1 && !sql.starts_with("DELETE"), "{:?}", reader.damage());
        let (ledger, opened) = Ledger::open(&path, at(900)).unwrap();
        assert!(matches!(opened, Opened::Quarantined { .. }), "{sql}: {opened:?}");
        drop(ledger);
        assert_eq!(recorded(&path), figures[..left], "{sql}");
        drop(reopen(&path));
    }
}

#[test]
fn figures_are_in_a_ledger_that_is_recreated_and_in_a_copy() {
    let (folder, path) = folder();
    write(&path, &[(60, embodied()), (400, unknown())]);
    let before = recorded(&path);
    let (ledger, _) = reopen(&path).recreate(at(900)).unwrap();
    drop(ledger);
    assert_eq!(recorded(&path), before);
    let copy = folder.path().join("copy.db");
    Reader::open(&path).unwrap().back_up(&copy).unwrap();
    assert_eq!(recorded(&copy), before);
}

/// A ledger that the exporter wrote before version 7, with the energy of the host and two GPUs.
const VERSION_6: &[u8] = include_bytes!("../data/ledger-version-6.db");

#[test]
fn a_ledger_of_version_6_has_no_figures_and_gets_them() {
    let (_folder, path) = folder();
    fs::write(&path, VERSION_6).unwrap();
    let all = Interval::new(Timestamp::EPOCH, at(400 * 86_400));
    let parts = |path: &Path| {
        let reader = Reader::open(path).unwrap();
        let parts = embodied_parts(&reader, all).unwrap();
        parts.iter().map(|part| (part.gpu, part.basis.cloned(), part.seconds)).collect::<Vec<_>>()
    };
    let before = parts(&path);
    assert_eq!(before.len(), 2);
    assert!(before.iter().all(|(_, basis, seconds)| basis.is_none() && *seconds > 0.0));
    assert_eq!(fs::read(&path).unwrap(), VERSION_6, "it is read without being migrated");
    let mut ledger = reopen(&path);
    assert_eq!(parts(&path), before);
    let reader = Reader::open(&path).unwrap();
    let (known, read) = (reader.gpus()[0].clone(), reader.gpus()[0].read_at.unwrap());
    drop(reader);
    let states = ledger.state("GB", gpu_carbon_core::Signal::Average, read).unwrap();
    let state = states.iter().find(|state| state.uuid == known.uuid).unwrap();
    let slot = read.floor_to(gpu_carbon_core::SLOT) + Span::from_seconds(300);
    let batch_of = GpuBatch {
        uuid: known.uuid.clone(),
        name: known.name.clone(),
        totals: state.totals,
        ..used(0, &embodied(), vec![Presence { slot, seconds: 9.0, embodied_grams: Some(1.0) }], 0)
    };
    ledger.write(&batch(vec![GpuBatch { last: None, ..batch_of }])).unwrap();
    drop(ledger);
    drop(reopen(&path));
    assert_eq!(recorded(&path), [since(read, embodied())], "from its last reading on");
    assert_eq!(parts(&path).len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if crate::fixtures::tries_more_cases() { 400 } else { 24 }))]

    /// The parts add up to the report, for every time, also of hours and days; and each time has the figures that were in use.
    #[test]
    fn the_parts_add_up_to_the_report(
        changes in prop::collection::vec((1_i64..200_000, 0_usize..3), 1..6),
        from in 0_i64..200_000,
        length in 300_i64..200_000,
        ages in 0_u64..3,
    ) {
        let kinds = [embodied(), unknown(), configured(42.0, Some("a source"))];
        let (_folder, path) = folder();
        let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
        let mut changes = changes;
        changes.sort_unstable();
        let mut read = 0;
        for (until, kind) in changes {
            let slots = (read / 300..=until / 300).step_by(7);
            let present = slots.map(|slot| Presence {
                slot: at(slot * 300),
                seconds: 300.0,
                embodied_grams: kinds[kind].mass().map(|mass| mass.as_grams() * 1e-6),
            });
            ledger.write(&batch(vec![used(0, &kinds[kind], present.collect(), until)])).unwrap();
            read = until;
        }
        let now = at(read) + Span::from_days(40 * ages + 380 * (ages / 2));
        while !ledger.compact(now, Retention::default()).unwrap().done {}
        drop(ledger);
        let reader = Reader::open(&path).unwrap();
        let within = Interval::new(at(from), at(from + length));
        let total = Report::read(&reader, vec![within.start(), within.end()]).unwrap().total();
        let parts = embodied_parts(&reader, within).unwrap();
        let seconds: f64 = parts.iter().map(|part| part.seconds).sum();
        let grams = parts.iter().filter_map(|part| part.grams).reduce(|one, other| one + other);
        prop_assert!((seconds - total.gpu_seconds).abs() <= 1e-9 * total.gpu_seconds.max(1.0));
        let difference = grams.unwrap_or_default() - total.embodied_grams.unwrap_or_default();
        prop_assert!(difference.abs() <= 1e-9 * total.embodied_grams.unwrap_or(1.0).max(1e-3));
        prop_assert_eq!(grams.is_some(), total.embodied_grams.is_some());
        prop_assert!(parts.iter().all(|part| part.basis.is_some()), "all of it was recorded");
        let times = parts.iter().map(|part| (part.time.start(), part.time.end()));
        prop_assert!(times.clone().zip(times.skip(1)).all(|(one, next)| one.1 <= next.0));
    }
}
