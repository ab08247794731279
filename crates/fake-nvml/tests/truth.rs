//! Properties of all waveforms and counters.
#![allow(clippy::unwrap_used, reason = "this is a test")]

use fake_nvml::{CounterScope, Gpu, Model, Process, SampleFaults, UnixTime, Waveform};
use proptest::prelude::*;
use std::time::Duration;

/// The highest power of the waveforms, in watts.
const HIGHEST_WATTS: f64 = 1_000.0;

/// The highest number of levels of a trace.
const LEVELS: usize = 12;

fn waveforms() -> impl Strategy<Value = Waveform> {
    let watts = || 0.0..HIGHEST_WATTS;
    let span = || (1_u64..5_000_000).prop_map(Duration::from_micros);
    let trace = proptest::collection::vec(watts(), 1..=LEVELS);
    let shapes = prop_oneof![
        watts().prop_map(|level| Waveform::constant(level).unwrap()),
        (watts(), watts(), span(), 0.0..=1.0).prop_map(|(low, high, period, duty)| {
            Waveform::square(low, high, period, duty).unwrap()
        }),
        (0.0..HIGHEST_WATTS / 2.0, 0.0..=1.0, span())
            .prop_map(|(mean, share, period)| Waveform::sine(mean, mean * share, period).unwrap()),
        (span(), trace).prop_map(|(step, levels)| Waveform::trace(step, &levels).unwrap()),
    ];
    (shapes, span()).prop_map(|(wave, phase)| wave.with_phase(phase).unwrap())
}

/// Seconds since the epoch in a week of September 2026, with microseconds, the resolution of a double.
fn times() -> impl Strategy<Value = f64> {
    (0_u32..600_000, 0_u32..1_000_000)
        .prop_map(|(s, us)| 1_790_000_000.0 + f64::from(s) + f64::from(us) / 1e6)
}

proptest! {
    #[test]
    fn integrals_add_up(wave in waveforms(), a in times(), b in times(), c in times()) {
        let (whole, parts) = (wave.joules_between(a, c), wave.joules_between(a, b) + wave.joules_between(b, c));
        // Only the sum of two doubles is rounded: a part in 2^52 of the larger, at most 6e8 J.
        prop_assert!((whole - parts).abs() <= 1e-6, "{} {}", whole, parts);
    }

    #[test]
    fn the_integral_is_the_sum_of_the_power(wave in waveforms(), from in times(), seconds in 1e-3..10.0) {
        let slices = 4_000;
        let width = seconds / f64::from(slices);
        let sum: f64 =
            (0..slices).map(|slice| wave.watts_at(from + width * (f64::from(slice) + 0.5)) * width).sum();
        let exact = wave.joules_between(from, from + seconds);
        // A slice may contain a jump or, for a wave faster than a slice, many: then only the mean power is comparable.
        let jumps = 2.0 * seconds / fastest_step(&wave) + 2.0;
        let tolerance = 1e-3 + HIGHEST_WATTS * if jumps * 20.0 < f64::from(slices) { jumps * width } else { seconds };
        prop_assert!((sum - exact).abs() <= tolerance, "{}: {} {} +- {}", wave, sum, exact, tolerance);
    }

    #[test]
    fn text_is_parsed_to_the_same_waveform(wave in waveforms()) {
        prop_assert_eq!(wave.to_string().parse::<Waveform>(), Ok(wave));
    }

    #[test]
    fn the_counter_rises_between_resets(
        wave in waveforms(), step_ms in 0_u32..200, reset in times(), mut times in proptest::collection::vec(times(), 2..50),
    ) {
        let gpu = Gpu {
            power: wave, counter_step_ms: step_ms, loaded_at: 1_789_999_000.0, resets: vec![reset], ..Gpu::preset(Model::H100, 0)
        };
        times.sort_by(f64::total_cmp);
        let mut before = (0, f64::MIN);
        for time in times {
            let shown = gpu.counter_millijoules_at(time).unwrap();
            let is_reset = before.1 < reset && reset <= time;
            prop_assert!(is_reset || shown >= before.0, "{} at {} after {:?}", shown, time, before);
            before = (shown, time);
        }
    }

    #[test]
    fn the_counter_is_the_energy_since_the_driver_was_loaded(wave in waveforms(), since in times(), seconds in 0_u32..100_000) {
        let until = since + f64::from(seconds);
        let gpu = Gpu { power: wave, counter_step_ms: 0, loaded_at: since, ..Gpu::preset(Model::V100, 0) };
        let (shown, exact) = (gpu.counter_millijoules_at(until).unwrap(), gpu.energy_joules_between(since, until));
        let behind = exact * 1e3 - Duration::from_millis(shown).as_secs_f64() * 1e3;
        prop_assert!((-1e-3..=1.001).contains(&behind), "{} behind {}", shown, exact);
    }
}

#[test]
fn a_counter_has_a_scope_and_a_factor_and_may_stop() {
    let start = 1_790_000_000.0;
    let module = Gpu {
        power: Waveform::constant(300.0).unwrap(),
        module_power: Some(Waveform::constant(900.0).unwrap()),
        loaded_at: start,
        ..Gpu::preset(Model::Gh200, 0)
    };
    let shown = |gpu: &Gpu| gpu.counter_millijoules_at(start + 10.0);
    assert_eq!(shown(&module), Some(3_000_000));
    let module = Gpu { counter_scope: CounterScope::Module, ..module };
    assert_eq!(shown(&module), Some(9_000_000));
    let wrong = Gpu { counter_factor: 0.001, ..module.clone() };
    assert_eq!(shown(&wrong), Some(9_000));
    let stopped = Gpu { counter_stops_at: Some(start + 4.0), ..module };
    assert_eq!(shown(&stopped), Some(3_600_000));
}

