mod away;
mod host;
mod instances;

use std::collections::BTreeMap;
use std::sync::Arc;

use gpu_carbon_attribution::Place;
use gpu_carbon_core::{
    Account, Conversion, Energy, Flow, Intensity, Interval, Mass, Power, Pue, SLOT, Series, Span,
    Timestamp,
};
use proptest::prelude::*;

use super::{Attribution, GpuShares, Watching};
use crate::clock::ClockReading;
use crate::holders::{
    Claim, ClaimedGpu, GpuNumbers, Holdings, Settings, Source, SourceState, UseByPlace, Used,
    Watch, Watched, Workload, WorkloadKind,
};
use crate::latest::Latest;
use crate::snapshot::{ShareAmounts, SharesView, SharingMethod};

/// The start of a slot.
const START: i64 = 1_795_444_800;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(START + seconds)
}

fn claim(name: Option<&str>, rank: usize, since: i64, until: Option<i64>) -> Claim {
    let workload = |name: &str| {
        Arc::new(Workload { name: name.into(), kind: WorkloadKind::SlurmJob, pod: None })
    };
    Claim {
        gpu: ClaimedGpu::Number(3),
        workload: name.map(workload),
        rank,
        since: at(since),
        until: until.map(at),
    }
}

fn settings(most_workloads: usize) -> Settings {
    Settings {
        sources: vec![Source::Slurm, Source::Processes],
        job_folders: Vec::new(),
        numbers: GpuNumbers::Minor,
        idle: None,
        kubelet_socket: "".into(),
        pod_logs: "".into(),
        most_workloads,
        keep_ended: Span::from_seconds(900),
    }
}

/// The claims as they are known at a time, all of them from the first second of the test on.
fn holdings(claims: Vec<Claim>, now: i64) -> Holdings {
    let watched = Watched { since: at(0), until: None };
    let source = |name| SourceState {
        name,
        is_up: true,
        errors: BTreeMap::new(),
        watch: Watch::All(Some(watched)),
    };
    let sources = vec![source("slurm"), source("processes")];
    Holdings {
        asked: ClockReading::steady(at(now)),
        is_known: true,
        claims,
        sources,
        pods: Arc::default(),
        cpu: None,
    }
}

/// The holders of a GPU whose idle power is configured.
fn attribution_with(claims: Vec<Claim>, idle: Option<Power>) -> Attribution {
    let latest = Arc::new(Latest::new(holdings(claims, 10)));
    let mut attribution = Attribution::new(&Settings { idle, ..settings(200) }, latest);
    attribution.refresh(ClockReading::steady(at(10)));
    attribution
}

/// The holders of a GPU at a time.
fn attribution(claims: Vec<Claim>, most_workloads: usize, now: i64) -> Attribution {
    let latest = Arc::new(Latest::new(holdings(claims, now)));
    let mut attribution = Attribution::new(&settings(most_workloads), latest);
    attribution.refresh(ClockReading::steady(at(now)));
    attribution
}

fn intensity(grams: f64) -> Intensity {
    Intensity::from_grams_per_kilowatt_hour(grams).unwrap()
}

/// A GPU's account and its shares.
struct Gpu {
    account: Account,
    shares: GpuShares,
}

impl Gpu {
    fn new() -> Gpu {
        Gpu { account: Account::default(), shares: GpuShares::new(at(0), false) }
    }

    fn use_energy(
        &mut self,
        used: (i64, i64, f64),
        series: Option<&Series>,
        attribution: &Attribution,
    ) {
        self.use_energy_while(Watching::Running, used, None, series, attribution);
    }

    /// Uses energy as [`Gpu::use_energy`] does, with the use that was measured.
    fn use_energy_as(
        &mut self,
        energy: (i64, i64, f64),
        used: Option<&UseByPlace>,
        series: Option<&Series>,
        attribution: &Attribution,
    ) {
        self.use_energy_while(Watching::Running, energy, used, series, attribution);
    }

    fn use_energy_while(
        &mut self,
        watching: Watching,
        (from, to, joules): (i64, i64, f64),
        used: Option<&UseByPlace>,
        series: Option<&Series>,
        attribution: &Attribution,
    ) {
        let interval = Interval::new(at(from), at(to));
        let flow = Flow { interval, energy: Energy::from_joules(joules).unwrap() };
        let conversion = series.map(|series| Conversion { series, pue: Pue::ONE });
        let used = used.map(|used| Used::ByPlace(used.clone()));
        let number = attribution.number(0, Some(3));
        let holders = attribution.of_gpu("GPU-a", number, used.as_ref());
        let Gpu { account, shares } = self;
        account.add_and_journal(flow, conversion.as_ref(), &mut |entry| {
            let slot = entry.interval.start().floor_to(SLOT);
            shares.record(entry, slot, watching, &holders);
        });
        let grams = Mass::from_grams(joules / 1000.0).ok();
        shares.record_presence(interval, at(from), grams, watching, &holders);
        shares.record_holders(&holders);
    }

