use std::sync::Arc;

use gpu_carbon_core::embodied::{CountedFigure, FigureOrigin};
use gpu_carbon_core::{
    Intensity, Mass, Pue, Quality, Reading, Scope, Series, Signal, Span, Timestamp,
};

use super::embodied::EmbodiedSettings;
use super::host::Accounting;
use super::settings::Settings;
use crate::clock::ClockReading;
use crate::gpu_filter::{GpuFilter, GpuPattern};
use crate::intensity::{Grid, Intensities};
use crate::nvml::{EnergyMethod, Identity};
use crate::sampler::{Event, PowerSampling};
use crate::snapshot::ErrorCount;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn awake(seconds: i64) -> Span {
    at(seconds).duration_since(Timestamp::EPOCH)
}

fn grid(series: Option<Series>) -> Arc<Grid> {
    let series = series.map(Arc::new);
    let intensities =
        Intensities::uniform(series, Signal::Marginal, "file", Quality::Measured, true);
    Arc::new(Grid::new("X", intensities, [].into()))
}

fn settings() -> Settings {
    Settings::for_tests(Pue::from_number(1.5).unwrap())
}

fn accounting() -> Accounting {
    Accounting::new(settings(), grid(None), ClockReading::steady(at(0)))
}

fn check(accounting: &mut Accounting, seconds: i64) {
    accounting.check(ClockReading::steady(at(seconds)));
}

fn count(count: u32) -> Event {
    Event::DeviceCount { count, excluded: [].into() }
}

fn driver_failed(is_fatal: bool) -> Event {
    Event::DriverFailed { kind: "driver_not_loaded", reason: "NVML (x): no".to_owned(), is_fatal }
}

fn record(accounting: &mut Accounting, seconds: i64, events: impl IntoIterator<Item = Event>) {
    events
        .into_iter()
        .for_each(|event| accounting.record(event, ClockReading::steady(at(seconds))));
}

fn found(index: u32, uuid: &str) -> Event {
    let identity = Identity { uuid: uuid.into(), name: String::new(), pci_bus_id: String::new() };
    let power_sampling = PowerSampling::default();
    Event::GpuFound { index, identity, driver: "1".into(), power_sampling }
}

fn read(uuid: &str, seconds: i64, joules: u64) -> Event {
    let uptime = at(seconds).duration_since(Timestamp::EPOCH);
    let reading = Reading::of_counter(at(seconds), uptime, joules * 1000);
    Event::Reading { uuid: uuid.into(), reading }
}

#[test]
fn a_late_intensity_converts_pending_energy_with_the_pue() {
    let mut accounting = accounting();
    record(&mut accounting, 0, [found(0, "a"), read("a", 0, 0), read("a", 10, 3_600)]);
    let before = accounting.snapshot(at(10));
    let totals = before.gpus[0].totals.unwrap();
    assert_eq!((totals.pending.as_joules(), totals.emissions), (3_600.0, Mass::ZERO));
    assert_eq!(before.gpus[0].power.unwrap().as_watts(), 360.0, "from the counter");

    let intensity = Intensity::from_grams_per_kilowatt_hour(400.0).unwrap();
    accounting.set_grid(grid(Some(Series::constant(intensity))), at(10));
    let totals = accounting.snapshot(at(10)).gpus[0].totals.unwrap();
    assert_eq!((totals.pending.as_joules(), totals.emissions.as_grams()), (0.0, 0.6));
}

#[test]
fn emissions_have_the_scope_of_all_sources_that_converted_energy() {
    let of_source = |source| {
        let intensity = Intensity::from_grams_per_kilowatt_hour(400.0).unwrap();
        let series = Some(Arc::new(Series::constant(intensity)));
        let (signal, quality) = (Signal::Marginal, Quality::Measured);
        let intensities = Intensities::uniform(series, signal, source, quality, true);
        Arc::new(Grid::new("X", intensities, [].into()))
    };
    let scope = |accounting: &Accounting| accounting.snapshot(at(10)).grid.total_scope.name();
    let mut accounting =
        accounting().with_earlier_scope([Some(Scope::Co2Direct)].into_iter().collect());
    assert_eq!(scope(&accounting), "co2_direct");
    accounting.set_grid(of_source("watttime"), at(0));
    assert_eq!(scope(&accounting), "co2_direct", "energy to come will have it");
    record(&mut accounting, 0, [found(0, "a"), read("a", 0, 0), read("a", 10, 3_600)]);
    accounting.set_grid(of_source("ember"), at(10));
    assert_eq!(scope(&accounting), "co2_direct", "nothing was converted by it yet");
    record(&mut accounting, 20, [read("a", 20, 7_200)]);
    assert_eq!(scope(&accounting), "mixed");
    accounting.set_grid(of_source("watttime"), at(20));
    assert_eq!(scope(&accounting), "mixed", "the emissions by the other stay");
}

