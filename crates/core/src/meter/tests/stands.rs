//! Counters that stand for less than the minute after which they are not believed, and then restart or leap.

use super::simulated::{Gpu, SECOND, shows};
use crate::meter::{Limits, Meter, Reading};
use crate::time::{Span, Timestamp};

#[test]
fn a_counter_that_shows_one_wrong_value_for_a_while_loses_no_energy() {
    // 1e15 J is a leap, and a restart at the end.
    for wrong in [0.0, 1.0, 4e6, 1e15] {
        for seconds in [5.0, 20.0, 50.0] {
            let counter = move |now: f64| {
                let is_wrong = (30.5..30.5 + seconds).contains(&now);
                shows(if is_wrong { wrong } else { 9e6 + 300.0 * now })
            };
            let mut gpu = Gpu::new(&|_| 300.0, &counter);
            gpu.read_for(150.0);
            gpu.check(300.0 * 150.0, 2.0 * SECOND);
            assert!(gpu.unseen < 1e-6, "{wrong} J for {seconds} s: {} s are unseen", gpu.unseen);
        }
    }
}

#[test]
fn a_counter_that_stands_before_a_reload_of_the_driver_loses_no_energy() {
    let counter = |now: f64| match now {
        now if now < 30.5 => shows(9e6 + 300.0 * now),
        now if now < 60.5 => shows(9e6 + 300.0 * 30.0),
        now => shows(300.0 * (now - 60.5)),
    };
    let mut gpu = Gpu::new(&|_| 300.0, &counter);
    gpu.read_for(150.0);
    gpu.check(300.0 * 150.0, 2.0 * SECOND);
}

#[test]
fn without_power_the_time_of_a_stand_is_unseen() {
    let mut meter = Meter::new(Limits::default());
    let mut seen = 0.0;
    for second in 0..100_u64 {
        let joules = if (30..50).contains(&second) { 0 } else { 9_000_000 + 300 * second };
        let uptime = Span::from_seconds(5000 + second);
        let at = Timestamp::EPOCH + uptime;
        let observation = meter.observe(Reading::of_counter(at, uptime, joules * 1000));
        let joules = observation.flow.map_or(0.0, |flow| flow.energy.as_joules());
        seen += joules + 300.0 * observation.unseen.as_seconds();
    }
    // The first seconds are those in which the counter seems to have restarted at 0 J.
    assert!((seen - 300.0 * 99.0).abs() <= 5.0 * 300.0, "{seen} J are counted or unseen");
}

#[test]
fn the_first_step_of_a_slow_counter_is_neither_a_restart_nor_a_leap() {
    for watts in [300.0, 1000.0, 2000.0, 3000.0] {
        for tenths in 1..300_u32 {
            // Steps of half a minute, of which the first that is seen comes tenths of a second after the start.
            let first = f64::from(tenths) / 10.0 + 0.05;
            let steps = move |now: f64| ((now - first) / 30.0).floor() + 1.0;
            let counter = move |now: f64| shows(9e6 + watts * 30.0 * steps(now));
            let power = move |_: f64| watts;
            let mut gpu = Gpu::new(&power, &counter);
            gpu.read_for(200.0);
            assert_eq!((&gpu.events[..], gpu.unseen), (&[][..], 0.0), "{watts} W, {first} s");
            // All of the first step is counted where a GPU could draw it, and the last one is not seen yet.
            let excess = gpu.joules - watts * 199.0;
            let is_near = (-31.0 * watts..=(30.0 - first + 1.0) * watts).contains(&excess);
            assert!(is_near, "{excess} J at {watts} W, {first} s");
        }
    }
}

#[test]
fn a_reading_that_comes_late_is_no_outlier() {
    let mut meter = Meter::new(Limits::default());
    let mut joules = 0.0;
    let mut read = |seconds: f64, value: f64| {
        let uptime = Span::from_seconds_f64(5000.0 + seconds).unwrap();
        let reading = Reading {
            counter: shows(value),
            ..Reading::of_power(
                Timestamp::EPOCH + uptime,
                uptime,
                crate::Power::from_watts(3000.0).unwrap(),
            )
        };
        let seen = meter.observe(reading);
        assert_eq!(seen.events, [], "at {seconds} s");
        joules += seen.flow.map_or(0.0, |flow| flow.energy.as_joules());
    };
    for second in 0..100_u32 {
        let second = f64::from(second);
        // The clock was read four seconds after the meters once, and the readings that follow make up for it at once.
        let until = if second == 50.0 { 4.0 } else { 0.0 };
        if !(51.0..=54.0).contains(&second) {
            read(second + until, 3000.0 * second);
        }
        if second == 50.0 {
            read(54.05, 3000.0 * 54.05);
        }
    }
    assert!((joules - 3000.0 * 99.0).abs() < 1e-6, "{joules} J");
}
