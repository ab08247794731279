//! Laws of the split of energy among holders: for any energy, any holders and any use.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use gpu_carbon_core::share::{Weight, apportion, cut, split};
use gpu_carbon_core::sum::Sum;
use gpu_carbon_core::{Energy, Flow, Interval, Power, Ratio, Timestamp};
use proptest::prelude::*;

/// The relative error that rounding may leave in a share.
const ROUNDING: f64 = 1e-12;

fn ratio() -> impl Strategy<Value = Ratio> {
    prop_oneof![Just(0.0), 0.0..8.0, 0.0..1e6, Just(f64::MAX), Just(f64::MIN_POSITIVE)]
        .prop_map(|number| Ratio::from_number(number).unwrap())
}

fn weight() -> impl Strategy<Value = Weight> {
    (ratio(), ratio()).prop_map(|(held, used)| Weight { held, used })
}

/// One to eight holders.
fn holders() -> impl Strategy<Value = Vec<Weight>> {
    prop::collection::vec(weight(), 1..9)
}

fn energy() -> impl Strategy<Value = Energy> {
    prop_oneof![Just(0.0), 1e-3..1e9, Just(1e300)]
        .prop_map(|joules| Energy::from_joules(joules).unwrap())
}

fn power() -> impl Strategy<Value = Power> {
    prop_oneof![Just(0.0), 0.0..500.0].prop_map(|watts| Power::from_watts(watts).unwrap())
}

fn micros(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(micros)
}

/// A flow of at most an hour; some are of an instant.
fn flow() -> impl Strategy<Value = Flow> {
    (energy(), 0_i64..1_000_000, prop_oneof![Just(0_i64), 1_i64..3_600_000_000]).prop_map(
        |(energy, start, length)| Flow {
            interval: Interval::new(micros(start), micros(start + length)),
            energy,
        },
    )
}

fn sum(shares: impl IntoIterator<Item = Energy>) -> f64 {
    let mut sum = Sum::default();
    shares.into_iter().for_each(|share| sum.add(share.as_joules()));
    sum.value()
}

/// True if a number is the other one, or its neighbour among the numbers of 64 bits.
fn is_within_one_ulp(one: f64, other: f64) -> bool {
    one.to_bits().abs_diff(other.to_bits()) <= 1
}

fn is_near(one: Energy, other: Energy, whole: Energy) -> bool {
    (one.as_joules() - other.as_joules()).abs() <= ROUNDING * whole.as_joules()
}