#[test]
fn a_silent_gpu_is_down_and_its_hang_is_counted_once() {
    let mut accounting = accounting();
    record(&mut accounting, 0, [found(0, "a"), read("a", 0, 0), found(1, "b")]);
    record(&mut accounting, 6, [read("b", 6, 0)]);
    (1..=7).for_each(|now| accounting.check(ClockReading::steady(at(now))));
    let snapshot = accounting.snapshot(at(7));
    assert_eq!(snapshot.gpus[0].errors, [ErrorCount { kind: "hang", count: 1 }]);
    assert!(!snapshot.gpus[0].up && snapshot.gpus[1].up);
    assert_eq!(snapshot.readiness(awake(7)), Ok(()));
    assert!(snapshot.readiness(awake(12)).unwrap_err().contains("no GPU was read for 6 s"));
}

#[test]
fn a_process_that_was_stopped_counts_no_hang() {
    let mut accounting = accounting();
    record(&mut accounting, 0, [found(0, "a"), read("a", 0, 0)]);
    [1, 100].into_iter().for_each(|now| check(&mut accounting, now));
    record(&mut accounting, 100, [read("a", 100, 0)]);
    (101..=105).for_each(|now| check(&mut accounting, now));
    let gpu = |accounting: &Accounting| accounting.snapshot(at(106)).gpus[0].clone();
    assert!(gpu(&accounting).up && gpu(&accounting).errors.is_empty());
    check(&mut accounting, 106);
    assert_eq!(
        gpu(&accounting).errors,
        [ErrorCount { kind: "hang", count: 1 }],
        "then it is silent"
    );
}

#[test]
fn a_gpu_that_hangs_in_its_first_call_is_reported() {
    let mut accounting = accounting();
    record(&mut accounting, 0, [count(2), found(0, "a"), read("a", 0, 0)]);
    for now in 1..=20 {
        record(&mut accounting, now, [count(2), read("a", now, 0)]);
        accounting.check(ClockReading::steady(at(now)));
    }
    let snapshot = accounting.snapshot(at(20));
    assert!(snapshot.gpus[0].up && !snapshot.gpus[1].up);
    assert_eq!(snapshot.gpus[1].errors, [ErrorCount { kind: "hang", count: 1 }]);
}

#[test]
fn a_gpu_that_is_lost_to_a_new_session_keeps_its_uuid() {
    let mut accounting = accounting();
    record(&mut accounting, 0, [count(1), found(0, "a"), read("a", 0, 0)]);
    let gone = || Event::ReadFailed { index: 0, kind: "gpu_lost" };
    record(&mut accounting, 1, [driver_failed(true), count(1), gone()]);
    let snapshot = accounting.snapshot(at(1));
    assert_eq!(snapshot.gpus.len(), 1);
    assert_eq!(snapshot.gpus[0].errors, [ErrorCount { kind: "gpu_lost", count: 1 }]);
    assert_eq!(&*snapshot.gpus[0].identity.as_ref().unwrap().uuid, "a");
}

#[test]
fn totals_belong_to_the_gpu_and_not_to_its_index() {
    let mut accounting = accounting();
    record(
        &mut accounting,
        0,
        [found(0, "a"), read("a", 0, 0), read("a", 1, 100), Event::DevicesChanged],
    );
    assert!(!accounting.snapshot(at(1)).gpus[0].up);
    record(&mut accounting, 0, [found(0, "b"), read("b", 1, 7), found(1, "a"), read("a", 2, 300)]);
    let snapshot = accounting.snapshot(at(2));
    let shown: Vec<_> = snapshot
        .gpus
        .iter()
        .map(|gpu| {
            (
                gpu.index,
                &*gpu.identity.as_ref().unwrap().uuid,
                gpu.totals.unwrap().energy.as_joules(),
            )
        })
        .collect();
    assert_eq!(shown, [(0, "b", 0.0), (1, "a", 300.0)]);
}

#[test]
fn an_index_without_an_answer_gets_the_gpu_that_is_found() {
    let mut accounting = accounting();
    let lost = || Event::ReadFailed { index: 0, kind: "gpu_lost" };
    record(&mut accounting, 0, [lost(), lost()]);
    let silent = accounting.snapshot(at(1));
    assert!(silent.gpus[0].identity.is_none() && silent.gpus[0].totals.is_none());
    assert_eq!(silent.gpus[0].errors, [ErrorCount { kind: "gpu_lost", count: 2 }]);
    record(&mut accounting, 0, [found(0, "a")]);
    assert_eq!(accounting.snapshot(at(2)).gpus.len(), 1);
}