    fn convert_pending(&mut self, series: &Series) {
        let Gpu { account, shares } = self;
        let conversion = Conversion { series, pue: Pue::ONE };
        account.convert_pending_and_journal(&conversion, &mut |entry| shares.record_late(entry));
        let slots = account.pending_flows().map(|flow| flow.interval.start().floor_to(SLOT));
        shares.keep_pending(&slots.collect());
    }

    fn view(&self) -> SharesView {
        SharesView::clone(&self.shares.published(false).unwrap())
    }

    /// Joules by payer, in the order of the names.
    fn joules(&self) -> Vec<(String, f64)> {
        let view = self.view();
        let named = view.by_workload.iter().map(|(name, it)| (name.to_string(), it.energy_joules));
        let others = [("-", view.unallocated), ("?", view.unknown)];
        let others = others.map(|(name, it)| (name.to_owned(), it.energy_joules));
        named.chain(others).collect()
    }

    /// Checks that the shares add up to the account.
    fn check_conservation(&self) {
        let view = self.view();
        let sum = |of: fn(&ShareAmounts) -> f64| {
            of(&view.workloads) + of(&view.unallocated) + of(&view.unknown)
        };
        let near = |sum: f64, whole: f64| (sum - whole).abs() <= 1e-12 * whole;
        let (joules, grams) = (sum(|it| it.energy_joules), sum(|it| it.emissions_grams));
        let (measured, emitted) = (self.account.measured(), self.account.emissions());
        assert!(near(joules, measured.as_joules()), "{joules} {measured:?}");
        assert!(near(grams, emitted.as_grams()), "{grams} {emitted:?}");
        let named: f64 = view.by_workload.iter().map(|(_, it)| it.energy_joules).sum();
        let whole = view.workloads.energy_joules;
        assert!(named <= whole * (1.0 + 1e-12), "{named} {whole}");
    }
}

fn named(expected: &[(&str, f64)]) -> Vec<(String, f64)> {
    expected.iter().map(|&(name, joules)| (name.to_owned(), joules)).collect()
}

#[test]
fn a_job_pays_from_its_start_to_its_end() {
    let attribution = attribution(vec![claim(Some("slurm:7"), 0, 4, Some(8))], 200, 10);
    let mut gpu = Gpu::new();
    gpu.use_energy((0, 10, 1000.0), None, &attribution);
    assert_eq!(gpu.joules(), named(&[("slurm:7", 400.0), ("-", 600.0), ("?", 0.0)]));
    assert_eq!(gpu.view().method, SharingMethod::None, "it has ended");
    let held = gpu.view().by_workload[0].1;
    assert_eq!((held.held_seconds, held.embodied_grams), (4.0, Some(0.4)));
    gpu.use_energy((5, 6, 100.0), None, &attribution);
    assert_eq!(gpu.view().method, SharingMethod::Exclusive);
    gpu.check_conservation();
}

#[test]
fn time_without_a_watch_is_unknown_unless_someone_is_known_to_hold_the_gpu() {
    let attribution = attribution(vec![claim(Some("slurm:7"), 0, -3, None)], 200, 10);
    let mut gpu = Gpu::new();
    gpu.use_energy((-10, 10, 200.0), None, &attribution);
    assert_eq!(gpu.joules(), named(&[("slurm:7", 130.0), ("-", 0.0), ("?", 70.0)]));
}

#[test]
fn several_holders_have_equal_shares_and_an_unknown_one_is_not_dropped() {
    let claims = vec![claim(Some("a"), 0, 0, None), claim(Some("b"), 0, 0, None)];
    let mut gpu = Gpu::new();
    gpu.use_energy(
        (0, 1, 90.0),
        None,
        &attribution([claims, vec![claim(None, 0, 0, None)]].concat(), 200, 1),
    );
    assert_eq!(gpu.joules(), named(&[("a", 30.0), ("b", 30.0), ("-", 0.0), ("?", 30.0)]));
    assert_eq!(gpu.view().method, SharingMethod::Held);
}

fn used(by_job: &[(Option<u64>, u64)]) -> UseByPlace {
    by_job.iter().map(|&(job, percents)| (job.map(Place::SlurmJob), percents)).collect()
}

