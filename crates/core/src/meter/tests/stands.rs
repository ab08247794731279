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
