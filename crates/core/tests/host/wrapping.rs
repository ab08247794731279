//! A counter that wraps, against a counter that does not: the truth in whole microjoules.

use gpu_carbon_core::meter::{CounterRangeError, Measured, WrapEvent, WrappingMeter};
use gpu_carbon_core::sum::Sum;
use gpu_carbon_core::{Power, Span, Timestamp};
use proptest::prelude::*;

/// The range that most servers have: 2^32 - 1 units of 2^-14 J.
const RANGE: u64 = 262_143_328_850;

const CEILING: f64 = 2000.0;

fn meter(range: u64) -> WrappingMeter {
    WrappingMeter::new(range, Power::from_watts(CEILING).unwrap()).unwrap()
}

/// The truth beside a meter: the energy since boot, in microjoules, and the counter that shows it.
struct Machine {
    meter: WrappingMeter,
    millis: u64,
    true_microjoules: u128,
    counted: Sum,
    unseen: Span,
    wraps: u32,
    restarts: u32,
}

impl Machine {
    /// A machine whose counter has counted for some time.
    fn new(range: u64, begin: u64) -> Machine {
        let begin = u128::from(begin);
        let sum = Sum::default();
        let meter = meter(range);
        let mut machine = Machine {
            meter,
            millis: 5000,
            true_microjoules: begin,
            counted: sum,
            unseen: Span::ZERO,
            wraps: 0,
            restarts: 0,
        };
        machine.read();
        machine
    }

    /// Passes time at a power in milliwatts.
    fn run(&mut self, millis: u64, milliwatts: u64) {
        self.millis += millis;
        self.true_microjoules += u128::from(millis) * u128::from(milliwatts);
    }

    fn shown(&self) -> u64 {
        u64::try_from(self.true_microjoules % u128::from(self.meter.modulus())).unwrap()
    }

    fn read(&mut self) -> Measured {
        self.observe(self.shown())
    }

    fn observe(&mut self, value: u64) -> Measured {
        let uptime = Span::from_micros(self.millis * 1000);
        let measured = self.meter.observe(Timestamp::EPOCH + uptime, uptime, value);
        if let Some(flow) = measured.flow {
            self.counted.add(flow.energy.as_joules());
        }
        self.unseen = self.unseen + measured.unseen;
        match measured.event {
            Some(WrapEvent::Wrap) => self.wraps += 1,
            Some(WrapEvent::Restart) => self.restarts += 1,
            _ => {}
        }
        measured
    }

    fn true_joules(&self) -> f64 {
        self.true_microjoules as f64 / 1e6
    }
}

/// Stretches of time in milliseconds with their power in milliwatts; the counter is read after each.
fn stretches() -> impl Strategy<Value = Vec<(u64, u64)>> {
    let millis = prop_oneof![1_u64..1500, 900_u64..1100, 1_u64..400_000];
    let milliwatts = prop_oneof![Just(0_u64), 10_000_u64..600_000, 0_u64..2_000_000];
    prop::collection::vec((millis, milliwatts), 1..300)
}

