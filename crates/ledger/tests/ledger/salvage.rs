//! Damage of single values, pages and steps of a replacement: what can be read is carried over, and the rest is counted.

use std::fs;
use std::path::Path;

use gpu_carbon_core::{Quality, Signal, Timestamp};
use gpu_carbon_ledger::{GpuState, Ledger, Opened, Reader, Salvaged};
use rusqlite::Connection;

use crate::fixtures::{ZONE, at, batch, folder, gpu, last, posting, presence, unsettled};
use crate::versions::ledger_0_1_0;

/// A ledger of four GPUs with 100 J each, of which 40 J are pending.
fn write_four(path: &Path) {
    let (mut ledger, _) = Ledger::open(path, at(0)).unwrap();
    for index in 0..4 {
        let used =
            vec![posting(0, Some(Quality::Measured), 60.0, 2.0), posting(300, None, 40.0, 0.0)];
        ledger.write(&batch(vec![gpu(index, used, vec![presence(0, 300.0)])])).unwrap();
    }
    ledger.close().unwrap();
}

fn states(ledger: &Ledger) -> Vec<GpuState> {
    ledger.state(ZONE, Signal::Average, Timestamp::EPOCH).unwrap()
}

fn execute(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

fn quarantined(path: &Path) -> (Ledger, Salvaged) {
    match Ledger::open(path, at(0)).unwrap() {
        (ledger, Opened::Quarantined { salvaged, .. }) => (ledger, salvaged),
        (_, other) => panic!("{other:?}"),
    }
}

#[test]
fn a_changed_value_is_noticed_and_costs_no_total() {
    for sql in [
        "UPDATE gpu SET energy_joules = 4.8e27 WHERE id = 2",
        "UPDATE gpu SET energy_joules = 99.5 WHERE id = 2",
        "UPDATE gpu SET published_grams = 1.0 WHERE id = 2",
        "UPDATE gpu SET read_millijoules = 7 WHERE id = 3",
        "UPDATE gpu SET read_use = 'counted' WHERE id = 2",
        "UPDATE gpu SET read_use = 'x' WHERE id = 2",
        "UPDATE gpu SET read_use = NULL WHERE id = 2",
        "UPDATE gpu SET odd_millijoules = NULL WHERE id = 2",
        "UPDATE gpu_copy SET read_ahead_joules = 60.2 WHERE id = 2",
        "UPDATE gpu SET uuid = 'GPU-x' WHERE id = 3",
        "UPDATE gpu SET uuid = CAST(X'ff31' AS TEXT) WHERE id = 3",
        "DELETE FROM gpu WHERE id = 4",
        "UPDATE gpu_copy SET digest = digest + 1 WHERE id = 1",
        "DELETE FROM gpu_copy WHERE id = 1",
        "UPDATE entry SET counted_joules = 61 WHERE gpu = 2 AND grams IS NOT NULL",
        "UPDATE entry SET start = start + 300 WHERE gpu = 2 AND grams IS NOT NULL",
        "UPDATE entry SET start = -300 WHERE gpu = 2 AND grams IS NOT NULL",
        "UPDATE presence SET present_seconds = 299 WHERE gpu = 2",
        "DELETE FROM presence WHERE gpu = 2",
        "UPDATE origin SET zone = 'FR' WHERE source IS NOT NULL",
        "UPDATE share SET joules = joules + 1 WHERE gpu = 2 AND joules > 0",
        "UPDATE share SET workload = 99 WHERE gpu = 2 AND workload = 2",
        "DELETE FROM share WHERE gpu = 2",
        "UPDATE workload SET name = 'slurm:8' WHERE id = 1",
        "DELETE FROM workload WHERE id = 1",
        "UPDATE share_total SET energy_joules = 1 WHERE gpu = 2",
    ] {
        let (_folder, path) = folder();
        write_four(&path);
        execute(&path, &format!("PRAGMA foreign_keys = OFF; {sql}"));
        let (ledger, salvaged) = quarantined(&path);
        assert_eq!((salvaged.gpus, salvaged.joules), (4, 400.0), "{sql}: {salvaged}");
        assert_eq!(salvaged.pending_joules, 160.0, "{sql}: {salvaged}");
        assert_eq!((&salvaged.lost_gpus[..], salvaged.lost_pending_rows), (&[][..], 0), "{sql}");
        for state in states(&ledger) {
            assert_eq!((state.totals.energy_joules, state.totals.published_grams), (100.0, 2.0));
            let expected = (state.index % 2 == 1).then(unsettled);
            assert_eq!(state.last.as_ref().unwrap().unsettled, expected, "{sql}");
        }
    }
}

#[test]
fn pending_energy_that_was_changed_is_not_carried_over_and_counted() {
    let (_folder, path) = folder();
    write_four(&path);
    execute(&path, "UPDATE entry SET counted_joules = 39 WHERE gpu = 2 AND grams IS NULL");
    let (ledger, salvaged) = quarantined(&path);
    assert_eq!((salvaged.joules, salvaged.pending_joules), (400.0, 120.0), "{salvaged}");
    assert_eq!(salvaged.lost_pending_rows, 1);
    let states = states(&ledger);
    assert_eq!(states[1].totals.energy_joules, 100.0, "it is still in the total");
    assert!(salvaged.to_string().contains("lost: 1 pending rows"), "{salvaged}");
}

#[test]
fn a_name_that_is_no_text_costs_nothing() {
    let (_folder, path) = folder();
    write_four(&path);
    execute(&path, "UPDATE gpu SET name = CAST(X'ff41' AS TEXT) WHERE id = 2");
    let (ledger, opened) = Ledger::open(&path, at(0)).unwrap();
    assert_eq!(opened, Opened::Continued);
    assert_eq!(states(&ledger)[1].name, "\u{fffd}A");
    drop(ledger);
    assert_eq!(Reader::open(&path).unwrap().gpus()[1].name, "\u{fffd}A");
}

#[test]
fn both_rows_of_a_gpu_can_be_lost_without_the_others() {
    let (_folder, path) = folder();
    write_four(&path);
    execute(
        &path,
        "UPDATE gpu SET energy_joules = 1e300, resets = -1 WHERE id = 2;
         UPDATE gpu_copy SET energy_joules = 1e300 WHERE id = 2",
    );
    let (ledger, salvaged) = quarantined(&path);
    assert_eq!((salvaged.gpus, salvaged.joules), (3, 300.0), "{salvaged}");
    assert_eq!(salvaged.lost_gpus, ["GPU-1"]);
    assert_eq!(salvaged.lost_joules, 100.0, "those of its rows");
    assert_eq!(salvaged.days_left_behind, Some(1));
    assert_eq!(states(&ledger).len(), 3);
}

#[test]
fn a_ledger_of_0_1_0_that_contradicts_itself_is_noticed() {
    let (_folder, path) = ledger_0_1_0();
    execute(&path, "UPDATE gpu SET energy_joules = 4.8e27 WHERE id = 1");
    let (ledger, salvaged) = quarantined(&path);
    assert_eq!(salvaged.gpus, 3, "{salvaged}");
    let total = ledger.state("GB", Signal::Average, Timestamp::EPOCH).unwrap()[0].totals;
    assert!((total.energy_joules - 1_380_744.0).abs() < 1e-3, "{total:?}");
    let (_folder, path) = ledger_0_1_0();
    execute(&path, "UPDATE gpu SET energy_joules = 7.0 WHERE id = 1");
    let (ledger, _) = quarantined(&path);
    let total = ledger.state("GB", Signal::Average, Timestamp::EPOCH).unwrap()[0].totals;
    assert!((total.energy_joules - 1_380_744.0).abs() < 1e-3, "no counter falls: {total:?}");
}

/// The steps of a replacement after which a process may end, as functions that leave the files in that state.
#[test]
fn a_replacement_that_was_interrupted_is_finished() {
    let name = |path: &Path, suffix: &str| path.with_file_name(format!("ledger.db{suffix}"));
    let aside = ".corrupt-20261124T120000Z";
    for step in 0..6 {
        let (_folder, path) = folder();
        write_four(&path);
        fs::copy(&path, name(&path, ".other")).unwrap();
        execute(&path, "UPDATE gpu SET energy_joules = 4.8e27 WHERE id = 2");
        match step {
            // 0.1.0 renamed the damaged ledger, and had not created the new one.
            0 => fs::rename(&path, name(&path, aside)).unwrap(),
            // A draft was begun.
            1 => fs::write(name(&path, ".new"), "half").unwrap(),
            // The draft is complete, and the damaged ledger is still there.
            2 => fs::rename(name(&path, ".other"), name(&path, &format!("{aside}.replacement")))
                .unwrap(),
            // The damaged ledger was renamed, its log first.
            3 | 4 => {
                fs::rename(name(&path, ".other"), name(&path, &format!("{aside}.replacement")))
                    .unwrap();
                fs::write(name(&path, &format!("{aside}-wal")), "log").unwrap();
                if step == 4 {
                    fs::rename(&path, name(&path, aside)).unwrap();
                }
            }
            // The ledger is missing, and only a complete draft is there.
            _ => {
                fs::remove_file(&path).unwrap();
                fs::rename(name(&path, ".other"), name(&path, ".new")).unwrap();
            }
        }
        let (ledger, opened) = Ledger::open(&path, at(0)).unwrap();
        let is_counted = match opened {
            Opened::Quarantined { salvaged, .. } | Opened::Resumed { salvaged, .. } => {
                (salvaged.gpus, salvaged.joules) == (4, 400.0)
            }
            Opened::New | Opened::Continued => false,
        };
        assert!(is_counted, "step {step}");
        let energies: Vec<f64> = states(&ledger).iter().map(|it| it.totals.energy_joules).collect();
        assert_eq!(energies, [100.0; 4], "step {step}");
        drop(ledger);
        let (_, opened) = Ledger::open(&path, at(0)).unwrap();
        assert_eq!(opened, Opened::Continued, "step {step}: it is done");
    }
}

#[test]
fn a_file_named_as_a_replacement_that_is_no_sound_ledger_takes_no_place() {
    for kind in 0..4 {
        let (_folder, path) = folder();
        write_four(&path);
        let other = path.with_file_name("ledger.db.corrupt-20261124T120000Z.replacement");
        match kind {
            0 => fs::write(&other, "a text").unwrap(),
            1 => fs::write(&other, "").unwrap(),
            2 => fs::create_dir(&other).unwrap(),
            _ => {
                fs::copy(&path, &other).unwrap();
                execute(&other, "UPDATE gpu SET energy_joules = 4.8e27 WHERE id = 2");
            }
        }
        let (ledger, opened) = Ledger::open(&path, at(0)).unwrap();
        assert_eq!(opened, Opened::Continued, "kind {kind}");
        assert_eq!(states(&ledger).len(), 4);
        assert!(other.exists(), "kind {kind}");
    }
}

#[test]
fn a_reader_leaves_damaged_rows_out_and_names_them() {
    let (_folder, path) = folder();
    write_four(&path);
    execute(
        &path,
        "UPDATE entry SET counted_joules = 1e300 WHERE gpu = 2 AND grams IS NOT NULL;
         UPDATE entry SET start = -300 WHERE gpu = 3 AND grams IS NOT NULL;
         UPDATE entry SET seconds = 301 WHERE gpu = 4 AND grams IS NOT NULL",
    );
    let reader = Reader::open(&path).unwrap();
    let mut joules = 0.0;
    let all = reader.extent().unwrap();
    reader.usage_rows(all, |row| joules += row.energy.total_joules()).unwrap();
    assert_eq!(joules, 60.0 + 4.0 * 40.0, "the rest");
    let damage = reader.damage();
    assert_eq!(damage.len(), 3, "{damage:?}");
    for part in ["an amount of 1e300", "begins -300 seconds after 1970", "lasts 301 seconds"] {
        assert!(damage.iter().any(|note| note.contains(part)), "{part}: {damage:?}");
    }
}

#[test]
fn a_page_that_cannot_be_read_costs_its_own_rows_alone() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let used = (0..2000).map(|slot| posting(slot * 300, Some(Quality::Measured), 1.0, 0.1));
    let mut one = gpu(0, used.collect(), vec![]);
    one.last = Some(last(2000 * 300));
    ledger.write(&batch(vec![one])).unwrap();
    ledger.close().unwrap();
    let sound = fs::read(&path).unwrap();
    // Pages of tables without row ids, and of indices, that have cells.
    let is_leaf = |page: &usize| sound[*page] == 10 && sound[*page + 4] > 0;
    let leaves: Vec<usize> = (4096..sound.len()).step_by(4096).filter(is_leaf).collect();
    assert!(leaves.len() > 15, "{leaves:?}");
    for page in leaves {
        let mut bytes = sound.clone();
        bytes[page] = 0;
        fs::write(&path, &bytes).unwrap();
        let reader = Reader::open(&path).unwrap();
        let mut joules = 0.0;
        let all = reader.extent().unwrap();
        reader.usage_rows(all, |row| joules += row.energy.total_joules()).unwrap();
        assert!((1700.0..=2000.0).contains(&joules), "page {page}: {joules} J of 2000 J");
        assert!(joules == 2000.0 || !reader.damage().is_empty(), "page {page}");
    }
    let mut bytes = sound;
    let page = bytes.len() / 4096 / 2 * 4096;
    bytes[page] = 0;
    fs::write(&path, &bytes).unwrap();
    let (ledger, salvaged) = quarantined(&path);
    assert_eq!((salvaged.gpus, salvaged.joules), (1, 2000.0), "{salvaged}");
    assert_eq!(states(&ledger)[0].totals.energy_joules, 2000.0);
}

