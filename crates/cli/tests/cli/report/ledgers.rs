//! Ledgers that the real writer wrote.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gpu_carbon_core::boundary::{
    Boundary, BoundaryChoice, Declaration, HostMethod, HostPart, Knowledge,
};
use gpu_carbon_core::embodied::{CountedFigure, EmbodiedBasis, FigureOrigin, LIFESPAN};
use gpu_carbon_core::{Interval, Mass, Power, Pue, Quality, SLOT, Scope, Signal, Span, Timestamp};
use gpu_carbon_feeds::rfc3339::parse;
use gpu_carbon_ledger::{
    Batch, EnergySource, GpuBatch, GpuTotals, HostAccount, IntensitySource, LastReading, Ledger,
    Origin, Pod, Posting, Presence, RecordedBoundary, Retention, ShareBatch, SharePosting,
    Workload,
};
use tempfile::TempDir;

pub(crate) fn at(text: &str) -> Timestamp {
    parse(text).unwrap()
}

/// A constant power over some time, measured and converted in one way.
pub(crate) struct Load {
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) watts: f64,
    pub(crate) source: EnergySource,
    pub(crate) signal: Signal,
    /// The intensity in g/kWh, and its quality; `None` where the energy is pending.
    pub(crate) intensity: Option<(f64, Quality)>,
    /// The scope of the intensity; `None` where the ledger has none.
    pub(crate) scope: Option<Scope>,
    /// The name of the workload that held the GPU; `None` where the energy is not divided.
    pub(crate) holder: Option<&'static str>,
}

pub(crate) const CALM: Load = Load {
    from: "2026-11-22T22:00:00Z",
    to: "2026-11-24T08:00:00Z",
    watts: 300.0,
    source: EnergySource::Counted,
    signal: Signal::Average,
    intensity: Some((200.0, Quality::Measured)),
    scope: None,
    holder: None,
};

impl Load {
    fn postings(&self) -> Vec<Posting> {
        let slots = std::iter::successors(Some(at(self.from)), |&slot| Some(slot + SLOT));
        let intensity_source = self.intensity.map(|(_, quality)| IntensitySource {
            name: "gb".into(),
            quality,
            scope: self.scope,
        });
        let slots = slots.take_while(|&slot| slot < at(self.to)).map(|slot| {
            let seconds = at(self.to).duration_since(slot).as_seconds().min(SLOT.as_seconds());
            let energy_joules = self.watts * seconds;
            let grams =
                self.intensity.map(|(intensity, _)| energy_joules * 1.25 * intensity / 3.6e6);
            Posting {
                slot,
                origin: Origin {
                    zone: "GB".into(),
                    signal: self.signal,
                    pue: Pue::from_number(1.25).unwrap(),
                    intensity_source: intensity_source.clone(),
                },
                source: self.source,
                energy_joules,
                emissions_grams: grams.unwrap_or_default(),
            }
        });
        slots.collect()
    }

    /// The shares of the holder: all energy and time.
    fn shares(&self) -> Vec<SharePosting> {
        let Some(name) = self.holder else { return Vec::new() };
        let workload = Arc::new(workload(name));
        let share = |posting: Posting| {
            let held_seconds = posting.energy_joules / self.watts;
            SharePosting {
                slot: posting.slot,
                workload: Arc::clone(&workload),
                time: Interval::new(at(self.from), at(self.to)),
                energy_joules: posting.energy_joules,
                held_seconds,
            }
        };
        self.postings().into_iter().map(share).collect()
    }
}

/// A workload by its name.
fn workload(name: &'static str) -> Workload {
    let (kind, pod) = match name.split_once(':') {
        None => return Workload::stand_in(name),
        Some(("slurm", _)) => ("slurm_job", None),
        Some((_, names)) => {
            let (namespace, name) = names.split_once('/').unwrap();
            ("pod", Some(Pod { namespace: namespace.to_owned(), name: name.to_owned() }))
        }
    };
    Workload { name: name.into(), kind: kind.into(), pod }
}

