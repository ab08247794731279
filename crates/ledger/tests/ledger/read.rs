//! Reading beside a writer, without a trace; and what is no ledger is refused in words.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use gpu_carbon_core::{Interval, Quality, Signal};
use gpu_carbon_ledger::{
    Carried, EnergyBySource, EnergySource, IntensitySource, Ledger, ReadError, Reader, UsageRow,
};
use proptest::prelude::*;

use crate::made::{at, batch, folder, gpu, posting, presence};

/// Three rows of two GPUs: one waits for its price.
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
    let mut uses = Vec::new();
    reader.usage_rows(reader.extent().unwrap(), |one| uses.push(one))?;
    Ok(uses)
}

/// What stands in a folder, to the byte. Within one process SQLite shares the index of a log that is written to,
/// with its marks of who reads.
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

/// Reads what [`write`] wrote, and finds all of it, and no trace.
fn check(path: &Path) {
    let before = contents(path.parent().unwrap());
    let reader = Reader::open(path).unwrap();
    let joules: Vec<_> = all(&reader).unwrap().iter().map(|one| (one.gpu, one.energy)).collect();
    let expected = [(1, 7.2e6), (0, 3.6e6), (0, 100.0)]
        .map(|(gpu, joules)| (gpu, EnergyBySource::of(EnergySource::Counted, joules)));
    assert_eq!(joules, expected);
    assert!(contents(path.parent().unwrap()) == before, "reading leaves no trace");
    drop(reader);
    assert!(contents(path.parent().unwrap()) == before, "nor does its end");
}

#[test]
fn every_row_comes_back_as_it_was_written() {
    let (_folder, path) = folder();
    let _ledger = write(&path);
    let reader = Reader::open(&path).unwrap();
    let [first, second] = reader.gpus() else { panic!("two GPUs: {:?}", reader.gpus()) };
    assert_eq!((first.uuid.as_str(), first.index, first.read_at), ("GPU-0", 0, Some(at(1))));
    assert_eq!(
        (second.name.as_str(), second.carried),
        ("NVIDIA H100 80GB HBM3", Carried::default())
    );
    // The last slot is still being written to: it ends when the GPU was read.
    assert_eq!(reader.extent(), Some(Interval::new(at(-300), at(1))));
    let uses = all(&reader).unwrap();
    let slot = |from, to| Interval::new(at(from), at(to));
    assert_eq!(
        uses.iter().map(|one| one.interval).collect::<Vec<_>>(),
        [slot(-300, 0), slot(0, 1), slot(0, 1)]
    );
    assert_eq!(
        uses.iter().map(|one| one.grams).collect::<Vec<_>>(),
        [Some(300.0), Some(200.0), None]
    );
    let origin = |one: &UsageRow| reader.origins()[one.origin].clone();
    assert_eq!(
        origin(&uses[0]).intensity_source,
        Some(IntensitySource { name: "gb".into(), quality: Quality::Forecast })
    );
    assert_eq!(
        (origin(&uses[2]).intensity_source, origin(&uses[2]).signal),
        (None, Signal::Average)
    );
    let mut stays = Vec::new();
    reader.presence_rows(slot(0, 1), |stay| stays.push(stay)).unwrap();
    assert_eq!(
        (stays.len(), stays[0].gpu, stays[0].seconds, stays[0].embodied_grams),
        (1, 0, 250.0, 0.25)
    );
    let mut none = 0;
    reader.usage_rows(slot(1, 1000), |_| none += 1).unwrap();
    reader.usage_rows(slot(-1000, -300), |_| none += 1).unwrap();
    assert_eq!(none, 0, "outside of the time that was asked for");
}

#[test]
fn a_writer_is_beside_it_or_was_killed_or_has_ended() {
    let (_folder, path) = folder();
    let ledger = write(&path);
    assert!(path.with_extension("db-wal").metadata().unwrap().len() > 0, "it is in the log yet");
    check(&path);
    // As a process that is killed leaves it; and as one who knows of no index copies that.
    for kept in [&["", "-wal", "-shm"][..], &["", "-wal"]] {
        let (_folder, copy) = folder();
        for suffix in kept {
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
fn what_is_written_later_is_not_seen() {
    let (_folder, path) = folder();
    let mut ledger = write(&path);
    let reader = Reader::open(&path).unwrap();
    let more = (1..1000).map(|slot| posting(300 * slot, None, 5.0, 0.0)).collect();
    ledger.write(&batch(vec![gpu(0, more, vec![])])).unwrap();
    assert_eq!(all(&reader).unwrap().len(), 3);
    assert_eq!(all(&Reader::open(&path).unwrap()).unwrap().len(), 1002);
}

#[test]
fn a_writer_that_begins_meanwhile_is_noticed() {
    let (_folder, path) = folder();
    drop(write(&path));
    let reader = Reader::open(&path).unwrap();
    drop(write(&path));
    let error = all(&reader).unwrap_err();
    assert!(matches!(error, ReadError::Changed(_)), "{error}");
    assert_eq!(all(&Reader::open(&path).unwrap()).unwrap()[1].energy.counted, 7.2e6);
}

#[test]
fn what_is_no_ledger_is_refused() {
    let (folder, path) = folder();
    let refused = |path: &Path, expected: &str| {
        let before = contents(folder.path());
        let error = Reader::open(path).unwrap_err().to_string();
        assert_eq!(error, format!("{}: {expected}", path.display()));
        assert!(contents(folder.path()) == before, "{expected}");
    };
    refused(
        &path,
        "there is no such file: name the ledger that the exporter's configuration names at ledger.path",
    );
    let none = "not a ledger: ";
    refused(folder.path().parent().unwrap(), &format!("{none}not a regular file"));
    fs::write(&path, "").unwrap();
    refused(&path, &format!("{none}an empty file"));
    fs::write(&path, "timestamp_utc,gco2_per_kwh\n").unwrap();
    refused(&path, &format!("{none}it does not begin as an SQLite database does"));
    fs::remove_file(&path).unwrap();
    drop(write(&path));
    let sound = fs::read(&path).unwrap();
    let with = |place: usize, number: u32| {
        let mut bytes = sound.clone();
        bytes[place..place + 4].copy_from_slice(&number.to_be_bytes());
        fs::write(&path, bytes).unwrap();
    };
    // Where SQLite's file format has the application's id, and the version that the application gives.
    with(68, 0);
    refused(&path, &format!("{none}the SQLite database of another program"));
    with(60, 99);
    refused(
        &path,
        "the ledger has format version 99, and this program reads versions up to 1: run the newer program",
    );
    with(60, 0);
    refused(
        &path,
        "the ledger is corrupt: no ledger is of version 0; an exporter that is started on it renames it and creates a new one",
    );
}

#[test]
fn a_damaged_name_is_quoted_in_a_line() {
    let (_folder, path) = folder();
    drop(write(&path));
    let mut bytes = fs::read(&path).unwrap();
    for place in 0..bytes.len() - 9 {
        if bytes[place..].starts_with(b"GBaverage") {
            bytes[place + 5] = b'\n';
        }
    }
    fs::write(&path, bytes).unwrap();
    let said = Reader::open(&path).unwrap_err().to_string();
    assert!(said.contains("is corrupt: an origin with `ave age`;"), "{said}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// It says so, or what it tells are numbers.
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
            Ok(uses) => prop_assert!(uses.iter().all(|one| one.energy.total_joules().is_finite())),
            Err(error) => prop_assert!(!error.to_string().contains(char::is_control), "{error}"),
        }
    }
}