/// The shortest time of a constant power, or the period of a sine, in seconds.
fn fastest_step(wave: &Waveform) -> f64 {
    let text = wave.to_string();
    let span = text.split(' ').find_map(|word| {
        let micros = word.strip_suffix("us").and_then(|us| us.parse::<f64>().ok());
        let millis =
            word.strip_suffix("ms").and_then(|ms| ms.parse::<f64>().ok().map(|ms| ms * 1e3));
        let whole = word.strip_suffix('s').and_then(|s| s.parse::<f64>().ok().map(|s| s * 1e6));
        micros.or(millis).or(whole)
    });
    span.map_or(f64::INFINITY, |micros| micros / 1e6)
}

#[test]
fn a_counter_is_constant_between_its_steps() {
    let gpu = Gpu {
        power: "constant 300".parse().unwrap(),
        counter_step_ms: 100,
        loaded_at: 1_790_000_000.0,
        ..Gpu::preset(Model::A100, 0)
    };
    for (time, shown) in [
        (1_789_999_999.0, 0),
        (1_790_000_000.0, 0),
        (1_790_000_000.099, 0),
        (1_790_000_000.1, 30_000),
        (1_790_000_000.199, 30_000),
        (1_790_000_086.4, 25_920_000),
    ] {
        assert_eq!(gpu.counter_millijoules_at(time), Some(shown), "{time}");
    }
    assert_eq!(
        gpu.counter_millijoules_at_time(UnixTime::from_nanos(1_790_000_000_999_999_999)),
        Some(270_000)
    );
}

#[test]
fn a_reset_restarts_the_counter() {
    let gpu = Gpu {
        power: "constant 100".parse().unwrap(),
        counter_step_ms: 20,
        loaded_at: 1_000.0,
        resets: vec![2_000.01, 3_000.0],
        ..Gpu::preset(Model::V100, 0)
    };
    for (time, shown) in [
        (2_000.0, 100_000_000),
        (2_000.01, 0),
        (2_000.019, 0),
        (2_000.02, 1_000),
        (2_010.01, 999_000),
        (3_000.0, 0),
        (3_001.0, 100_000),
    ] {
        assert_eq!(gpu.counter_millijoules_at(time), Some(shown), "{time}");
    }
}

#[test]
fn old_and_virtual_gpus_have_no_counter() {
    for model in Model::ALL {
        let has = Gpu::preset(model, 0).counter_millijoules_at(2e9).is_some();
        assert_eq!(has, !matches!(model, Model::P40 | Model::Vgpu), "{model:?}");
    }
}

/// A GPU of 110 W on which two processes take turns; the second runs for a part of the time.
fn shared() -> Gpu {
    let process = |pid, sm: &str| Process { sm: sm.parse().ok(), ..Process::new(pid, 0) };
    let first = process(1, "square 20 80 2s 50%");
    let second = Process {
        from: Some(1_790_000_010.0),
        until: Some(1_790_000_020.5),
        host_pid: Some(7_002),
        ..process(2, "square 0 40 10s 30%")
    };
    Gpu {
        power: Waveform::constant(110.0).unwrap(),
        watts_per_percent: 5.0,
        processes: vec![first, second],
        sample_ring: 120,
        ..Gpu::preset(Model::H100, 0)
    }
}

#[test]
fn the_energy_of_processes_and_the_rest_is_that_of_the_gpu() {
    let gpu = shared();
    let (from, to) = (1_790_000_006.0, 1_790_000_030.0);
    let [first, second] = [1, 2].map(|pid| gpu.process_joules_between(pid, from, to));
    // The second one is busy in the first 3 s of each 10, and ends half a second after its second period began.
    assert_eq!((first, second), (12.0 * 400.0 + 12.0 * 100.0, 3.5 * 200.0));
    assert_eq!(gpu.energy_joules_between(from, to), 24.0 * 110.0 + first + second);
    assert_eq!(gpu.power_watts_at(1_790_000_010.5), 110.0 + 400.0 + 200.0);
    assert_eq!(gpu.process_joules_between(3, from, to), 0.0);
}

#[test]
fn samples_of_utilization_are_stored_in_a_ring() {
    let gpu = shared();
    let at = UnixTime::from_seconds(1_790_000_015.0);
    let samples = gpu.process_samples(0, at);
    let of = |pid| samples.iter().filter(move |sample| sample.pid == pid);
    assert_eq!(of(1).count(), 120, "twenty seconds");
    assert!(of(1).all(|sample| (20..=80).contains(&sample.sm_percent)));
    // By its number in the host, and only where it was busy.
    let percents: u32 = of(7_002).map(|sample| sample.sm_percent).sum();
    assert!((18..=19).contains(&of(7_002).count()), "{}", of(7_002).count());
    assert!(percents.abs_diff(3 * 6 * 40) <= 2, "{percents}");
    let seen = of(1).next_back().unwrap().at_micros;
    assert_eq!(gpu.process_samples(seen, at), []);
    let later = UnixTime::from_seconds(1_790_000_016.0);
    assert_eq!(gpu.process_samples(seen, later).len(), 6);

    let faulty = Gpu { sample_faults: Some(SampleFaults::Zombies), ..gpu };
    let samples = faulty.process_samples(seen, later);
    assert!(samples.iter().filter(|sample| ![1, 7_002].contains(&sample.pid)).count() == 100);
    assert!(samples.iter().any(|sample| sample.pid == 1 && sample.sm_percent > 100));
}
