//! Reading beside a writer without changing a file, and the rejection of files that are not ledgers.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use gpu_carbon_core::{Interval, Quality, Signal};
use gpu_carbon_ledger::{
    Carried, EnergyBySource, EnergySource, IntensitySource, Ledger, ReadError, Reader, UsageRow,
};
use proptest::prelude::*;

use crate::fixtures::{at, batch, folder, gpu, posting, presence};

/// Writes three rows of two GPUs. One row is pending.
fn write(path: &Path) -> Ledger {
    let (mut ledger, _) = Ledger::open(path, at(0)).unwrap();
    let first = gpu(
        0,
        vec![posting(0, Some(Quality::Measured), 3.6e6, 200.0), posting(0, None, 100.0, 0.0)],
        vec![presence(0, 250.0)],
    );
    let second = gpu(1, vec![posting(-300, Some(Quality::Forecast), 7.2e6, 300.0)], vec![]);
    ledger.write(&batch(vec![first, second])).unwrap();
    ledger
}

fn all(reader: &Reader) -> Result<Vec<UsageRow>, ReadError> {
    let mut rows = Vec::new();
    reader.usage_rows(reader.extent().unwrap(), |row| rows.push(row))?;
    Ok(rows)
}

/// The bytes of each file in a folder, except for the index of the log: within one process SQLite shares that between
/// writer and readers, and marks the readers in it.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let bytes = |path: &Path| {
        let is_index = path.extension().is_some_and(|extension| extension == "db-shm");
        if is_index { Vec::new() } else { fs::read(path).unwrap() }
    };
    let mut contents: Vec<_> = paths.map(|path| (path.clone(), bytes(&path))).collect();
    contents.sort();
    contents
}

/// Reads the rows that [`write`] wrote, and checks that no file changed.
fn check(path: &Path) {
    let before = contents(path.parent().unwrap());
    let reader = Reader::open(path).unwrap();
    let joules: Vec<_> = all(&reader).unwrap().iter().map(|one| (one.gpu, one.energy)).collect();
    let expected = [(1, 7.2e6), (0, 3.6e6), (0, 100.0)]
        .map(|(gpu, joules)| (gpu, EnergyBySource::of(EnergySource::Counted, joules)));
    assert_eq!(joules, expected);
    assert!(contents(path.parent().unwrap()) == before, "reading changes no file");
    drop(reader);
    assert!(contents(path.parent().unwrap()) == before, "closing the reader changes no file");
}

#[test]
fn every_row_is_read_as_it_was_written() {
    let (_folder, path) = folder();
    let _ledger = write(&path);
    let reader = Reader::open(&path).unwrap();
    let [first, second] = reader.gpus() else { panic!("two GPUs: {:?}", reader.gpus()) };
    assert_eq!((first.uuid.as_str(), first.index, first.read_at), ("GPU-0", 0, Some(at(1))));
    assert_eq!(
        (second.name.as_str(), second.carried),
        ("NVIDIA H100 80GB HBM3", Carried::default())
    );
    // The last slot is still growing: it ends at the last reading of the GPU.
    assert_eq!(reader.extent(), Some(Interval::new(at(-300), at(1))));
    let rows = all(&reader).unwrap();
    let slot = |from, to| Interval::new(at(from), at(to));
    assert_eq!(
        rows.iter().map(|row| row.interval).collect::<Vec<_>>(),
        [slot(-300, 0), slot(0, 1), slot(0, 1)]
    );
    assert_eq!(
        rows.iter().map(|row| row.grams).collect::<Vec<_>>(),
        [Some(300.0), Some(200.0), None]
    );
    let origin = |row: &UsageRow| reader.origins()[row.origin].clone();
    assert_eq!(
        origin(&rows[0]).intensity_source,
        Some(IntensitySource { name: "gb".into(), quality: Quality::Forecast, scope: None })
    );
    assert_eq!(
        (origin(&rows[2]).intensity_source, origin(&rows[2]).signal),
        (None, Signal::Average)
    );
    let mut presence_rows = Vec::new();
    reader.presence_rows(slot(0, 1), |row| presence_rows.push(row)).unwrap();
    assert_eq!(
        (
            presence_rows.len(),
            presence_rows[0].gpu,
            presence_rows[0].seconds,
            presence_rows[0].embodied_grams
        ),
        (1, 0, 250.0, Some(0.25))
    );
    let mut outside = 0;
    reader.usage_rows(slot(1, 1000), |_| outside += 1).unwrap();
    reader.usage_rows(slot(-1000, -300), |_| outside += 1).unwrap();
    assert_eq!(outside, 0, "rows outside of the interval");
}