proptest! {
    #[test]
    fn counted_energy_is_the_truth_of_the_time_that_is_seen(
        stretches in stretches(),
        begin in 0_u64..u64::MAX,
        range in prop_oneof![Just(RANGE), Just(65_532_610_987), 12_000_000_000_u64..1 << 40],
    ) {
        let mut machine = Machine::new(range, begin);
        let longest = machine.meter.longest_gap();
        let (mut truth, mut unseen, mut wraps) = (0_u128, Span::ZERO, 0);
        for &(millis, milliwatts) in &stretches {
            let before = machine.shown();
            machine.run(millis, milliwatts);
            machine.read();
            let length = Span::from_micros(millis * 1000);
            if length > longest {
                unseen = unseen + length;
            } else {
                truth += u128::from(millis) * u128::from(milliwatts);
                wraps += u32::from(machine.shown() < before);
            }
        }
        let (counted, truth) = (machine.counted.value(), truth as f64 / 1e6);
        prop_assert!((counted - truth).abs() <= 1e-9 * truth, "{counted} J, truly {truth} J");
        prop_assert_eq!((machine.unseen, machine.wraps, machine.restarts), (unseen, wraps, 0));
    }

    #[test]
    fn no_value_at_any_time_invents_more_than_can_have_flowed(
        values in prop::collection::vec((0_u64..200_000, prop_oneof![0..=RANGE, any::<u64>()]), 1..200),
    ) {
        let mut machine = Machine::new(RANGE, 0);
        let mut last = machine.millis;
        for (millis, value) in values {
            machine.millis += millis;
            let measured = machine.observe(value);
            if measured.event == Some(WrapEvent::OutOfRange) {
                prop_assert!(value > RANGE && measured.flow.is_none());
                continue;
            }
            let seconds = (machine.millis - last) as f64 / 1000.0;
            last = machine.millis;
            let most = CEILING * (seconds + 1.0);
            match measured.flow {
                Some(flow) => {
                    prop_assert!(flow.energy.as_joules() <= most * (1.0 + 1e-12));
                    prop_assert_eq!(flow.interval.length().as_seconds(), seconds);
                    prop_assert_eq!(measured.unseen, Span::ZERO);
                }
                None => prop_assert_eq!(measured.unseen.as_seconds(), seconds),
            }
        }
    }

    #[test]
    fn a_boot_is_a_restart_and_invents_nothing(
        before in prop::collection::vec(1_u64..600_000, 1..20),
        begin in 0..RANGE,
        after in prop::collection::vec(1_u64..600_000, 1..20),
        uptime in 1_u64..5000,
    ) {
        let mut machine = Machine::new(RANGE, begin);
        for milliwatts in before {
            machine.run(1000, milliwatts);
            machine.read();
        }
        let counted = machine.counted.value();
        // The firmware starts the counter again, anywhere.
        machine.true_microjoules = u128::from(begin / 7);
        machine.millis = uptime;
        let measured = machine.read();
        prop_assert_eq!((measured.flow, measured.event), (None, Some(WrapEvent::Restart)));
        prop_assert_eq!(measured.unseen, Span::from_micros(uptime * 1000));
        let mut truth = counted;
        for milliwatts in after {
            machine.run(1000, milliwatts);
            truth += milliwatts as f64 / 1000.0;
            machine.read();
        }
        prop_assert!((machine.counted.value() - truth).abs() < 1e-6 * truth.max(1.0));
    }

    #[test]
    fn values_out_of_range_and_failed_readings_change_nothing(
        seconds in prop::collection::vec((1_u64..600_000, 0..3), 1..200),
    ) {
        let mut machine = Machine::new(RANGE, RANGE - 1_000_000);
        let begin = machine.true_joules();
        for (milliwatts, fault) in seconds {
            machine.run(150, milliwatts);
            match fault {
                0 => drop(machine.observe(RANGE + 1 + milliwatts)),
                1 => {} // it fails
                _ => drop(machine.read()),
            }
        }
        machine.read();
        let truth = machine.true_joules() - begin;
        prop_assert!((machine.counted.value() - truth).abs() <= 1e-6);
        prop_assert_eq!(machine.unseen, Span::ZERO);
    }
}

#[test]
fn a_hundred_wraps_are_counted_to_the_microjoule() {
    for period in [10, 999, 1000, 7000, 60_000] {
        let mut machine = Machine::new(RANGE, 0);
        let mut power = 0;
        while machine.wraps < 100 {
            power = (power + 37_113) % 1_900_000;
            machine.run(period, power);
            machine.read();
        }
        let truth = machine.true_joules();
        let error = machine.counted.value() / truth - 1.0;
        assert!(error.abs() < 1e-12, "every {period} ms: {error:e}");
        assert!(truth > 26e6);
    }
}

#[test]
fn a_counter_that_restarts_within_a_boot_is_no_wrap() {
    let mut machine = Machine::new(RANGE, 100_000_000_000);
    machine.run(1000, 200_000);
    machine.true_microjoules = 5_000_000; // as after a sleep of the machine
    let measured = machine.read();
    assert_eq!(measured.event, Some(WrapEvent::Restart));
    assert_eq!((measured.flow, measured.unseen), (None, Span::from_seconds(1)));
    machine.run(1000, 200_000);
    assert_eq!(machine.read().flow.unwrap().energy.as_joules(), 200.0);
}

#[test]
fn a_gap_that_could_hide_a_wrap_is_unseen() {
    let mut machine = Machine::new(RANGE, 0);
    let longest = machine.meter.longest_gap();
    assert_eq!(longest.as_seconds().round(), 66.0);
    machine.run(66_000, 5000);
    assert!(machine.read().unseen > Span::ZERO, "though it rose by little");
    machine.run(65_000, 5000);
    assert_eq!(machine.read().flow.unwrap().energy.as_joules(), 325.0);
}

#[test]
fn a_range_that_no_meter_can_have_is_refused() {
    let ceiling = Power::from_watts(CEILING).unwrap();
    for range in [0, 1, 1_000_000, 11_999_000_000] {
        let error = WrappingMeter::new(range, ceiling).unwrap_err();
        assert_eq!(error, CounterRangeError::TooSmall { range, watts: 2000 });
    }
    for range in [u64::MAX, u64::MAX / 2 + 1] {
        let error = WrappingMeter::new(range, ceiling).unwrap_err();
        assert_eq!(error, CounterRangeError::TooLarge { range });
    }
    assert!(WrappingMeter::new(12_000_000_000, ceiling).is_ok());
    assert!(WrappingMeter::new(u64::MAX / 2, ceiling).is_ok());
    assert_eq!(meter(RANGE).modulus(), RANGE + 61, "2^32 units");
}