#[test]
fn readiness_gives_the_last_failure_its_age_and_what_to_do() {
    let mut accounting = accounting();
    let why = |accounting: &Accounting, now| {
        accounting.snapshot(at(now)).readiness(awake(now)).unwrap_err()
    };
    assert_eq!(why(&accounting, 0), "no GPU was read yet");
    record(&mut accounting, 1, [driver_failed(true)]);
    let advice = "load the driver's kernel modules (modprobe nvidia)";
    assert_eq!(
        why(&accounting, 4),
        format!("NVML (x): no (3 s ago); no GPU was read yet; {advice}")
    );
    record(&mut accounting, 5, [count(0)]);
    assert!(why(&accounting, 5).starts_with("NVML answers, but reports no GPU (0 s ago)"));
    let excluded = Event::DeviceCount { count: 2, excluded: [0, 1].into() };
    record(&mut accounting, 6, [excluded]);
    assert!(why(&accounting, 6).contains("the configuration excludes all of its GPUs"));
    let lost = Event::ReadFailed { index: 1, kind: "gpu_lost" };
    record(&mut accounting, 7, [count(2), lost]);
    assert!(
        why(&accounting, 9).starts_with("GPU 1: gpu_lost (2 s ago); no GPU was read yet; see ")
    );
    record(&mut accounting, 10, [found(0, "a"), read("a", 10, 0)]);
    assert_eq!(accounting.snapshot(at(10)).readiness(awake(10)), Ok(()));
    assert!(why(&accounting, 40).contains("no GPU was read for 30 s"));
}

#[test]
fn a_release_is_the_reason_that_no_gpu_is_read_and_no_gpu_counts_as_hanging() {
    let mut accounting = accounting();
    record(&mut accounting, 0, [count(1), found(0, "a"), read("a", 0, 0)]);
    let until = at(600);
    record(&mut accounting, 1, [Event::Released { until, is_complete: true }]);
    for now in 2..=30 {
        check(&mut accounting, now);
    }
    let snapshot = accounting.snapshot(at(30));
    let why = snapshot.readiness(awake(30)).unwrap_err();
    assert!(why.starts_with("the GPUs are released until "), "{why}");
    assert!(!snapshot.gpus[0].up && snapshot.gpus[0].errors.is_empty());
    record(&mut accounting, 31, [Event::Resumed, count(1), found(0, "a"), read("a", 31, 3100)]);
    let snapshot = accounting.snapshot(at(31));
    assert_eq!(snapshot.readiness(awake(31)), Ok(()));
    assert_eq!(snapshot.gpus[0].totals.unwrap().energy.as_joules(), 3100.0, "by the counter");
}

#[test]
fn a_suspended_gpu_is_neither_lost_nor_a_hang() {
    let mut accounting = accounting();
    let suspended =
        |uuid: Option<&str>| Event::GpuSuspended { index: 0, uuid: uuid.map(Arc::from) };
    record(&mut accounting, 0, [count(1), suspended(None)]);
    for now in 1..=30 {
        check(&mut accounting, now);
    }
    let snapshot = accounting.snapshot(at(30));
    assert!(snapshot.gpus[0].suspended && snapshot.gpus[0].errors.is_empty());
    assert_eq!(snapshot.readiness(awake(30)), Ok(()), "there is nothing to read");
    record(&mut accounting, 31, [found(0, "a"), read("a", 31, 0), suspended(Some("a"))]);
    record(&mut accounting, 90, [read("a", 90, 50)]);
    let snapshot = accounting.snapshot(at(90));
    assert!(snapshot.gpus.len() == 1 && snapshot.gpus[0].up && !snapshot.gpus[0].suspended);
    assert_eq!(snapshot.gpus[0].totals.unwrap().energy.as_joules(), 50.0);
}

