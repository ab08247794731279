//! Meters that are right, wrong, dead or silent, read as the sampler reads them, against the true energy.

use alloc::vec::Vec;

use crate::meter::{
    CounterEvent, CounterReading, Disbelief, Limits, Meter, Method, PriorState, Reading,
};
use crate::time::{Span, Timestamp};
use crate::units::Power;

/// A GPU whose meters show any function of the time, in seconds since the start.
pub(super) struct Gpu<'a> {
    watts: &'a dyn Fn(f64) -> f64,
    counter: &'a dyn Fn(f64) -> CounterReading,
    pub(super) meter: Meter,
    /// Seconds since boot.
    pub(super) now: f64,
    pub(super) joules: f64,
    pub(super) unseen: f64,
    pub(super) events: Vec<CounterEvent>,
    pub(super) method: Method,
    samples: u32,
    pub(super) next_counter: f64,
}

/// The uptime and the calendar time at the start of a simulation, in seconds.
const START: f64 = 5000.0;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates"
)]
pub(super) fn shows(joules: f64) -> CounterReading {
    CounterReading::Millijoules((joules * 1000.0) as u64)
}

impl<'a> Gpu<'a> {
    pub(super) fn new(
        watts: &'a dyn Fn(f64) -> f64,
        counter: &'a dyn Fn(f64) -> CounterReading,
    ) -> Gpu<'a> {
        Gpu {
            watts,
            counter,
            meter: Meter::new(Limits::default()),
            now: 0.0,
            joules: 0.0,
            unseen: 0.0,
            events: Vec::new(),
            method: Method::Integrated,
            samples: 0,
            next_counter: 0.0,
        }
    }

    /// A GPU that was read before, seconds before the start.
    pub(super) fn resumed(self, away: f64, prior: impl Fn(Timestamp) -> PriorState) -> Gpu<'a> {
        let at = Timestamp::EPOCH + Span::from_seconds_f64(START - away).unwrap();
        Gpu { meter: Meter::resume(Limits::default(), prior(at)), ..self }
    }

    /// Kills the process that reads it, and starts another one after a while.
    pub(super) fn restart_process(&mut self, away: f64) {
        let state = self.meter.state().unwrap();
        self.meter = Meter::resume(Limits::default(), PriorState::after(state));
        self.now += away;
        self.next_counter = self.now;
    }

    /// Reads it as the sampler does: once a second, or ten times while power is needed.
    pub(super) fn read_for(&mut self, seconds: f64) {
        let end = self.now + seconds;
        while self.now < end - 1e-9 {
            let is_due = self.now >= self.next_counter - 1e-9;
            let counter = if is_due { (self.counter)(self.now) } else { CounterReading::Skipped };
            if is_due {
                self.next_counter = self.now + 1.0;
            }
            let time = Span::from_seconds_f64(START + self.now).unwrap();
            let power = Some(Power::from_watts((self.watts)(self.now)).unwrap());
            let at = Timestamp::EPOCH + time;
            let seen = self.meter.observe(Reading { at, uptime: time, counter, power });
            self.joules += seen.flow.map_or(0.0, |flow| flow.energy.as_joules());
            self.unseen += seen.unseen.as_seconds();
            if seen.is_counted {
                self.method = seen.method;
            }
            self.events.extend(seen.events);
            self.samples += 1;
            self.now += if self.meter.needs_power() { 0.1 } else { 1.0 };
        }
    }

    #[track_caller]
    pub(super) fn check(&self, truth: f64, tolerance: f64) {
        let Gpu { joules, events, .. } = self;
        assert!((joules - truth).abs() <= tolerance, "{joules} J, truly {truth} J: {events:?}");
    }

    pub(super) fn disbeliefs(&self) -> Vec<Disbelief> {
        let disbelief = |event: &CounterEvent| match event {
            CounterEvent::Disbelieved(reason) => Some(*reason),
            _ => None,
        };
        self.events.iter().filter_map(disbelief).collect()
    }
}

pub(super) const SECOND: f64 = 300.0;

#[test]
fn a_counter_that_agrees_is_counted_to_the_millijoule_and_read_once_a_second() {
    let mut gpu = Gpu::new(&|_| 300.0, &|now| shows(7e6 + 300.0 * now));
    gpu.read_for(600.0);
    gpu.check(300.0 * 599.0, 1e-6);
    assert_eq!((gpu.events.len(), gpu.unseen, gpu.samples), (0, 0.0, 600));
    assert_eq!(gpu.method, Method::Counter);
    assert!((gpu.meter.counter_ratio().unwrap() - 1.0).abs() < 0.01);
}