#[test]
fn several_holders_share_the_idle_power_equally_and_the_rest_by_their_use() {
    let jobs = [Some("slurm:1"), Some("slurm:2"), Some("slurm:3")];
    let claims = jobs.map(|job| claim(job, 0, 0, None)).to_vec();
    let attribution = attribution_with(claims, Power::from_watts(30.0).ok());
    assert!(attribution.wanted("GPU-a", 3).usage && !attribution.wanted("GPU-a", 4).usage);
    let mut gpu = Gpu::new();
    // A job that uses nothing pays for its part of the idle power, and a stranger for what it uses.
    let used = used(&[(Some(1), 60), (Some(2), 20), (None, 15), (Some(9), 5)]);
    gpu.use_energy_as((0, 2, 260.0), Some(&used), None, &attribution);
    let joules =
        [("slurm:1", 140.0), ("slurm:2", 60.0), ("slurm:3", 20.0), ("-", 0.0), ("?", 40.0)];
    assert_eq!(gpu.joules(), named(&joules));
    assert_eq!(gpu.view().method, SharingMethod::Utilization);
    let view = gpu.view();
    let held: Vec<f64> = view.by_workload.iter().map(|(_, it)| it.held_seconds).collect();
    assert!(held.iter().all(|seconds| (seconds - 2.0 / 3.0).abs() < 1e-9), "{held:?}");
    gpu.use_energy_as((2, 3, 90.0), Some(&UseByPlace::new()), None, &attribution);
    assert_eq!(gpu.view().method, SharingMethod::Held, "none of them uses it");
    gpu.check_conservation();
}

#[test]
fn one_holder_pays_for_all_that_the_gpu_uses() {
    let attribution = attribution(vec![claim(Some("slurm:1"), 0, 0, None)], 200, 10);
    assert!(!attribution.wanted("GPU-a", 3).usage, "no call");
    let mut gpu = Gpu::new();
    gpu.use_energy_as((0, 1, 90.0), Some(&used(&[(None, 50)])), None, &attribution);
    assert_eq!(gpu.joules(), named(&[("slurm:1", 90.0), ("-", 0.0), ("?", 0.0)]));
}

#[test]
fn the_use_of_a_holder_that_ended_is_no_one_elses() {
    let claims = vec![
        claim(Some("slurm:1"), 0, 0, Some(5)),
        claim(Some("slurm:2"), 0, 0, None),
        claim(Some("slurm:3"), 0, 0, None),
    ];
    let attribution = attribution_with(claims, Some(Power::ZERO));
    let mut gpu = Gpu::new();
    let used = used(&[(Some(1), 50), (Some(2), 25), (Some(3), 25)]);
    gpu.use_energy_as((0, 10, 200.0), Some(&used), None, &attribution);
    let joules = [("slurm:1", 50.0), ("slurm:2", 75.0), ("slurm:3", 75.0), ("-", 0.0), ("?", 0.0)];
    assert_eq!(gpu.joules(), named(&joules));
}

#[test]
fn the_idle_power_is_learnt_while_no_one_holds_the_gpu() {
    let claims = ["slurm:1", "slurm:2"].map(|job| claim(Some(job), 0, 100, None)).to_vec();
    let attribution = attribution(claims, 200, 110);
    let mut gpu = Gpu::new();
    (0..10).for_each(|part| gpu.use_energy((part * 10, part * 10 + 10, 500.0), None, &attribution));
    gpu.use_energy_as((100, 110, 2500.0), Some(&used(&[(Some(1), 9)])), None, &attribution);
    let joules = [("slurm:1", 2250.0), ("slurm:2", 250.0), ("-", 5000.0), ("?", 0.0)];
    assert_eq!(gpu.joules(), named(&joules), "50 W of it are idle");
}

#[test]
fn the_first_source_is_believed() {
    let claims = vec![claim(Some("slurm:7"), 0, 0, Some(5)), claim(Some("unit:x"), 1, 0, None)];
    let attribution = attribution(claims, 200, 10);
    let mut gpu = Gpu::new();
    gpu.use_energy((0, 10, 100.0), None, &attribution);
    assert_eq!(gpu.joules(), named(&[("slurm:7", 50.0), ("unit:x", 50.0), ("-", 0.0), ("?", 0.0)]));
    assert!(attribution.wanted("GPU-a", 3).processes, "the job has ended");
    assert!(!attribution_of_a_job().wanted("GPU-a", 3).processes);
    assert!(attribution_of_a_job().wanted("GPU-a", 4).processes, "of another GPU");
}

fn attribution_of_a_job() -> Attribution {
    attribution(vec![claim(Some("slurm:7"), 0, 0, None)], 200, 10)
}

