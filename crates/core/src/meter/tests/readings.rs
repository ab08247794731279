//! Single readings, one after another.

use crate::flow::Flow;
use crate::meter::{CounterEvent, Limits, Meter, Method, Observation, PriorState, Reading};
use crate::time::{Interval, Span, Timestamp};
use crate::units::{Energy, Power};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

fn counter(seconds: u64, millijoules: u64) -> Reading {
    let uptime = Span::from_seconds(seconds);
    Reading::of_counter(Timestamp::EPOCH + uptime, uptime, millijoules)
}

fn power(micros: u64, watts: f64) -> Reading {
    let uptime = Span::from_micros(micros);
    Reading::of_power(Timestamp::EPOCH + uptime, uptime, Power::from_watts(watts).unwrap())
}

fn joules(observation: &Observation) -> Option<f64> {
    observation.flow.map(|flow| flow.energy.as_joules())
}

fn meter() -> Meter {
    Meter::new(Limits::default())
}

#[test]
fn without_power_a_counter_is_believed_and_its_falls_wait_for_their_reason() {
    let mut meter = meter();
    meter.observe(counter(0, 9_000_000_000));
    for second in 1..200 {
        assert_eq!(joules(&meter.observe(counter(second, 9_000_000_000))), Some(0.0));
    }
    let fallen = meter.observe(counter(200, 2_000_000));
    assert!(!fallen.is_counted && fallen.flow.is_none());
    let reset = meter.observe(counter(203, 2_900_000));
    assert_eq!((joules(&reset), &reset.events[..]), (Some(2900.0), &[CounterEvent::Reset][..]));
    assert_eq!(joules(&meter.observe(counter(204, 3_000_000))), Some(100.0));
    assert!(!meter.observe(counter(205, u64::MAX)).is_counted);
    let leap = meter.observe(counter(208, u64::MAX));
    assert_eq!(leap.unseen, Span::from_seconds(4));
    assert!(matches!(leap.events[..], [CounterEvent::Implausible(_)]));
    // From garbage to garbage: no energy, and no time without a word.
    let mut unseen = Span::ZERO;
    for second in 209..243 {
        let seen = meter.observe(counter(second, (243 - second) * 1000));
        assert_eq!(seen.flow, None);
        unseen = unseen + seen.unseen;
    }
    assert!(unseen >= Span::from_seconds(30), "{unseen:?}");
}

#[test]
fn a_counter_includes_energy_between_distant_readings() {
    let mut meter = meter();
    meter.observe(counter(0, 0));
    assert_eq!(joules(&meter.observe(counter(86_400, 25_920_000_000))), Some(25_920_000.0));
}

#[test]
fn power_is_integrated_over_the_uptime_and_the_clock_names_the_slot() {
    let mut meter = meter();
    let at = |uptime: u64, wall: i64| Reading {
        at: Timestamp::from_unix_micros(wall),
        ..power(uptime, 300.0)
    };
    assert_eq!(meter.observe(at(0, 10_000_000)).flow, None);
    let ahead = meter.observe(at(100_000, 11_000_000));
    assert!((joules(&ahead).unwrap() - 30.0).abs() < 1e-9, "a tenth of a second passed");
    assert_eq!(ahead.flow.unwrap().interval.end(), Timestamp::from_unix_micros(11_000_000));
    let back = meter.observe(at(200_000, 10_200_000));
    assert!((joules(&back).unwrap() - 30.0).abs() < 1e-9);
    assert_eq!(back.unseen, Span::ZERO);
    let late = meter.observe(at(20_200_000, 30_000_000));
    assert_eq!((late.flow, late.unseen), (None, Span::from_seconds(20)), "too far apart");
}

#[test]
fn samples_of_power_are_joined_by_straight_lines() {
    let mut meter = meter();
    meter.observe(power(0, 100.0));
    assert_eq!(joules(&meter.observe(power(100_000, 300.0))), Some(20.0));
    assert_eq!(meter.observe(power(200_000, 300.0)).method, Method::Integrated);
}

fn after(prior: PriorState, reading: Reading) -> Observation {
    Meter::resume(Limits::default(), prior).observe(reading)
}

#[test]
fn a_meter_resumes_from_its_prior_state() {
    let prior = PriorState::Counter { at: at(100), millijoules: 5_000_000 };
    let away = Interval::new(at(100), at(1100));
    let flow = |joules| Flow { interval: away, energy: Energy::from_joules(joules).unwrap() };
    let current = |millijoules| after(prior, counter(1100, millijoules));
    let resumed = current(5_700_000);
    assert_eq!((resumed.flow, resumed.is_recovered), (Some(flow(700.0)), true));
    assert!(!current(u64::MAX).is_counted);

    let restarted = PriorState::Restarted { at: at(100) };
    let shows = |millijoules| after(restarted, counter(1100, millijoules));
    let reset = shows(9_000_000);
    assert_eq!((reset.flow, reset.is_recovered), (Some(flow(9000.0)), true), "more than before");
    assert_eq!(reset.events, [CounterEvent::Reset]);
    assert_eq!(shows(u64::MAX).flow, None);

    // A counter that does not answer yet may show the time away later.
    for (prior, expected) in [
        (prior, Span::ZERO),
        (restarted, Span::ZERO),
        (PriorState::Power { at: at(100) }, away.length()),
    ] {
        let unseen = after(prior, power(1_100_000_000, 9.0));
        assert_eq!((unseen.flow, unseen.unseen), (None, expected));
    }
    let unseen = after(PriorState::Power { at: at(100) }, counter(1100, 7));
    assert_eq!((unseen.flow, unseen.unseen), (None, away.length()));

    let mut meter = Meter::resume(Limits::default(), prior);
    meter.observe(counter(1100, 5_700_000));
    let next = meter.observe(counter(1101, 5_800_000));
    assert_eq!((joules(&next), next.is_recovered), (Some(100.0), false), "once");
}

#[test]
fn a_reset_while_the_program_did_not_run_is_recovered_when_it_is_certain() {
    for has_power in [false, true] {
        let prior = PriorState::Counter { at: at(100), millijoules: 50_000_000 };
        let mut meter = Meter::resume(Limits::default(), prior);
        let watts = has_power.then(|| Power::from_watts(300.0).unwrap());
        let (mut total, mut unseen) = (0.0, Span::ZERO);
        for second in 1100..1105 {
            let joules_since = 4000 + 300 * (second - 1100);
            let seen =
                meter.observe(Reading { power: watts, ..counter(second, joules_since * 1000) });
            total += joules(&seen).unwrap_or_default();
            unseen = unseen + seen.unseen;
        }
        assert!((total - 5200.0).abs() < 1e-6, "{total} J");
        assert_eq!(unseen, Span::ZERO);
    }
}

#[test]
fn a_clock_jump_moves_the_stored_times() {
    let mut meter = meter();
    meter.observe(counter(7200, 0));
    meter.set_clock(at(7201), at(3601));
    let next = Reading { at: at(3601), ..counter(7201, 300_000) };
    assert_eq!(meter.observe(next).flow.unwrap().interval, Interval::new(at(3600), at(3601)));

    let mut meter = Meter::resume(Limits::default(), PriorState::Power { at: at(7200) });
    meter.set_clock(at(0), at(3600));
    let unseen = meter.observe(power(10_801_000_000, 9.0));
    assert_eq!(unseen.unseen, Span::from_seconds(1));
}