#[test]
fn a_dead_counter_is_replaced_by_the_power_from_the_beginning() {
    for dead_at in [0.0, 200.0] {
        let counter = move |now: f64| shows(300.0 * now.min(dead_at));
        let mut gpu = Gpu::new(&|_| 300.0, &counter);
        gpu.read_for(dead_at + 50.0);
        assert_eq!(gpu.disbeliefs(), [], "half a minute is no proof");
        gpu.read_for(600.0);
        gpu.check(300.0 * (dead_at + 650.0), SECOND);
        assert_eq!(gpu.disbeliefs(), [Disbelief::Stands]);
        assert_eq!((gpu.method, gpu.meter.counter_ratio()), (Method::Integrated, Some(0.0)));
        assert!(gpu.unseen < 1e-6, "{} s", gpu.unseen);
    }
}

#[test]
fn a_dead_counter_of_a_swinging_load_is_replaced_by_its_true_energy() {
    let watts = |now: f64| if now % 1.0 < 0.249 { 700.0 } else { 50.0 };
    let mut gpu = Gpu::new(&watts, &|_| shows(5.0));
    gpu.read_for(300.0);
    gpu.check(0.25 * 700.0 * 300.0 + 0.75 * 50.0 * 300.0, 0.2 * 212.5 * 300.0);
    assert_eq!(gpu.disbeliefs(), [Disbelief::Stands]);
}

#[test]
fn a_counter_that_revives_is_believed_again_and_counts_nothing_twice() {
    let counter = |now: f64| shows(if now < 100.0 { 1.0 } else { 300.0 * (now - 100.0) });
    let mut gpu = Gpu::new(&|_| 300.0, &counter);
    gpu.read_for(600.0);
    gpu.check(300.0 * 600.0, SECOND);
    assert_eq!(gpu.method, Method::Counter, "{:?}", gpu.events);
    assert_eq!(gpu.disbeliefs().len(), 1);
    assert!(gpu.events.contains(&CounterEvent::Believed));
}

#[test]
fn a_counter_of_an_idle_gpu_that_draws_nothing_may_stand() {
    let mut gpu = Gpu::new(&|_| 0.0, &|_| shows(3.0));
    gpu.read_for(600.0);
    assert_eq!((gpu.joules, gpu.events.len(), gpu.samples), (0.0, 0, 600));
}

#[test]
fn a_counter_is_believed_beside_a_dead_sensor_of_power() {
    for watts in [0.0, 0.3] {
        let power = move |_| watts;
        let mut gpu = Gpu::new(&power, &|now| shows(300.0 * now));
        gpu.read_for(600.0);
        gpu.check(300.0 * 599.0, 1e-6);
        assert!(gpu.events.is_empty(), "{:?}", gpu.events);
    }
}

#[test]
fn counters_in_other_units_are_replaced_by_the_power() {
    for watts in [5.0, 15.0, 19.5, 60.0, 300.0, 9000.0] {
        for factor in [1000.0, 0.001, 100.0, 0.01] {
            // A true sensor shows some noise.
            let power = move |now: f64| watts * (1.0 + 0.001 * ((now * 7.3) % 1.0));
            let counter = move |now: f64| shows(factor * watts * (now + 1000.0));
            let mut gpu = Gpu::new(&power, &counter);
            gpu.read_for(600.0);
            // What was counted before the counter was withheld is taken from what the power shows later.
            gpu.check(watts * 600.0, 1.1 * watts);
            assert_eq!(gpu.method, Method::Integrated, "{watts} W x {factor}: {:?}", gpu.events);
            assert_eq!(gpu.disbeliefs().len(), 1, "{watts} W x {factor}: {:?}", gpu.events);
        }
    }
}

#[test]
fn a_driver_that_counts_in_another_unit_after_its_reload_is_replaced_by_the_power() {
    for factor in [1000.0, 0.001, 100.0, 0.01] {
        let power = |now: f64| 300.0 * (1.0 + 0.001 * ((now * 7.3) % 1.0));
        // A counter that begins at 0, and one that goes on.
        for begins in [0.0, 9e6 * factor] {
            let counter = move |now: f64| match now {
                now if now < 300.5 => shows(9e6 + 300.0 * now),
                now => shows(begins + factor * 300.0 * (now - 300.5)),
            };
            let mut gpu = Gpu::new(&power, &counter);
            gpu.read_for(1200.0);
            gpu.check(300.0 * 1200.0, 2.0 * SECOND);
            let seen = (gpu.method, gpu.disbeliefs().len());
            assert_eq!(seen, (Method::Integrated, 1), "x {factor} at {begins}: {:?}", gpu.events);
        }
    }
}