#[test]
fn sources_that_do_not_answer_are_not_believed() {
    let mut attribution = attribution_of_a_job();
    attribution.refresh(ClockReading::steady(at(16)));
    let mut gpu = Gpu::new();
    gpu.use_energy((10, 16, 60.0), None, &attribution);
    assert_eq!(gpu.joules(), named(&[("-", 0.0), ("?", 60.0)]));
    assert!(attribution.view().sources.iter().all(|source| !source.is_up));
}

#[test]
fn workloads_beyond_the_most_are_one() {
    let claims = ["a", "b", "c"].map(|name| claim(Some(name), 0, 0, None)).to_vec();
    let attribution = attribution(claims, 1, 1);
    let mut gpu = Gpu::new();
    gpu.use_energy((0, 1, 90.0), None, &attribution);
    assert_eq!(gpu.joules(), named(&[("a", 30.0), ("other", 60.0), ("-", 0.0), ("?", 0.0)]));
    let names: Vec<_> = attribution.view().workloads.iter().map(|it| it.name.to_string()).collect();
    assert_eq!(names, ["a", "other"]);
}

#[test]
fn a_workload_that_ended_is_forgotten_and_its_energy_is_not() {
    let claims = vec![claim(Some("a"), 0, 0, Some(5))];
    let latest = Arc::new(Latest::new(holdings(claims.clone(), 10)));
    let mut attribution = Attribution::new(&settings(200), Arc::clone(&latest));
    attribution.refresh(ClockReading::steady(at(10)));
    let mut gpu = Gpu::new();
    gpu.use_energy((0, 10, 100.0), None, &attribution);
    latest.publish(holdings(claims, 900));
    assert_eq!(attribution.refresh(ClockReading::steady(at(900))), []);
    let forgotten = attribution.refresh(ClockReading::steady(at(1000)));
    assert_eq!(forgotten, ["a".into()]);
    forgotten.iter().for_each(|name| gpu.shares.forget(name));
    assert_eq!(gpu.joules(), named(&[("-", 50.0), ("?", 0.0)]));
    assert_eq!(gpu.view().workloads.energy_joules, 50.0);
    gpu.check_conservation();
}

#[test]
fn late_emissions_go_to_those_who_used_the_energy() {
    let claims = vec![claim(Some("a"), 0, 0, Some(60)), claim(Some("b"), 0, 60, Some(300))];
    let attribution = attribution(claims, 200, 65);
    let mut gpu = Gpu::new();
    gpu.use_energy((0, 60, 3.6e6), None, &attribution);
    gpu.use_energy((60, 120, 7.2e6), None, &attribution);
    gpu.use_energy((120, 360, 7.2e6), None, &attribution); // 180 s of it in the slot, to b
    assert_eq!(gpu.view().workloads.emissions_grams, 0.0);
    let slot = Series::with_step(vec![(at(0), intensity(100.0))], SLOT).unwrap();
    gpu.convert_pending(&slot);
    let grams: Vec<f64> = gpu.view().by_workload.iter().map(|(_, it)| it.emissions_grams).collect();
    assert!((grams[0] - 100.0).abs() < 1e-9 && (grams[1] - 350.0).abs() < 1e-9, "{grams:?}");
    gpu.check_conservation();
}

proptest! {
    #[test]
    fn shares_add_up_whatever_happens(
        claims in prop::collection::vec((0..4_usize, 0..2_usize, -50_i64..900, 0_i64..400), 0..8),
        flows in prop::collection::vec(
            (0_i64..120, 0.0..1e5, any::<bool>(), prop::option::of((0_u64..300, 0_u64..300))), 1..20,
        ),
        slots in prop::collection::vec(prop::option::of(0.0..900.0), 4),
        late in any::<bool>(),
    ) {
        let claims = claims.into_iter().map(|(name, rank, since, length)| {
            let name = [Some("slurm:1"), Some("b"), Some("c"), None][name];
            claim(name, rank, since, (length < 300).then_some(since + length))
        });
        let attribution = attribution(claims.collect(), 2, 900);
        let points: Vec<_> = slots.iter().enumerate().filter_map(|(slot, grams)| {
            Some((at(slot as i64 * 300), intensity((*grams)?)))
        }).collect();
        let series = Series::with_step(points, SLOT).ok();
        let (mut gpu, mut from) = (Gpu::new(), -60);
        for (length, joules, is_known, uses) in flows {
            let uses = uses.map(|(one, other)| used(&[(Some(1), one), (None, other)]));
            let series = series.as_ref().filter(|_| is_known);
            gpu.use_energy_as((from, from + length, joules), uses.as_ref(), series, &attribution);
            from += length;
            gpu.check_conservation();
        }
        if late {
            gpu.convert_pending(&Series::constant(intensity(300.0)));
        } else if let Some(series) = &series {
            gpu.convert_pending(series);
        }
        gpu.check_conservation();
    }
}