proptest! {
    #[test]
    fn shares_add_up_to_the_whole(flow in flow(), holders in holders(), idle in power()) {
        let shares = split(flow, &holders, idle);
        prop_assert_eq!(shares.len(), holders.len());
        prop_assert!(is_within_one_ulp(sum(shares.iter().copied()), flow.energy.as_joules()));
        prop_assert!(shares.iter().all(|share| *share <= flow.energy));
        let held: Vec<Ratio> = holders.iter().map(|holder| holder.held).collect();
        let mut whole = Sum::default();
        apportion(flow.energy.as_joules(), &held).into_iter().for_each(|share| whole.add(share));
        prop_assert!(is_within_one_ulp(whole.value(), flow.energy.as_joules()));
    }

    #[test]
    fn one_holder_has_all(flow in flow(), holder in weight(), idle in power()) {
        prop_assert_eq!(split(flow, &[holder], idle), [flow.energy]);
        prop_assert_eq!(split(flow, &[], idle), []);
    }

    #[test]
    fn the_order_of_holders_changes_nothing(
        flow in flow(), holders in holders(), idle in power(), by in 0_usize..8,
    ) {
        let shares = split(flow, &holders, idle);
        let mut rotated = holders.clone();
        rotated.rotate_left(by % holders.len());
        let mut expected = shares;
        expected.rotate_left(by % holders.len());
        for (share, expected) in split(flow, &rotated, idle).into_iter().zip(expected) {
            prop_assert!(is_near(share, expected, flow.energy), "{share:?} {expected:?}");
        }
    }

    #[test]
    fn who_uses_more_pays_no_less(
        flow in flow(), holders in holders(), idle in power(), index in 0_usize..8, more in 0.0..1e6,
    ) {
        // From no use at all to some, the split goes from what is held to what is used.
        prop_assume!(holders.iter().any(|holder| holder.used > Ratio::default()));
        let index = index % holders.len();
        let mut busier: Vec<Weight> = holders.clone();
        let used: f64 = busier[index].used.as_number() + more;
        let used = used.min(f64::MAX);
        busier[index].used = Ratio::from_number(used).unwrap();
        let [before, after] = [&holders, &busier].map(|holders| split(flow, holders, idle));
        for (other, (before, after)) in before.iter().zip(&after).enumerate() {
            let change = after.as_joules() - before.as_joules();
            let rounding = ROUNDING * flow.energy.as_joules();
            let holds = if other == index { change >= -rounding } else { change <= rounding };
            prop_assert!(holds, "{before:?} {after:?}");
        }
    }

    #[test]
    fn equals_pay_equally(flow in flow(), holders in holders(), idle in power()) {
        let twice = [&holders[..], &holders[..]].concat();
        let shares = split(flow, &twice, idle);
        let (first, second) = shares.split_at(holders.len());
        for (one, other) in first.iter().zip(second) {
            prop_assert!(is_near(*one, *other, flow.energy));
        }
    }

    #[test]
    fn an_idle_holder_pays_for_what_it_holds_alone(
        flow in flow(), held in 0.1..8.0, others in 0.1..8.0, idle in power(),
    ) {
        let weight = |held, used| Weight {
            held: Ratio::from_number(held).unwrap(),
            used: Ratio::from_number(used).unwrap(),
        };
        let shares = split(flow, &[weight(held, 0.0), weight(others, 1.0)], idle);
        let whole = (idle * flow.interval.length()).as_joules().min(flow.energy.as_joules());
        let expected = Energy::from_joules(whole * (held / (held + others))).unwrap();
        prop_assert!(is_near(shares[0], expected, flow.energy));
    }

    #[test]
    fn a_flow_that_is_cut_is_whole_and_split_as_before(
        flow in flow(), holders in holders(), idle in power(),
        times in prop::collection::vec(-1_000_000_i64..3_700_000_000, 0..6),
    ) {
        let parts = cut(flow, times.iter().copied().map(micros));
        prop_assert!(is_within_one_ulp(
            sum(parts.iter().map(|part| part.energy)), flow.energy.as_joules(),
        ));
        prop_assert_eq!(parts[0].interval.start(), flow.interval.start());
        prop_assert_eq!(parts[parts.len() - 1].interval.end(), flow.interval.end());
        prop_assert!(parts.windows(2).all(|pair| pair[0].interval.end() == pair[1].interval.start()));
        let inside = |time: &&i64| {
            let time = micros(**time);
            flow.interval.start() < time && time < flow.interval.end()
        };
        let cuts: std::collections::BTreeSet<&i64> = times.iter().filter(inside).collect();
        prop_assert_eq!(parts.len(), cuts.len() + 1);

        let mut sums = vec![Sum::default(); holders.len()];
        for part in &parts {
            for (sum, share) in sums.iter_mut().zip(split(*part, &holders, idle)) {
                sum.add(share.as_joules());
            }
        }
        for (sum, whole) in sums.into_iter().zip(split(flow, &holders, idle)) {
            let sum = Energy::from_joules(sum.value().clamp(0.0, f64::MAX)).unwrap();
            prop_assert!(is_near(sum, whole, flow.energy), "{sum:?} {whole:?}");
        }
    }
}

#[test]
fn an_amount_that_is_none_is_shared_as_zero() {
    let two = [Ratio::ONE, Ratio::ONE];
    for none in [-1.0, f64::NAN, 0.0] {
        assert_eq!(apportion(none, &two), [0.0, 0.0], "{none}");
    }
}

#[test]
fn without_any_use_what_is_held_decides() {
    let flow = Flow {
        interval: Interval::new(micros(0), micros(1_000_000)),
        energy: Energy::from_joules(700.0).unwrap(),
    };
    let slices = |held| Weight { held: Ratio::from_number(held).unwrap(), used: Ratio::default() };
    let shares = split(flow, &[slices(3.0), slices(4.0)], Power::from_watts(100.0).unwrap());
    assert_eq!(joules(&shares), [300.0, 400.0]);
    let shares = split(flow, &[slices(0.0), slices(0.0)], Power::ZERO);
    assert_eq!(joules(&shares), [350.0, 350.0], "who holds nothing pays as the others do");
}

fn joules(shares: &[Energy]) -> Vec<f64> {
    shares.iter().map(|share| share.as_joules()).collect()
}