#[test]
fn a_counter_that_passes_its_last_value_on_its_way_is_not_counted_by_that() {
    // After a reload at 30.5 s it counts a thousandfold, and passes the old value after some readings.
    for passes_after in 2..40 {
        let old = 3e5 * (f64::from(passes_after) - 0.5) - 1e4;
        let counter = move |now: f64| {
            shows(if now < 30.5 { old + 300.0 * (now - 30.0) } else { 3e5 * (now - 30.5) })
        };
        let mut gpu = Gpu::new(&|now| 300.0 + now % 1.7, &counter);
        gpu.read_for(300.0);
        gpu.check(301.0 * 300.0, 3.0 * SECOND);
    }
}

#[test]
fn a_counter_is_believed_beside_a_frozen_sensor_of_power() {
    for (frozen, truth) in [(700.0, 70.0), (4000.0, 300.0), (20.0, 300.0), (5.0, 1200.0)] {
        let (power, counter) = (move |_| frozen, move |now: f64| shows(truth * now));
        let mut gpu = Gpu::new(&power, &counter);
        gpu.read_for(1800.0);
        gpu.check(truth * 1799.0, truth + frozen);
        assert_eq!(gpu.disbeliefs(), [], "{frozen} W beside {truth} W");
        assert_eq!((gpu.method, gpu.unseen), (Method::Counter, 0.0));
    }
}

#[test]
fn a_sensor_that_thaws_is_compared_again() {
    // From 900 s on, the sensor is right, and the counter counts in another unit.
    let watts = |now: f64| if now < 900.0 { 20.0 } else { 300.0 + now % 1.7 };
    let counter = |now: f64| shows(300.0 * now.min(900.0) + 0.003 * 300.0 * (now - 900.0).max(0.0));
    let mut gpu = Gpu::new(&watts, &counter);
    gpu.read_for(900.0);
    gpu.check(300.0 * 899.0, SECOND);
    gpu.read_for(1800.0);
    assert_eq!(gpu.disbeliefs().len(), 1, "{:?}", gpu.events);
    assert_eq!(gpu.method, Method::Integrated);
}

#[test]
fn a_believable_factor_is_reported_once_and_the_counter_is_counted() {
    for factor in [0.5, 2.0, 3.0, 5.0] {
        let counter = move |now: f64| shows(factor * 300.0 * now);
        let mut gpu = Gpu::new(&|_| 300.0, &counter);
        gpu.read_for(1200.0);
        gpu.check(factor * 300.0 * 1199.0, factor * SECOND);
        assert_eq!(gpu.method, Method::Counter);
        let factors: Vec<f64> = gpu
            .events
            .iter()
            .filter_map(|event| match event {
                CounterEvent::Factor(ratio) => Some(*ratio),
                _ => None,
            })
            .collect();
        assert!(matches!(factors[..], [one] if (one / factor - 1.0).abs() < 0.05), "{factors:?}");
        assert!((gpu.meter.counter_ratio().unwrap() / factor - 1.0).abs() < 0.05);
        assert!(gpu.samples < 3000, "{} samples", gpu.samples);
    }
}

#[test]
fn a_load_that_swings_with_the_readings_is_no_factor() {
    // Each reading once a second sees the load.
    let watts = |now: f64| if now % 1.0 < 0.05 { 700.0 } else { 100.0 };
    let true_joules = |now: f64| 100.0 * now + 600.0 * (0.05 * now.floor() + (now % 1.0).min(0.05));
    let counter = move |now: f64| shows(true_joules(now));
    let mut gpu = Gpu::new(&watts, &counter);
    gpu.read_for(1800.0);
    gpu.check(true_joules(1799.0), 700.0);
    assert!(gpu.events.is_empty(), "{:?}", gpu.events);
}

#[test]
fn a_counter_that_stands_for_half_a_minute_is_counted_when_it_steps() {
    let counter = |now: f64| shows(1000.0 * 30.0 * (now / 30.0).floor());
    let mut gpu = Gpu::new(&|_| 1000.0, &counter);
    gpu.read_for(901.0);
    gpu.check(900_000.0, 1.0);
    assert!(gpu.events.is_empty(), "{:?}", gpu.events);
    assert_eq!(gpu.method, Method::Counter);
}