#[test]
fn a_copy_of_an_open_ledger_is_complete_without_its_log() {
    let (folder, path) = folder();
    write_four(&path);
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let used = vec![posting(600, None, 5.0, 0.0)];
    let mut next = gpu(0, used, vec![]);
    (next.totals.energy_joules, next.totals.published_grams) = (105.0, 2.0);
    ledger.write(&batch(vec![next])).unwrap();
    let copy = folder.path().join("copy.db");
    Reader::open(&path).unwrap().back_up(&copy).unwrap();
    let error = Reader::open(&path).unwrap().back_up(&copy).unwrap_err().to_string();
    assert!(error.contains("there is a file of this name already"), "{error}");
    let names = fs::read_dir(folder.path()).unwrap().flatten();
    assert!(names.filter(|it| it.file_name().to_string_lossy().contains("backup")).count() == 0);
    drop(ledger);
    let (ledger, opened) = Ledger::open(&copy, at(0)).unwrap();
    assert_eq!((opened, states(&ledger)[0].totals.energy_joules), (Opened::Continued, 105.0));
}

#[test]
fn a_reading_at_an_impossible_time_does_not_lengthen_a_report() {
    let (_folder, path) = folder();
    write_four(&path);
    execute(&path, "UPDATE gpu SET read_us = 720582954527000000, since_us = -1 WHERE id = 2");
    let sound = fs::read(&path).unwrap();
    let bounds = [Timestamp::EPOCH, at(86_400)];
    let check = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let reader = Reader::open(&path).unwrap();
        let damage = reader.damage();
        let note =
            "the last reading of GPU GPU-1 is left out: it is 720582954527 seconds after 1970";
        assert!(damage.iter().any(|found| found == note), "{damage:?}");
        let extent = reader.extent().unwrap();
        assert!(bounds[0] < extent.start() && extent.end() < bounds[1], "{extent:?}");
    };
    check(&sound);
    let mut damaged = sound;
    for page in (4096..damaged.len()).step_by(4096) {
        if damaged[page] == 10 {
            damaged[page] = 0x77;
        }
    }
    check(&damaged);
}