/// The figures of the operator that make 1e-3 g a second.
pub(crate) fn embodied() -> EmbodiedBasis {
    let figure = CountedFigure {
        mass: Mass::from_grams(126_144.0).unwrap(),
        origin: FigureOrigin::Operator(Some("A study, 2026".to_owned())),
    };
    EmbodiedBasis { gpu: Some(figure), server: None, lifespan: LIFESPAN }
}

pub(crate) fn gpu(index: u32, name: &str, loads: &[Load]) -> GpuBatch {
    let postings: Vec<Posting> = loads.iter().flat_map(Load::postings).collect();
    let presence: Vec<Presence> = loads
        .iter()
        .flat_map(|load| {
            load.postings().into_iter().map(|posting| {
                let seconds = posting.energy_joules / load.watts;
                Presence { slot: posting.slot, seconds, embodied_grams: Some(seconds * 1e-3) }
            })
        })
        .collect();
    let sum = |of: fn(&Posting) -> f64| postings.iter().map(of).sum::<f64>();
    let grams = sum(|posting| posting.emissions_grams);
    GpuBatch {
        uuid: format!("GPU-{index}a1b2c3d-0000-4000-8000-000000000000"),
        name: name.to_owned(),
        index,
        totals: GpuTotals {
            since: at(loads[0].from),
            energy_joules: sum(|posting| posting.energy_joules),
            emissions_grams: grams,
            restated_grams: 0.0,
            published_grams: grams,
            embodied_grams: presence.iter().filter_map(|one| one.embodied_grams).sum(),
            recovered_joules: 0.0,
            unseen_seconds: 0.0,
            resets: 0,
        },
        last: Some(LastReading {
            at: at(loads.last().unwrap().to),
            millijoules: Some(1),
            boot: "6f1d7c2e".to_owned(),
            uptime: Span::from_seconds(1),
            driver: "580.65.06".to_owned(),
            unsettled: None,
        }),
        embodied: Some(Arc::new(embodied())),
        postings,
        presence,
        shares: ShareBatch {
            postings: loads.iter().flat_map(Load::shares).collect(),
            totals: None,
        },
    }
}

/// Two GPUs of a host, from a month ago, which the ledger has by hours, to a slot that is not complete.
pub(crate) fn gpus() -> Vec<GpuBatch> {
    let before = Load {
        from: "2026-10-10T06:00:00Z",
        to: "2026-10-10T18:00:00Z",
        intensity: Some((450.0, Quality::Fallback)),
        ..CALM
    };
    let away = Load {
        from: "2026-11-24T08:00:00Z",
        to: "2026-11-24T10:00:00Z",
        source: EnergySource::Recovered,
        intensity: Some((240.0, Quality::Forecast)),
        ..CALM
    };
    let waiting = Load {
        from: "2026-11-24T10:00:00Z",
        to: "2026-11-24T11:02:30Z",
        watts: 700.0,
        intensity: None,
        ..CALM
    };
    let idle = Load { watts: 60.0, source: EnergySource::Integrated, ..CALM };
    let mut second = gpu(1, "Tesla P40", &[idle]);
    second.totals.unseen_seconds = 7200.0;
    second.totals.energy_joules += 3.6e6;
    vec![gpu(0, "NVIDIA H100 80GB HBM3", &[before, CALM, away, waiting]), second]
}

/// Writes a ledger, and returns its folder, its path, and its writer.
pub(crate) fn ledger(gpus: Vec<GpuBatch>) -> (TempDir, PathBuf, Ledger) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let now = at("2026-11-24T11:02:30Z");
    let (mut ledger, _) = Ledger::open(&path, now).unwrap();
    ledger.write(&Batch { at: now, gpus }).unwrap();
    while !ledger.compact(now, Retention::default()).unwrap().done {}
    (folder, path, ledger)
}

