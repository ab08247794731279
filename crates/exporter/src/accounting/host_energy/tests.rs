//! The host's energy from readings to the snapshot.

mod late_parts;
mod ledger;
mod share_of_gpus;

use std::sync::Arc;

use gpu_carbon_core::boundary::Declaration;
use gpu_carbon_core::{
    Energy, Flow, Intensity, Interval, Power, Pue, Quality, Reading as GpuReading, Series, Signal,
    Span, Timestamp,
};
use gpu_carbon_host::{Component, MeterKind, Outcome, ReadError, Reading};

use crate::accounting::host::Accounting;
use crate::accounting::settings::Settings;
use crate::clock::ClockReading;
use crate::host_meters::{self, Declared, MeterInfo};
use crate::host_view::{ComponentView, HostMethod, HostPart, Knowledge};
use crate::intensity::{Grid, Intensities};
use crate::nvml::Identity;
use crate::sampler::{Event, PowerSampling};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn now(seconds: i64) -> ClockReading {
    ClockReading::steady(at(seconds))
}

fn watts(watts: f64) -> Power {
    Power::from_watts(watts).unwrap()
}

fn grid(grams: Option<f64>) -> Arc<Grid> {
    let intensity = grams.map(|it| Intensity::from_grams_per_kilowatt_hour(it).unwrap());
    let series = intensity.map(|it| Arc::new(Series::constant(it)));
    let intensities =
        Intensities::uniform(series, Signal::Marginal, "file", Quality::Measured, true);
    Arc::new(Grid::new("X", intensities, [].into()))
}

fn info(component: Component, zone: &str) -> MeterInfo {
    let (kind, path) = (MeterKind::Counter, format!("/sys/{zone}"));
    MeterInfo { component, contains_memory: false, kind, source: "rapl", zone: zone.into(), path }
}

fn accounting(declared: Declared, meters: Vec<MeterInfo>) -> Accounting {
    let settings = Settings::for_tests(Pue::from_number(1.5).unwrap());
    let host = host_meters::Settings { choice: None, declared, ..Default::default() };
    Accounting::new(settings, grid(None), now(0)).with_host(&host, meters)
}

/// A reading of the second that ends at a time.
fn read(seconds: i64, joules: f64) -> Outcome {
    let interval = Interval::new(at(seconds - 1), at(seconds));
    let flow = Flow { interval, energy: Energy::from_joules(joules).unwrap() };
    Outcome::Read(Reading {
        flows: vec![flow],
        power: Some(watts(joules)),
        unseen: Span::ZERO,
        event: None,
    })
}

/// A reading that has nothing to compare with.
fn first(unseen: u64) -> Outcome {
    let unseen = Span::from_seconds(unseen);
    Outcome::Read(Reading { flows: vec![], power: None, unseen, event: None })
}

fn failed() -> Outcome {
    Outcome::Failed(ReadError::Permission { path: "/sys/x".into() })
}

fn component(accounting: &Accounting, part: HostPart) -> Option<ComponentView> {
    let host = accounting.snapshot(at(0)).host;
    host.components.into_iter().find(|it| it.part == part)
}

fn joules(accounting: &Accounting, part: HostPart) -> f64 {
    component(accounting, part).map_or(0.0, |it| it.energy.as_joules())
}

/// Reads a GPU, which draws 300 W.
fn read_gpu(accounting: &mut Accounting, seconds: i64) {
    let uptime = at(seconds).duration_since(Timestamp::EPOCH);
    let joules = u64::try_from(seconds).unwrap() * 300;
    let reading = GpuReading::of_counter(at(seconds), uptime, joules * 1000);
    accounting.record(Event::Reading { uuid: "a".into(), reading }, now(seconds));
}

fn find_gpu(accounting: &mut Accounting) {
    let identity = Identity { uuid: "a".into(), name: String::new(), pci_bus_id: String::new() };
    let power_sampling = PowerSampling::default();
    let found = Event::GpuFound { index: 0, identity, driver: "1".into(), power_sampling };
    accounting.record(found, now(0));
}