#[test]
fn a_gpu_that_is_gone_is_hidden_after_a_time_and_continues_when_it_returns() {
    let mut accounting = accounting();
    let changed = || Event::DevicesChanged;
    record(&mut accounting, 0, [count(1), found(0, "a"), read("a", 0, 0), read("a", 1, 100)]);
    record(&mut accounting, 2, [changed(), count(0)]);
    let shown = |accounting: &Accounting| accounting.snapshot(at(0)).gpus.len();
    for now in 3..3600 {
        check(&mut accounting, now);
        assert_eq!(shown(&accounting), 1, "{now}");
    }
    record(&mut accounting, 3600, [driver_failed(true)]);
    (3600..7200).for_each(|now| check(&mut accounting, now));
    assert_eq!(
        shown(&accounting),
        1,
        "it is not known to be gone while the driver does not answer"
    );
    record(&mut accounting, 7200, [count(0)]);
    (7200..10_900).for_each(|now| check(&mut accounting, now));
    assert_eq!(shown(&accounting), 0);
    record(&mut accounting, 10_900, [count(1), Event::ReadFailed { index: 0, kind: "gpu_lost" }]);
    let snapshot = accounting.snapshot(at(10_900));
    assert!(snapshot.gpus.len() == 1 && snapshot.gpus[0].identity.is_none(), "another one");
    record(&mut accounting, 10_901, [found(0, "a"), read("a", 10_901, 100)]);
    let snapshot = accounting.snapshot(at(10_901));
    assert_eq!(snapshot.gpus.len(), 1);
    assert_eq!(snapshot.gpus[0].totals.unwrap().energy.as_joules(), 100.0);
}

#[test]
fn other_settings_hold_from_now_on() {
    let mut accounting = accounting();
    record(&mut accounting, 0, [count(2), found(0, "a"), read("a", 0, 0), read("a", 1, 3_600_000)]);
    record(&mut accounting, 1, [found(1, "b"), read("b", 1, 0)]);
    let totals = |accounting: &Accounting| accounting.snapshot(at(1)).gpus[0].totals.unwrap();
    let before = totals(&accounting);
    let twice = Settings {
        pue: Pue::from_number(2.0).unwrap(),
        embodied: EmbodiedSettings {
            gpu: Some(CountedFigure {
                mass: Mass::from_grams(1e9).unwrap(),
                origin: FigureOrigin::Operator(None),
            }),
            server: None,
        },
        gpus: GpuFilter::new(vec![], vec![GpuPattern::new("*b*").unwrap()]),
        ..settings()
    };
    accounting.configure(twice, at(1));
    let after = totals(&accounting);
    assert_eq!((after.emissions, after.embodied.is_some()), (before.emissions, true));
    assert_eq!(accounting.snapshot(at(1)).gpus.len(), 1, "b is excluded");
    let embodied = after.embodied.unwrap();
    assert!(before.embodied.is_none_or(|before| before == embodied), "{embodied:?}");
    record(&mut accounting, 2, [read("a", 2, 7_200_000)]);
    let gained = totals(&accounting).emissions.as_grams() - before.emissions.as_grams();
    assert!((gained - 2.0 * before.emissions.as_grams()).abs() < 1e-9, "{gained}");
}

#[test]
fn a_gpu_without_a_meter_is_up_and_named_and_has_no_energy() {
    let mut accounting = accounting();
    let unmetered = || Event::Unmetered { uuid: "a".into() };
    record(&mut accounting, 3, [found(0, "a"), unmetered()]);
    let snapshot = accounting.snapshot(at(3));
    let gpu = &snapshot.gpus[0];
    assert!(gpu.up && gpu.totals.is_none() && gpu.errors.is_empty());
    assert_eq!(gpu.method, EnergyMethod::None);
    assert_eq!(snapshot.readiness(awake(3)), Ok(()));
    // One that was measured before has lost its meters.
    record(&mut accounting, 4, [read("a", 4, 0), unmetered()]);
    let gpu = accounting.snapshot(at(4)).gpus[0].clone();
    assert_eq!((gpu.up, gpu.method), (false, EnergyMethod::Counter));
    assert_eq!(gpu.errors, [ErrorCount { kind: "not_supported", count: 1 }]);
}

#[test]
fn a_clock_that_is_set_by_less_than_a_second_moves_no_time_of_presence() {
    let mut accounting = accounting();
    accounting.record(found(0, "a"), ClockReading::steady(at(0)));
    let power = gpu_carbon_core::Power::from_watts(300.0).unwrap();
    let mut wall = 0;
    for second in 0..=100 {
        wall += if second % 2 == 0 { 1_900_000 } else { 100_000 };
        let wall = Timestamp::from_unix_micros(wall);
        let reading = Reading::of_power(wall, Span::from_seconds(second), power);
        let now = ClockReading { wall, uptime: reading.uptime, awake: reading.uptime };
        accounting.record(Event::Reading { uuid: "a".into(), reading }, now);
    }
    let totals = accounting.snapshot(at(101)).gpus[0].totals.unwrap();
    assert!((totals.energy.as_joules() - 30_000.0).abs() < 1e-6, "{totals:?}");
    assert_eq!(totals.unseen, Span::ZERO);
}