/// A constant power in watts between two times, by a measured intensity in g/kWh, of one holder.
fn load(
    from: &'static str,
    to: &'static str,
    watts: f64,
    grams: f64,
    holder: &'static str,
) -> Load {
    Load {
        from,
        to,
        watts,
        intensity: Some((grams, Quality::Measured)),
        holder: Some(holder),
        ..CALM
    }
}

/// Writes a ledger of two GPUs, whose energy is divided among two jobs of Slurm and a pod. The intensity falls at 10:30.
pub(crate) fn write_jobs(path: &Path) {
    let [six, eight, ten, half, two, six_pm] = [
        "2026-11-24T06:00:00Z",
        "2026-11-24T08:00:00Z",
        "2026-11-24T10:00:00Z",
        "2026-11-24T10:30:00Z",
        "2026-11-24T14:00:00Z",
        "2026-11-24T18:00:00Z",
    ];
    let first = [
        load(six, eight, 70.0, 300.0, "unallocated"),
        load(eight, ten, 650.0, 300.0, "slurm:123"),
        load(ten, half, 80.0, 300.0, "slurm:123"),
        load(half, two, 400.0, 100.0, "slurm:124"),
        load(two, six_pm, 70.0, 100.0, "unallocated"),
    ];
    let second = [
        load(six, eight, 75.0, 300.0, "unallocated"),
        load(eight, half, 650.0, 300.0, "slurm:123"),
        load(half, two, 200.0, 100.0, "pod:serving/llm-0"),
        load(two, six_pm, 200.0, 100.0, "unknown"),
    ];
    let now = at(six_pm);
    let (mut ledger, _) = Ledger::open(path, now).unwrap();
    let name = "NVIDIA H100 80GB HBM3";
    let gpus = vec![gpu(0, name, &first), gpu(1, name, &second)];
    ledger.write(&Batch { at: now, gpus }).unwrap();
    ledger.close().unwrap();
}

/// An account of the host: energy without presence and manufacture.
pub(crate) fn account(part: HostPart, method: HostMethod, loads: &[Load]) -> GpuBatch {
    let account = HostAccount { part, method };
    let mut batch = gpu(account.index(), &account.name(), loads);
    (batch.uuid, batch.embodied) = (account.uuid(), None);
    (batch.presence, batch.totals.embodied_grams) = (Vec::new(), 0.0);
    batch.shares.postings.iter_mut().for_each(|share| share.held_seconds = 0.0);
    batch
}

/// Adds the host around the GPUs to the ledger of [`write_jobs`]: a CPU of 100 W, of which the pod uses 40 W while it runs, and 50 W
/// that are declared for the rest. The boundary contains them.
pub(crate) fn add_host(path: &Path) {
    let [six, half, two] = ["2026-11-24T06:00:00Z", "2026-11-24T10:30:00Z", "2026-11-24T14:00:00Z"];
    let of_cpu = [
        load(six, half, 100.0, 300.0, "slurm:123"),
        load(half, two, 40.0, 100.0, "pod:serving/llm-0"),
        load(half, two, 60.0, 100.0, "unallocated"),
    ];
    let of_rest = [load(six, two, 50.0, 200.0, "unallocated")];
    let now = at("2026-11-24T18:00:00Z");
    let (mut ledger, _) = Ledger::open(path, now).unwrap();
    let gpus = vec![
        account(HostPart::Cpu, HostMethod::Counter, &of_cpu),
        account(HostPart::Rest, HostMethod::Declared, &of_rest),
    ];
    ledger.write(&Batch { at: now, gpus }).unwrap();
    let fifty = Declaration::Power(Power::from_watts(50.0).unwrap());
    let parts =
        Boundary { cpu: Knowledge::Measured, rest: Knowledge::Declared(fifty), ..Boundary::GPUS };
    ledger.set_boundary(&RecordedBoundary { choice: BoundaryChoice::Host, parts }).unwrap();
    ledger.close().unwrap();
}
