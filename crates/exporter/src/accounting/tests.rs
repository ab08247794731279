use std::sync::Arc;

use gpu_carbon_core::{Intensity, Mass, Pue, Quality, Reading, Series, Signal, Span, Timestamp};

use super::host::Accounting;
use super::settings::Settings;
use crate::clock::ClockReading;
use crate::intensity::{Grid, Intensities};
use crate::nvml::{EnergyMethod, Identity};
use crate::sampler::Event;
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

fn accounting() -> Accounting {
    let settings = Settings {
        pue: Pue::from_number(1.5).unwrap(),
        threshold: Intensity::ZERO,
        stale_after: Span::from_seconds(5),
        manufacture: None,
        lifespan: Span::from_days(1460),
        forecast_jobs: Vec::new(),
    };
    Accounting::new(settings, grid(None), ClockReading::steady(at(0)))
}

fn record(accounting: &mut Accounting, seconds: i64, events: impl IntoIterator<Item = Event>) {
    events
        .into_iter()
        .for_each(|event| accounting.record(event, ClockReading::steady(at(seconds))));
}

fn found(index: u32, uuid: &str) -> Event {
    let identity = Identity { uuid: uuid.into(), name: String::new(), pci_bus_id: String::new() };
    Event::GpuFound { index, identity, method: EnergyMethod::Counter, driver: "1".into() }
}

fn read(uuid: &str, seconds: i64, joules: u64) -> Event {
    let reading = Reading::Counter { at: at(seconds), millijoules: joules * 1000 };
    let uptime = at(seconds).duration_since(Timestamp::EPOCH);
    Event::Reading { uuid: uuid.into(), reading, uptime, power: None }
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
    let check = |accounting: &mut Accounting, now| accounting.check(ClockReading::steady(at(now)));
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
    record(&mut accounting, 0, [Event::DeviceCount(2), found(0, "a"), read("a", 0, 0)]);
    for now in 1..=20 {
        record(&mut accounting, now, [Event::DeviceCount(2), read("a", now, 0)]);
        accounting.check(ClockReading::steady(at(now)));
    }
    let snapshot = accounting.snapshot(at(20));
    assert!(snapshot.gpus[0].up && !snapshot.gpus[1].up);
    assert_eq!(snapshot.gpus[1].errors, [ErrorCount { kind: "hang", count: 1 }]);
}

#[test]
fn a_gpu_that_is_lost_to_a_new_session_keeps_its_uuid() {
    let mut accounting = accounting();
    record(&mut accounting, 0, [Event::DeviceCount(1), found(0, "a"), read("a", 0, 0)]);
    let gone = || Event::ReadFailed { index: 0, kind: "gpu_lost" };
    record(
        &mut accounting,
        1,
        [Event::DriverUnavailable(String::new()), Event::DeviceCount(1), gone()],
    );
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
fn readiness_gives_the_reason_of_the_driver() {
    let mut accounting = accounting();
    record(&mut accounting, 0, [Event::DriverUnavailable("NVML (x): no".to_owned())]);
    assert_eq!(accounting.snapshot(at(1)).readiness(awake(1)), Err("NVML (x): no".to_owned()));
    record(&mut accounting, 0, [Event::DeviceCount(0)]);
    assert_eq!(
        accounting.snapshot(at(1)).readiness(awake(1)),
        Err("NVML answers, but reports no GPU".to_owned())
    );
}
