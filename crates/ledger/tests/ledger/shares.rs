//! The shares of workloads: they add up to the energy of the GPU, whatever happens to it, and survive restarts and damage.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use gpu_carbon_core::{Interval, Quality, Signal, Timestamp};
use gpu_carbon_ledger::{
    Ledger, Opened, PendingShare, Pod, Reader, Retention, ShareBatch, SharePosting, ShareState,
    ShareTotal, Workload, WorkloadRow,
};
use rusqlite::Connection;

use crate::fixtures::{ZONE, at, batch, folder, gpu, posting, presence, reopen};
use crate::versions::ledger_0_1_0;

fn job(name: &str) -> Arc<Workload> {
    Arc::new(Workload { name: name.into(), kind: "slurm_job".into(), pod: None })
}

fn share(slot: i64, workload: &Arc<Workload>, joules: f64) -> SharePosting {
    SharePosting {
        slot: at(slot),
        workload: Arc::clone(workload),
        time: Interval::new(at(slot), at(slot + 300)),
        energy_joules: joules,
        held_seconds: joules / 2.0,
    }
}

fn total(workload: &Arc<Workload>, joules: f64) -> ShareTotal {
    ShareTotal {
        workload: Arc::clone(workload),
        holds: true,
        energy_joules: joules,
        emissions_grams: 1.0,
        published_grams: 1.5,
        embodied_grams: 0.25,
        held_seconds: joules / 2.0,
    }
}

/// Writes energy of one GPU, of which some is pending, with the shares of some workloads.
fn write(
    ledger: &mut Ledger,
    used: &[(i64, Option<Quality>, f64)],
    postings: Vec<SharePosting>,
    totals: Option<Vec<ShareTotal>>,
) {
    let used = used.iter().map(|&(slot, quality, joules)| posting(slot, quality, joules, 2.0));
    let mut one = gpu(0, used.collect(), vec![presence(0, 300.0)]);
    one.shares = ShareBatch { postings, totals };
    ledger.write(&batch(vec![one])).unwrap();
}

fn shares(ledger: &Ledger) -> ShareState {
    let state = ledger.state(ZONE, Signal::Average, Timestamp::EPOCH).unwrap();
    state.into_iter().next().unwrap().shares
}

/// The joules of each share by start, length and name.
fn rows(path: &Path) -> BTreeMap<(i64, u64, String), f64> {
    let reader = Reader::open(path).unwrap();
    let within = Interval::new(at(-400 * 86_400), at(400 * 86_400));
    let mut rows = BTreeMap::new();
    reader
        .share_rows(within, |row| {
            let start =
                (row.interval.start().as_unix_micros() - at(0).as_unix_micros()) / 1_000_000;
            let seconds = row.interval.length().as_micros() / 1_000_000;
            let name = reader.workloads()[row.workload].workload.name.to_string();
            *rows.entry((start, seconds, name)).or_default() += row.energy_joules;
        })
        .unwrap();
    rows
}

#[test]
fn workloads_have_their_names_and_the_time_between_their_shares() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let pod = Pod { namespace: "team".to_owned(), name: "train-0".to_owned() };
    let pod =
        Arc::new(Workload { name: "pod:team/train-0".into(), kind: "pod".into(), pod: Some(pod) });
    let first = vec![share(300, &pod, 40.0), share(300, &job("slurm:1"), 60.0)];
    write(&mut ledger, &[(300, Some(Quality::Measured), 100.0)], first, None);
    write(&mut ledger, &[(900, None, 7.0)], vec![share(900, &pod, 7.0)], None);
    drop(ledger);
    let reader = Reader::open(&path).unwrap();
    let row = |workload: &Arc<Workload>, from, to| WorkloadRow {
        workload: (**workload).clone(),
        time: Interval::new(at(from), at(to)),
    };
    assert_eq!(reader.workloads(), [row(&pod, 300, 1200), row(&job("slurm:1"), 300, 600)]);
    assert!(pod.is_workload() && !Workload::stand_in(Workload::UNKNOWN).is_workload());
    let (_folder, old) = ledger_0_1_0();
    let old = Reader::open(&old).unwrap();
    assert_eq!(old.workloads(), []);
    let all = Interval::new(Timestamp::EPOCH, at(0));
    old.share_rows(all, |row| panic!("{row:?}")).unwrap();
}