#[test]
fn energy_is_pending_until_an_intensity_covers_it_and_the_platform_emits_nothing_of_its_own() {
    let meters = vec![info(Component::Cpu, "package-0"), info(Component::Platform, "psys")];
    let mut accounting = accounting(Declared::default(), meters);
    accounting.record_host(vec![first(0), first(0)], now(1));
    accounting.record_host(vec![read(2, 360.0), read(2, 720.0)], now(2));
    let cpu = component(&accounting, HostPart::Cpu).unwrap();
    assert_eq!((cpu.method, cpu.power), (HostMethod::Counter, Some(watts(360.0))));
    let emissions = cpu.emissions.unwrap();
    assert_eq!((emissions.pending.as_joules(), emissions.mass.as_grams()), (360.0, 0.0));
    accounting.set_grid(grid(Some(400.0)), at(2));
    for part in [HostPart::Cpu, HostPart::Rest] {
        let emissions = component(&accounting, part).unwrap().emissions.unwrap();
        // 360 J at 400 g/kWh and a PUE of 1.5
        assert_eq!(
            (emissions.pending, emissions.mass.as_grams()),
            (Energy::ZERO, 0.06),
            "{part:?}"
        );
    }
    let platform = component(&accounting, HostPart::Platform).unwrap();
    assert!(platform.emissions.is_none() && platform.energy.as_joules() == 720.0);
}

#[test]
fn the_platform_is_its_gpus_and_parts_and_the_rest() {
    let meters = vec![
        info(Component::Cpu, "package-0"),
        info(Component::Memory, "package-0/dram"),
        info(Component::Platform, "psys"),
    ];
    let mut accounting = accounting(Declared::default(), meters);
    find_gpu(&mut accounting);
    read_gpu(&mut accounting, 1);
    accounting.record_host(vec![first(0), first(0), first(0)], now(1));
    for second in 2..=101 {
        read_gpu(&mut accounting, second);
        let swing = f64::from(u8::try_from(second % 7).unwrap()) * 10.1;
        let round =
            vec![read(second, 100.0 + swing), read(second, 30.3), read(second, 480.0 + swing)];
        accounting.record_host(round, now(second));
    }
    let [cpu, memory, rest, platform] = HostPart::ALL.map(|part| joules(&accounting, part));
    let gpus = 300.0 * 100.0;
    assert!((platform - gpus - cpu - memory - rest).abs() < 1e-9 * platform);
    assert!((rest - 4970.0).abs() < 1e-6, "{rest}");
    let host = accounting.snapshot(at(101)).host;
    assert_eq!(host.disagreement, Some(Energy::ZERO));
    let boundary = host.boundary;
    assert_eq!([boundary.cpu, boundary.memory, boundary.rest], [Knowledge::Measured; 3]);
    let power = component(&accounting, HostPart::Rest).unwrap().power.unwrap();
    assert!((power.as_watts() - 49.7).abs() < 1e-9);
}

#[test]
fn a_platform_that_is_unseen_for_a_time_leaves_its_parts_of_that_time_out() {
    let meters = vec![info(Component::Cpu, "package-0"), info(Component::Platform, "psys")];
    let mut accounting = accounting(Declared::default(), meters);
    accounting.record_host(vec![first(0), first(0)], now(1));
    accounting.record_host(vec![read(2, 100.0), read(2, 150.0)], now(2));
    for second in 3..100 {
        accounting.record_host(vec![read(second, 100.0), failed()], now(second));
    }
    assert_eq!(accounting.snapshot(at(99)).host.boundary.rest, Knowledge::LeftOut);
    accounting.record_host(vec![read(100, 100.0), first(98)], now(100));
    accounting.record_host(vec![read(101, 100.0), read(101, 150.0)], now(101));
    assert_eq!(joules(&accounting, HostPart::Rest), 100.0);
    let host = accounting.snapshot(at(101)).host;
    assert_eq!(host.disagreement, Some(Energy::ZERO));
    let platform = &host.meters[1];
    assert_eq!((platform.unseen.as_seconds(), platform.errors["no_permission"]), (98.0, 97));
    // A reading that fails for a moment is compared with the next one.
    accounting.record_host(vec![read(102, 100.0), failed()], now(102));
    accounting.record_host(vec![read(103, 100.0), read(103, 300.0)], now(103));
    assert_eq!(joules(&accounting, HostPart::Rest), 200.0);
}