#[test]
fn a_ledger_is_read_beside_its_writer_and_after_it_was_killed_or_closed() {
    let (_folder, path) = folder();
    let ledger = write(&path);
    assert!(
        path.with_extension("db-wal").metadata().unwrap().len() > 0,
        "the rows are still in the log"
    );
    check(&path);
    // The files after a kill, and a copy of them without the index of the log.
    for suffixes in [&["", "-wal", "-shm"][..], &["", "-wal"]] {
        let (_folder, copy) = folder();
        for suffix in suffixes {
            let beside = |path: &Path| PathBuf::from(format!("{}{suffix}", path.display()));
            fs::copy(beside(&path), beside(&copy)).unwrap();
        }
        check(&copy);
    }
    drop(ledger);
    assert!(!path.with_extension("db-wal").exists());
    check(&path);
}

#[test]
fn later_writes_are_not_visible() {
    let (_folder, path) = folder();
    let mut ledger = write(&path);
    let reader = Reader::open(&path).unwrap();
    let more = (1..1000).map(|slot| posting(300 * slot, None, 5.0, 0.0)).collect();
    ledger.write(&batch(vec![gpu(0, more, vec![])])).unwrap();
    assert_eq!(all(&reader).unwrap().len(), 3);
    assert_eq!(all(&Reader::open(&path).unwrap()).unwrap().len(), 1002);
}

#[test]
fn a_writer_that_starts_meanwhile_is_detected() {
    let (_folder, path) = folder();
    drop(write(&path));
    let reader = Reader::open(&path).unwrap();
    drop(write(&path));
    let error = all(&reader).unwrap_err();
    assert!(matches!(error, ReadError::Changed(_)), "{error}");
    assert_eq!(all(&Reader::open(&path).unwrap()).unwrap()[1].energy.counted, 7.2e6);
}

#[test]
fn a_file_that_is_not_a_ledger_is_rejected() {
    let (folder, path) = folder();
    let rejected = |path: &Path, expected: &str| {
        let before = contents(folder.path());
        let error = Reader::open(path).unwrap_err().to_string();
        assert_eq!(error, format!("{}: {expected}", path.display()));
        assert!(contents(folder.path()) == before, "{expected}");
    };
    rejected(
        &path,
        "there is no such file: name the ledger that the exporter's configuration names at ledger.path",
    );
    let not_a_ledger = "not a ledger: ";
    rejected(folder.path().parent().unwrap(), &format!("{not_a_ledger}not a regular file"));
    fs::write(&path, "").unwrap();
    rejected(&path, &format!("{not_a_ledger}an empty file"));
    fs::write(&path, "timestamp_utc,gco2_per_kwh\n").unwrap();
    rejected(&path, &format!("{not_a_ledger}it does not begin as an SQLite database does"));
    fs::remove_file(&path).unwrap();
    drop(write(&path));
    let sound = fs::read(&path).unwrap();
    let with = |place: usize, number: u32| {
        let mut bytes = sound.clone();
        bytes[place..place + 4].copy_from_slice(&number.to_be_bytes());
        fs::write(&path, bytes).unwrap();
    };
    // The places of the application id and the user version in SQLite's file format.
    with(68, 0);
    rejected(&path, &format!("{not_a_ledger}the SQLite database of another program"));
    with(60, 99);
    rejected(
        &path,
        "the ledger has format version 99, and this program reads versions up to 7: run the newer program",
    );
    with(60, 0);
    rejected(
        &path,
        "the ledger is corrupt: no ledger is of version 0; an exporter that is started on it renames it and creates a new one",
    );
}

#[test]
fn a_damaged_name_is_quoted_in_one_line() {
    let (_folder, path) = folder();
    drop(write(&path));
    let mut bytes = fs::read(&path).unwrap();
    for place in 0..bytes.len() - 9 {
        if bytes[place..].starts_with(b"GBaverage") {
            bytes[place + 5] = b'\n';
        }
    }
    fs::write(&path, bytes).unwrap();
    let damage = Reader::open(&path).unwrap().damage();
    let note = "the row of origin with the id 1 is left out: an origin with `ave age`";
    assert!(damage.iter().any(|found| found == note), "{damage:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Reading fails with a message of one line, or returns finite numbers.
    #[test]
    fn damage_is_never_a_panic(places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40)) {
        static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| {
            let (_folder, path) = folder();
            drop(write(&path));
            fs::read(&path).unwrap()
        });
        let (_folder, path) = folder();
        let mut bytes = SOUND.clone();
        for (place, byte) in places {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        fs::write(&path, bytes).unwrap();
        let outcome = Reader::open(&path).and_then(|reader| reader.extent().map_or(Ok(vec![]), |_| all(&reader)));
        match outcome {
            Ok(rows) => prop_assert!(rows.iter().all(|row| row.energy.total_joules().is_finite())),
            Err(error) => prop_assert!(!error.to_string().contains(char::is_control), "{error}"),
        }
    }
}
