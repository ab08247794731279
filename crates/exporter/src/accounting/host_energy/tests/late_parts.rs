//! The rest of a host while a part of it is not read: energy that comes late is counted once.

use super::*;

/// Reads the platform, of 480 W, and the processors, of 100 W, where they answer.
fn read_meters(accounting: &mut Accounting, second: i64, cpu: Option<f64>) {
    let cpu = cpu.map_or_else(failed, |joules| read(second, joules));
    accounting.record_host(vec![cpu, read(second, 480.0)], now(second));
}

/// A host with a GPU of 300 W, which was read until the second 10.
fn started() -> Accounting {
    let meters = vec![info(Component::Cpu, "package-0"), info(Component::Platform, "psys")];
    let mut accounting = accounting(Declared::default(), meters);
    find_gpu(&mut accounting);
    read_gpu(&mut accounting, 1);
    accounting.record_host(vec![first(0), first(0)], now(1));
    for second in 2..=10 {
        read_gpu(&mut accounting, second);
        read_meters(&mut accounting, second, Some(100.0));
    }
    accounting
}

fn check_sum(accounting: &Accounting) {
    let gpus: f64 = {
        let snapshot = accounting.snapshot(at(0));
        snapshot.gpus.iter().filter_map(|gpu| gpu.totals).map(|it| it.energy.as_joules()).sum()
    };
    let [cpu, rest, platform] =
        [HostPart::Cpu, HostPart::Rest, HostPart::Platform].map(|part| joules(accounting, part));
    let error = platform - gpus - cpu - rest;
    assert!(error.abs() < 1e-9 * platform, "{platform} J, of which {gpus}, {cpu} and {rest}");
    assert_eq!(accounting.snapshot(at(0)).host.disagreement, Some(Energy::ZERO));
}

#[test]
fn the_energy_of_a_gpu_that_hangs_for_minutes_is_not_in_the_rest() {
    let mut accounting = started();
    let before = joules(&accounting, HostPart::Rest);
    assert!((before - 9.0 * 80.0).abs() < 1e-9, "{before}");
    for second in 11..=600 {
        read_meters(&mut accounting, second, Some(100.0));
    }
    assert!(joules(&accounting, HostPart::Rest) <= before + 3.0 * 380.0, "it waits");
    for second in 601..=700 {
        read_gpu(&mut accounting, second);
        read_meters(&mut accounting, second, Some(100.0));
    }
    let rest = joules(&accounting, HostPart::Rest);
    assert!((rest - 699.0 * 80.0).abs() < 1e-6, "{rest}");
    check_sum(&accounting);
}

#[test]
fn the_rest_makes_up_for_a_gpu_that_was_away_for_long() {
    let mut accounting = started();
    for second in 11..=2000 {
        read_meters(&mut accounting, second, Some(100.0));
    }
    let away = joules(&accounting, HostPart::Rest);
    assert!(away > 1900.0 * 380.0, "it does not wait for ever: {away}");
    for second in 2001..=20_000 {
        read_gpu(&mut accounting, second);
        read_meters(&mut accounting, second, Some(100.0));
    }
    let rest = joules(&accounting, HostPart::Rest);
    assert!((rest - 19_999.0 * 80.0).abs() < 1e-6, "{rest}");
    check_sum(&accounting);
}

#[test]
fn the_energy_of_processors_that_may_not_be_read_for_a_minute_is_not_in_the_rest() {
    let mut accounting = started();
    for second in 11..=59 {
        read_gpu(&mut accounting, second);
        read_meters(&mut accounting, second, None);
    }
    // The counter shows all of it.
    read_gpu(&mut accounting, 60);
    read_meters(&mut accounting, 60, Some(5000.0));
    let rest = joules(&accounting, HostPart::Rest);
    assert!((rest - 59.0 * 80.0).abs() < 1e-6, "{rest}");
    check_sum(&accounting);
}