#[test]
fn meters_that_disagree_are_counted_so() {
    let meters = vec![info(Component::Cpu, "package-0"), info(Component::Platform, "psys")];
    let mut accounting = accounting(Declared::default(), meters);
    accounting.record_host(vec![first(0), first(0)], now(1));
    for second in 2..100 {
        accounting.record_host(vec![read(second, 110.0), read(second, 100.0)], now(second));
    }
    let host = accounting.snapshot(at(99)).host;
    assert!(host.disagreement.unwrap().as_joules() >= 600.0, "{:?}", host.disagreement);
    assert_eq!(joules(&accounting, HostPart::Rest), 0.0);
    assert_eq!(component(&accounting, HostPart::Rest).unwrap().power, None, "never negative");
}

#[test]
fn declared_powers_count_until_a_meter_measures() {
    let declared = Declared {
        cpu: Some(watts(150.0)),
        memory: Some(watts(60.0)),
        rest: Some(watts(120.0)),
        share_of_gpus: None,
    };
    let mut accounting = accounting(declared, vec![info(Component::Cpu, "package-0")]);
    accounting.check(now(10));
    accounting.check(now(20));
    let declared = |accounting: &Accounting, part| {
        let host = accounting.snapshot(at(0)).host;
        let mut components = host.components.into_iter();
        components.find(|it| (it.part, it.method) == (part, HostMethod::Declared)).unwrap()
    };
    let cpu = declared(&accounting, HostPart::Cpu);
    assert_eq!((cpu.energy.as_joules(), cpu.power), (1500.0, Some(watts(150.0))));
    assert_eq!(declared(&accounting, HostPart::Rest).energy.as_joules(), 1200.0);
    let boundary = accounting.snapshot(at(20)).host.boundary;
    let declared_watts = |number| Knowledge::Declared(Declaration::Power(watts(number)));
    let [cpu, memory, rest] = [150.0, 60.0, 120.0].map(declared_watts);
    assert_eq!([boundary.cpu, boundary.memory, boundary.rest], [cpu, memory, rest]);

    accounting.record_host(vec![failed()], now(21));
    assert_eq!(accounting.snapshot(at(21)).host.boundary.cpu, declared_watts(150.0));
    accounting.record_host(vec![first(0)], now(22));
    accounting.record_host(vec![read(23, 99.0)], now(23));
    accounting.check(now(30));
    let cpu = declared(&accounting, HostPart::Cpu);
    assert_eq!((cpu.energy.as_joules(), cpu.power), (1500.0, None), "it counts no more");
    assert_eq!(declared(&accounting, HostPart::Memory).energy.as_joules(), 1200.0);
    assert_eq!(accounting.snapshot(at(30)).host.boundary.cpu, Knowledge::Measured);
    // Its permission is lost: nothing is counted, and the boundary says so.
    for second in 31..100 {
        accounting.record_host(vec![failed()], now(second));
        accounting.check(now(second));
    }
    assert_eq!(declared(&accounting, HostPart::Cpu).energy.as_joules(), 1500.0);
    let boundary = accounting.snapshot(at(99)).host.boundary;
    assert_eq!([boundary.cpu, boundary.memory], [Knowledge::LeftOut, memory]);
}

#[test]
fn the_boundary_says_what_is_known() {
    let boundary = |meters: Vec<MeterInfo>, outcomes: Vec<Outcome>| {
        let mut accounting = accounting(Declared::default(), meters);
        accounting.record_host(outcomes, now(1));
        let boundary = accounting.snapshot(at(1)).host.boundary;
        [boundary.cpu, boundary.memory, boundary.rest].map(Knowledge::name)
    };
    let cpu = || info(Component::Cpu, "package-0");
    let left_out = "left_out";
    assert_eq!(boundary(vec![], vec![]), [left_out; 3]);
    assert_eq!(boundary(vec![cpu()], vec![failed()]), [left_out; 3]);
    assert_eq!(boundary(vec![cpu()], vec![first(0)]), ["measured", left_out, left_out]);
    let two = boundary(vec![cpu(), cpu()], vec![first(0), failed()]);
    assert_eq!(two, ["partly", left_out, left_out]);
    let mirror = boundary(vec![cpu(), cpu()], vec![first(0), Outcome::MirrorOf(0)]);
    assert_eq!(mirror, ["measured", left_out, left_out]);
    let platform = boundary(vec![info(Component::Platform, "x")], vec![first(0)]);
    assert_eq!(platform, ["in_rest", "in_rest", "measured"]);
    let grace = MeterInfo { contains_memory: true, ..cpu() };
    assert_eq!(boundary(vec![grace], vec![first(0)]), ["measured", "in_cpu", left_out]);
}
