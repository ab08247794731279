//! A ledger that was damaged in its file or in its log, opened by the next writer.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use gpu_carbon_core::{Interval, Pue, Quality, Signal, Span, Timestamp};
use gpu_carbon_ledger::{
    Batch, EnergySource, GpuBatch, GpuTotals, IntensitySource, LastReading, Ledger, Opened, Origin,
    Posting, Presence, Reader, ShareBatch, SharePosting, ShareTotal, Workload,
};

const ZONE: &str = "GB";

/// A file and its log, as a writer leaves them that is killed.
static SOUND: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    let folder = folder();
    let path = folder.path().join("ledger.db");
    let (mut ledger, _) = Ledger::open(&path, Timestamp::EPOCH).unwrap();
    for slot in 0..8 {
        ledger.write(&batch(slot, 0.0)).unwrap();
        if slot == 5 {
            drop(ledger); // into the file with it
            ledger = Ledger::open(&path, Timestamp::EPOCH).unwrap().0;
        }
    }
    [fs::read(&path).unwrap(), fs::read(log(&path)).unwrap()]
});

/// A damaged file is read, refused or quarantined in one line, and the totals that continue add up.
pub(crate) fn run(input: &[u8]) {
    let folder = folder();
    let path = folder.path().join("ledger.db");
    if input.starts_with(b"SQLite format 3\0") {
        fs::write(&path, input).unwrap();
    } else {
        let [mut file, mut log_bytes] = SOUND.clone();
        for change in input.chunks_exact(4) {
            let &[which, high, low, with] = change else { continue };
            let bytes = if which % 2 == 0 { &mut file } else { &mut log_bytes };
            let at = usize::from(u16::from_be_bytes([high, low])) * bytes.len() / 65_536;
            match which {
                0..=127 => bytes[at] = with,
                128..=249 => bytes[at] ^= with,
                250.. => bytes.truncate(at.max(1)),
            }
        }
        fs::write(&path, file).unwrap();
        fs::write(log(&path), log_bytes).unwrap();
    }
    read(&path);
    go_on(&path);
}

fn read(path: &Path) {
    let reader = match Reader::open(path) {
        Ok(reader) => reader,
        Err(error) => return crate::is_one_line(&error),
    };
    let all = Interval::new(Timestamp::FIRST, Timestamp::FIRST + Span::ALL);
    let presence = reader.presence_rows(all, |row| assert!(row.gpu < reader.gpus().len()));
    let usage = reader.usage_rows(all, |row| {
        assert!(row.gpu < reader.gpus().len() && row.origin < reader.origins().len());
    });
    for error in [presence, usage].into_iter().filter_map(Result::err) {
        crate::is_one_line(&error);
    }
}

fn go_on(path: &Path) {
    let (mut ledger, opened) = match Ledger::open(path, Timestamp::EPOCH) {
        Ok(opened) => opened,
        Err(error) => return crate::is_one_line(&error),
    };
    if let Opened::Quarantined { to, reason, salvaged } = opened {
        assert!(to.exists() || log(&to).exists());
        crate::is_one_line(&reason);
        crate::is_one_line(&salvaged);
    }
    let known = match ledger.state(ZONE, Signal::Average, Timestamp::EPOCH) {
        Ok(known) => known,
        Err(error) => return crate::is_one_line(&error),
    };
    let of = |joules| {
        known
            .iter()
            .find(|state| state.uuid == "GPU-0")
            .map_or(joules, |state| state.totals.energy_joules)
    };
    let next = batch(9, of(0.0));
    if let Err(error) = ledger.write(&next) {
        assert!(error.is_corrupt(), "{error}");
        crate::is_one_line(&error);
        ledger = ledger.recreate(Timestamp::EPOCH).unwrap().0;
        ledger.write(&next).unwrap();
    }
    let known = ledger.state(ZONE, Signal::Average, Timestamp::EPOCH).unwrap();
    assert!(known.iter().any(|state| state.totals
        == GpuTotals {
            restated_grams: state.totals.restated_grams,
            since: state.totals.since,
            ..next.gpus[0].totals
        }));
}

/// The shares of a job in the energy of a batch.
fn shares(slot: Timestamp) -> ShareBatch {
    let workload =
        Arc::new(Workload { name: "slurm:7".into(), kind: "slurm_job".into(), pod: None });
    let time = Interval::new(slot, slot + Span::from_seconds(300));
    let total = ShareTotal {
        workload: Arc::clone(&workload),
        holds: true,
        energy_joules: 100.0,
        emissions_grams: 0.5,
        published_grams: 0.5,
        embodied_grams: 0.25,
        held_seconds: 300.0,
    };
    let posting = SharePosting { slot, workload, time, energy_joules: 100.0, held_seconds: 300.0 };
    ShareBatch { postings: vec![posting], totals: Some(vec![total]) }
}

fn batch(slot: u64, joules_before: f64) -> Batch {
    let slot = Timestamp::EPOCH + Span::from_seconds(slot * 300);
    let posting = |intensity_source| Posting {
        slot,
        origin: Origin {
            zone: ZONE.into(),
            signal: Signal::Average,
            pue: Pue::ONE,
            intensity_source,
        },
        source: EnergySource::Counted,
        energy_joules: 50.0,
        emissions_grams: 0.5,
    };
    let totals = GpuTotals {
        since: Timestamp::EPOCH,
        energy_joules: joules_before + 100.0,
        emissions_grams: 0.5,
        restated_grams: 0.0,
        published_grams: 0.5,
        embodied_grams: 0.25,
        recovered_joules: 0.0,
        unseen_seconds: 0.0,
        resets: 0,
    };
    let gpu = GpuBatch {
        uuid: "GPU-0".to_owned(),
        name: "NVIDIA H100 80GB HBM3".to_owned(),
        index: 0,
        totals,
        last: Some(LastReading {
            at: slot,
            millijoules: Some(1),
            boot: String::new(),
            uptime: Span::ZERO,
            driver: String::new(),
            unsettled: None,
        }),
        embodied: None,
        postings: vec![
            posting(Some(IntensitySource {
                name: "gb".into(),
                quality: Quality::Measured,
                scope: None,
            })),
            posting(None),
        ],
        presence: vec![Presence { slot, seconds: 300.0, embodied_grams: Some(0.25) }],
        shares: shares(slot),
    };
    Batch { at: slot, gpus: vec![gpu] }
}

/// A folder in memory, where there is one: no input has to last.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn log(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}-wal", path.display()))
}