#[test]
fn a_wrong_value_for_a_moment_is_neither_a_reset_nor_a_leap() {
    for readings in 1..=2 {
        for wrong in [0.0, 299_000.0, 1e9, 1e15] {
            let counter = move |now: f64| {
                let is_wrong = (30.0..30.0 + f64::from(readings)).contains(&(now + 0.01));
                shows(if is_wrong { wrong } else { 300_000.0 + 300.0 * now })
            };
            let mut gpu = Gpu::new(&|_| 300.0, &counter);
            gpu.read_for(60.0);
            gpu.check(300.0 * 60.0, SECOND);
            assert_eq!(gpu.events, [CounterEvent::Outlier], "{readings} readings at {wrong} J");
        }
    }
}

#[test]
fn a_counter_that_goes_back_by_a_little_and_stands_there_has_not_restarted() {
    // Soon after the driver was loaded, so that all that it shows could have been drawn in seconds.
    for (back, events) in [(0.001, 0), (1.0, 0), (2.0, 1), (5000.0, 1)] {
        let counter = move |now: f64| match now {
            now if now < 29.5 => shows(20_000.0 + 50.0 * now),
            now if now < 40.5 => shows(20_000.0 + 50.0 * 29.0 - back),
            now => shows(20_000.0 + 50.0 * now - back),
        };
        let mut gpu = Gpu::new(&|_| 50.0, &counter);
        gpu.read_for(120.0);
        gpu.check(50.0 * 120.0, 15.0 * 50.0);
        assert_eq!(gpu.events.len(), events, "{back} J: {:?}", gpu.events);
    }
}

#[test]
fn a_reload_of_the_driver_is_a_reset_and_loses_no_energy() {
    let counter =
        |now: f64| shows(if now < 30.5 { 9e6 + 300.0 * now } else { 300.0 * (now - 30.5) });
    let mut gpu = Gpu::new(&|_| 300.0, &counter);
    gpu.read_for(120.0);
    gpu.check(300.0 * 120.0, SECOND);
    assert_eq!(gpu.events, [CounterEvent::Reset]);
    assert_eq!(gpu.method, Method::Counter);
}

#[test]
fn a_single_leap_is_replaced_by_the_power() {
    let counter = |now: f64| shows(300.0 * now + if now > 30.5 { 1e9 } else { 0.0 });
    let mut gpu = Gpu::new(&|_| 300.0, &counter);
    gpu.read_for(120.0);
    gpu.check(300.0 * 120.0, SECOND);
    assert!(matches!(gpu.events[..], [CounterEvent::Implausible(_)]), "{:?}", gpu.events);
}

#[test]
fn power_is_counted_while_the_counter_fails_and_the_rest_when_it_answers() {
    // The counter shows three times the power, as that of a module does.
    let failing = |now: f64| now % 50.0 > 40.0;
    let counter = move |now: f64| {
        if failing(now) { CounterReading::Failed } else { shows(900.0 * now) }
    };
    let mut gpu = Gpu::new(&|_| 300.0, &counter);
    gpu.read_for(45.0);
    assert_eq!(gpu.method, Method::Integrated);
    assert!(gpu.joules > 900.0 * 39.0 + 300.0 * 3.0, "{} J", gpu.joules);
    gpu.read_for(10.0);
    assert_eq!(gpu.method, Method::Counter);
    gpu.read_for(1000.0);
    gpu.check(900.0 * 1055.0, 3.0 * SECOND);
    assert_eq!(gpu.disbeliefs(), []);
}

#[test]
fn a_counter_that_stood_while_it_did_not_answer_takes_no_energy_back() {
    let counter = |now: f64| match now {
        now if now < 30.0 => shows(300.0 * now),
        now if now < 200.0 => CounterReading::Failed,
        now => shows(300.0 * (now - 170.0)),
    };
    let mut gpu = Gpu::new(&|_| 300.0, &counter);
    gpu.read_for(400.0);
    gpu.check(300.0 * 400.0, 2.0 * SECOND);
    assert_eq!(gpu.unseen, 0.0);
}

#[test]
fn a_counter_that_answers_late_starts_from_there() {
    let counter =
        |now: f64| if now < 30.0 { CounterReading::Failed } else { shows(5e6 + 300.0 * now) };
    let mut gpu = Gpu::new(&|_| 300.0, &counter);
    gpu.read_for(100.0);
    gpu.check(300.0 * 100.0, SECOND);
    assert_eq!(gpu.method, Method::Counter);
}