#[test]
fn counters_continue_and_pending_energy_has_its_shares() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let (one, other) = (job("slurm:1"), job("slurm:2"));
    // Of 100 J in the slot, 40 J are pending.
    let used = [(0, Some(Quality::Measured), 60.0), (0, None, 40.0)];
    let postings = vec![share(0, &one, 75.0), share(0, &other, 25.0)];
    let totals = vec![total(&one, 75.0), ShareTotal { holds: false, ..total(&other, 25.0) }];
    write(&mut ledger, &used, postings, Some(totals.clone()));
    let pending = |workload: &Arc<Workload>, energy_joules| PendingShare {
        slot: at(0),
        workload: Arc::clone(workload),
        energy_joules,
    };
    let expected = vec![pending(&one, 30.0), pending(&other, 10.0)];
    assert_eq!(shares(&ledger), ShareState { totals: totals.clone(), pending: expected.clone() });
    write(&mut ledger, &[], Vec::new(), None);
    assert_eq!(shares(&ledger).totals, totals, "a batch without counters leaves them");
    // A damaged file: the counters and the shares of pending energy are carried over.
    ledger.close().unwrap();
    let sql = "UPDATE entry SET counted_joules = 61 WHERE grams IS NOT NULL";
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let (ledger, opened) = Ledger::open(&path, at(0)).unwrap();
    assert!(matches!(opened, Opened::Quarantined { .. }), "{opened:?}");
    let salvaged = shares(&ledger);
    assert_eq!(salvaged.totals, totals);
    let joules: f64 = salvaged.pending.iter().map(|share| share.energy_joules).sum();
    assert!((joules - 40.0).abs() < 1e-9, "{salvaged:?}");
    assert!((salvaged.pending[0].energy_joules - 30.0).abs() < 1.0, "as of 101 J: {salvaged:?}");
    drop(ledger);
    // A counter that is not as it was written is left out, and the others are not.
    let sql = "UPDATE share_total SET held_seconds = 1 WHERE workload = 1";
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let (ledger, opened) = Ledger::open(&path, at(0)).unwrap();
    assert!(matches!(opened, Opened::Quarantined { .. }), "{opened:?}");
    assert_eq!(shares(&ledger).totals, totals[1..]);
}

#[test]
fn shares_are_compacted_as_the_entries_are() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let (one, other) = (job("slurm:1"), job("slurm:2"));
    for slot in [0, 300, 3600] {
        let postings = vec![share(slot, &one, 3.0), share(slot, &other, 1.0)];
        write(&mut ledger, &[(slot, Some(Quality::Measured), 4.0)], postings, None);
    }
    while !ledger.compact(at(33 * 86_400), Retention::default()).unwrap().done {}
    let key = |start, seconds, name: &str| (start, seconds, name.to_owned());
    let expected = [
        (key(0, 3600, "slurm:1"), 6.0),
        (key(0, 3600, "slurm:2"), 2.0),
        (key(3600, 3600, "slurm:1"), 3.0),
        (key(3600, 3600, "slurm:2"), 1.0),
    ];
    // The reader ends an interval at the last reading, which is a second after noon in all batches of these tests.
    let found: Vec<f64> = rows(&path).into_values().collect();
    assert_eq!(found, expected.map(|(_, joules)| joules));
    while !ledger.compact(at(400 * 86_400), Retention::default()).unwrap().done {}
    assert_eq!(rows(&path).into_values().collect::<Vec<_>>(), [9.0, 3.0]);
    drop(ledger);
    drop(reopen(&path));
}

#[test]
fn names_of_workloads_are_removed_and_their_energy_stays() {
    let (_folder, path) = folder();
    let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
    let (old, older, recent) = (job("slurm:1"), job("slurm:2"), job("slurm:3"));
    let unknown = Arc::new(Workload::stand_in(Workload::UNKNOWN));
    let postings = vec![share(0, &old, 1.0), share(0, &older, 2.0), share(0, &unknown, 4.0)];
    let used = [(0, Some(Quality::Measured), 7.0), (600, Some(Quality::Measured), 8.0)];
    let of_recent = share(600, &recent, 8.0);
    let totals = vec![total(&recent, 8.0)];
    write(&mut ledger, &used, postings.into_iter().chain([of_recent]).collect(), Some(totals));
    assert_eq!(ledger.forget_workloads(at(300)).unwrap(), 0, "until is not before");
    assert_eq!(ledger.forget_workloads(at(1200)).unwrap(), 2, "one is published, one no workload");
    assert_eq!(ledger.forget_workloads(at(1200)).unwrap(), 0);
    let names: BTreeMap<String, f64> =
        rows(&path).into_iter().map(|((_, _, name), joules)| (name, joules)).collect();
    let expected = [("forgotten", 3.0), ("slurm:3", 8.0), ("unknown", 4.0)];
    assert_eq!(names, expected.map(|(name, joules)| (name.to_owned(), joules)).into());
    ledger.close().unwrap();
    let ledger = reopen(&path);
    assert_eq!(shares(&ledger).totals.len(), 1);
    let kinds: Vec<_> = Reader::open(&path).unwrap().workloads().to_vec();
    let forgotten = kinds.iter().find(|row| &*row.workload.name == Workload::FORGOTTEN).unwrap();
    assert_eq!(&*forgotten.workload.kind, "slurm_job");
    assert!(forgotten.workload.is_workload());
}
