//! Batches and ledgers for the tests.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gpu_carbon_core::embodied::{CountedFigure, EmbodiedBasis, LIFESPAN, Manufacture};
use gpu_carbon_core::meter::{CounterUse, OddValue, Unsettled};
use gpu_carbon_core::{Energy, Interval, Pue, Quality, SLOT, Signal, Span, Timestamp};
use gpu_carbon_ledger::{
    Batch, EnergySource, GpuBatch, GpuTotals, IntensitySource, LastReading, Ledger, Opened, Origin,
    Posting, Presence, ShareBatch, SharePosting, ShareTotal, Workload,
};
use tempfile::TempDir;

pub(crate) const ZONE: &str = "GB";
/// 2026-11-24T12:00:00Z.
pub(crate) const NOON: i64 = 1_795_521_600;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(NOON + seconds)
}

/// A temporary folder and the path of a ledger in it. The folder is in memory where that is possible, since the tests
/// write thousands of ledgers.
pub(crate) fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let path = folder.path().canonicalize().unwrap().join("ledger.db");
    (folder, path)
}

/// True in the long soak (`cargo xtask soak`), which tries many more cases than the tests do.
pub(crate) fn tries_more_cases() -> bool {
    std::env::var_os("GPU_CARBON_MORE_CASES").is_some()
}

/// Opens an existing ledger.
pub(crate) fn reopen(path: &Path) -> Ledger {
    let (ledger, opened) = Ledger::open(path, at(0)).unwrap();
    assert_eq!(opened, Opened::Continued);
    ledger
}

pub(crate) fn origin(quality: Option<Quality>) -> Origin {
    let intensity_source =
        quality.map(|quality| IntensitySource { name: Arc::from("gb"), quality, scope: None });
    Origin { zone: ZONE.into(), signal: Signal::Average, pue: Pue::ONE, intensity_source }
}

pub(crate) fn posting(slot: i64, quality: Option<Quality>, joules: f64, grams: f64) -> Posting {
    Posting {
        slot: at(slot),
        origin: origin(quality),
        source: EnergySource::Counted,
        energy_joules: joules,
        emissions_grams: grams,
    }
}

pub(crate) fn presence(slot: i64, seconds: f64) -> Presence {
    Presence { slot: at(slot), seconds, embodied_grams: Some(seconds / 1000.0) }
}

/// The totals of a GPU after these postings and presence, its first ones.
pub(crate) fn totals(postings: &[Posting], presence: &[Presence]) -> GpuTotals {
    let joules = |posting: &Posting| posting.energy_joules;
    let grams: f64 = postings
        .iter()
        .filter(|posting| posting.origin.intensity_source.is_some())
        .map(|posting| posting.emissions_grams)
        .sum();
    let recovered = postings.iter().filter(|posting| posting.source == EnergySource::Recovered);
    GpuTotals {
        since: at(0),
        energy_joules: postings.iter().map(joules).sum(),
        emissions_grams: grams,
        restated_grams: 0.0,
        published_grams: grams,
        embodied_grams: presence.iter().filter_map(|presence| presence.embodied_grams).sum(),
        recovered_joules: recovered.map(joules).sum(),
        unseen_seconds: 0.0,
        resets: 0,
    }
}

pub(crate) fn last(seconds: i64) -> LastReading {
    LastReading {
        at: at(seconds),
        millijoules: Some(123_456_789),
        boot: "6f1d7c2e-0000-4000-8000-000000000001".to_owned(),
        uptime: Span::from_micros(9_876_543_210),
        driver: "580.65.06".to_owned(),
        unsettled: None,
    }
}

pub(crate) fn unsettled() -> Unsettled {
    let millis = |millis: u64| Span::from_micros(9_876_000_000 + millis * 1000);
    Unsettled {
        use_of_counter: CounterUse::Awaited,
        moved: millis(0),
        settled_at: millis(20),
        odd: Some(OddValue {
            since: millis(300),
            millijoules: 7000,
            moved: millis(500),
            is_repeated: true,
        }),
        ahead: Energy::from_joules(60.1).unwrap(),
        unresolved: Span::from_seconds(2),
        unresolved_since: millis(300),
    }
}

/// The published figures of the GPU of the tests.
pub(crate) fn embodied() -> EmbodiedBasis {
    let entry = Manufacture::of("NVIDIA H100 80GB HBM3").unwrap();
    EmbodiedBasis { gpu: Some(CountedFigure::published(entry)), server: None, lifespan: LIFESPAN }
}

pub(crate) fn gpu(index: u32, postings: Vec<Posting>, presence: Vec<Presence>) -> GpuBatch {
    GpuBatch {
        uuid: format!("GPU-{index}"),
        name: "NVIDIA H100 80GB HBM3".to_owned(),
        index,
        shares: shares(index, &totals(&postings, &presence), &postings, &presence),
        totals: totals(&postings, &presence),
        // Of every other GPU, the counter has shown a value that is doubted.
        last: Some(LastReading { unsettled: (index % 2 == 1).then(unsettled), ..last(1) }),
        embodied: Some(Arc::new(embodied())),
        postings,
        presence,
    }
}

/// Two workloads that share all energy and time of these postings and presence: a job and an unknown one.
fn shares(
    index: u32,
    totals: &GpuTotals,
    postings: &[Posting],
    presence: &[Presence],
) -> ShareBatch {
    let job =
        Workload { name: format!("slurm:{index}").into(), kind: "slurm_job".into(), pod: None };
    let (job, unknown) = (Arc::new(job), Arc::new(Workload::stand_in(Workload::UNKNOWN)));
    let share = |slot: Timestamp, workload: &Arc<Workload>, energy_joules, held_seconds| {
        let (workload, time) = (Arc::clone(workload), Interval::new(slot, slot + SLOT));
        SharePosting { slot, workload, time, energy_joules, held_seconds }
    };
    let of_energy = postings.iter().flat_map(|posting| {
        let quarter = posting.energy_joules / 4.0;
        let rest = posting.energy_joules - quarter;
        [share(posting.slot, &job, rest, 0.0), share(posting.slot, &unknown, quarter, 0.0)]
    });
    let of_time = presence.iter().map(|one| share(one.slot, &job, 0.0, one.seconds));
    let total = ShareTotal {
        workload: Arc::clone(&job),
        holds: true,
        energy_joules: totals.energy_joules,
        emissions_grams: totals.emissions_grams,
        published_grams: totals.published_grams,
        embodied_grams: totals.embodied_grams,
        held_seconds: presence.iter().map(|one| one.seconds).sum(),
    };
    ShareBatch { postings: of_energy.chain(of_time).collect(), totals: Some(vec![total]) }
}

pub(crate) fn batch(gpus: Vec<GpuBatch>) -> Batch {
    Batch { at: at(1), gpus }
}
