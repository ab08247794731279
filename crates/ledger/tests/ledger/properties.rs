//! Whatever happens, in whatever order: the rows are what brute force says, and their sum is the totals.

use gpu_carbon_core::{Intensity, Interval, Quality, Signal};
use gpu_carbon_ledger::{
    EnergySource, IntensitySource, Ledger, Origin, Posting, Retention, SlotIntensity,
};
use proptest::prelude::*;

use crate::made::{NOON, ZONE, at, batch, folder, presence, reopen};
use crate::oracle::{Oracle, Table, grams, pue};
use crate::rows::{entries, imbalances};

/// Slots of four hours, over midnight.
const SLOTS: i64 = 48;
const FIRST: i64 = 10 * 3600;
/// Those that are used, again and again: two in each of two hours, and one on the next day.
const USED: [i64; 5] = [0, 1, 12, 13, 40];

#[derive(Debug, Clone)]
enum Step {
    /// A GPU uses energy in slots, and it is priced by what is known.
    Use { gpu: u32, used: Vec<(i64, usize, u32, bool)> },
    /// What waits in a slot is priced.
    PriceLate { slot: i64 },
    /// Some slots have new prices from here on.
    Revise { from: i64, to: i64, grams: u32, source: &'static str, quality: Quality },
    /// So many hours after the first slots may become hours.
    Compact { hours: i64 },
    /// The process ends, and another one goes on.
    Reopen,
    /// The file is set aside.
    Recreate,
}

fn step() -> impl Strategy<Value = Step> {
    let slot = || prop::sample::select(USED.to_vec());
    let used = (slot(), 0..3_usize, 1..5_000_000_u32, prop::bool::weighted(0.7));
    let used = (0..2_u32, prop::collection::vec(used, 1..6));
    // What is foretold, and measured later by the same source, and so on: most of the time.
    let quality = prop_oneof![
        4 => Just(Quality::Forecast),
        4 => Just(Quality::Measured),
        1 => prop::sample::select(Quality::ALL.to_vec()),
    ];
    let source = prop_oneof![6 => Just("gb"), 1 => Just("other")];
    let slots = prop_oneof![2 => Just((0, SLOTS)), 1 => (0..SLOTS, 1..SLOTS)];
    let revise = (slots, prop::sample::select(vec![0, 100, 250]), source, quality);
    prop_oneof![
        6 => used.prop_map(|(gpu, used)| Step::Use { gpu, used }),
        2 => slot().prop_map(|slot| Step::PriceLate { slot }),
        6 => revise.prop_map(|((from, length), grams, source, quality)| {
            Step::Revise { from, to: from + length, grams, source, quality }
        }),
        2 => prop_oneof![-2..20_i64, 334 * 24..335 * 24_i64].prop_map(|hours| Step::Compact { hours }),
        1 => Just(Step::Reopen),
        1 => Just(Step::Recreate),
    ]
}

fn slot(number: i64) -> i64 {
    NOON + FIRST + number * 300
}

fn used(prices: &Table, (number, source, millijoules, better): (i64, usize, u32, bool)) -> Posting {
    let price = prices.0.get(&slot(number)).filter(|_| better);
    let origin = Origin {
        zone: ZONE.into(),
        signal: Signal::Average,
        pue: pue(if number % 2 == 0 { 1.0 } else { 1.25 }),
        intensity_source: price.map(|price| price.source.clone()),
    };
    let energy_joules = f64::from(millijoules) / 1000.0;
    let emissions_grams = price.map_or(0.0, |price| grams(energy_joules, &origin, price));
    let slot = at(slot(number) - NOON);
    Posting { slot, origin, source: EnergySource::ALL[source], energy_joules, emissions_grams }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn rows_are_what_brute_force_says(steps in prop::collection::vec(step(), 1..32)) {
        let (_folder, path) = folder();
        let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
        let (mut oracle, mut prices) = (Oracle::default(), Table::default());
        for step in steps {
            match step {
                Step::Use { gpu, used: several } => {
                    let postings = several.into_iter().map(|one| used(&prices, one)).collect();
                    let one = oracle.enter(gpu, postings, vec![presence(0, 7.0), presence(300, 0.5)]);
                    ledger.write(&batch(vec![one])).unwrap();
                }
                Step::PriceLate { slot: number } => {
                    let gpus = oracle.price_late(&prices, slot(number));
                    ledger.write(&batch(gpus)).unwrap();
                }
                Step::Revise { from, to, grams, source, quality } => {
                    let intensity = Intensity::from_grams_per_kilowatt_hour(grams.into()).unwrap();
                    let price = SlotIntensity {
                        intensity,
                        source: IntensitySource { name: source.into(), quality },
                    };
                    prices.0.extend((from..to).map(|number| (slot(number), price.clone())));
                    let changed = Interval::new(at(slot(from) - NOON), at(slot(to) - NOON));
                    let revisions = ledger.restate(&prices, changed).unwrap();
                    let mut expected = oracle.restate(&prices, (slot(from), slot(to)));
                    for revision in revisions {
                        let index = revision.uuid.strip_prefix("GPU-").unwrap().parse().unwrap();
                        let grams = expected.remove(&index).unwrap();
                        prop_assert!(close(revision.grams, grams), "{revision:?}, and not {grams}");
                    }
                    prop_assert!(expected.values().all(|&rest| close(rest, 0.0)), "{expected:?}");
                }
                Step::Compact { hours } => {
                    let now = slot(0) + 32 * 86_400 + hours * 3600;
                    let compact = |ledger: &mut Ledger| {
                        while !ledger.compact(at(now - NOON), Retention::default()).unwrap().done {}
                    };
                    compact(&mut ledger);
                    let once = entries(&path);
                    compact(&mut ledger);
                    prop_assert_eq!(once, entries(&path));
                    oracle.compact(now, Retention::default());
                }
                Step::Reopen => {
                    drop(ledger);
                    ledger = reopen(&path);
                }
                Step::Recreate => {
                    ledger = ledger.recreate(at(0)).unwrap().0;
                    oracle.recreate();
                }
            }
            let rows = entries(&path);
            let expected = oracle.rows();
            let keys = |rows: &[(_, _)]| rows.iter().map(|(key, _): &(_, _)| Clone::clone(key)).collect::<Vec<_>>();
            prop_assert_eq!(keys(&rows), expected.keys().cloned().collect::<Vec<_>>());
            for ((key, (joules, grams)), (_, (oracle_joules, oracle_grams))) in rows.iter().zip(&expected) {
                prop_assert!(joules.iter().zip(oracle_joules).all(|(&a, &b)| close(a, b)), "joules of {:?}", key);
                prop_assert!(grams.zip(*oracle_grams).is_none_or(|(a, b)| close(a, b)), "grams of {:?}", key);
                prop_assert_eq!(grams.is_some(), oracle_grams.is_some());
            }
            for imbalance in imbalances(&path) {
                prop_assert!(imbalance.into_iter().all(|rest| close(rest, 0.0)), "{imbalance:?}");
            }
            for state in ledger.state(ZONE, Signal::Average, at(0)).unwrap() {
                let totals = oracle.totals()[&state.index];
                prop_assert_eq!(state.totals.energy_joules, totals.energy_joules);
                prop_assert_eq!(state.totals.published_grams, totals.published_grams);
                prop_assert!(close(state.totals.restated_grams, totals.restated_grams));
                let waits: f64 = state.pending.iter().map(|waiting| waiting.energy_joules).sum();
                let rows = rows.iter().filter(|((_, uuid, ..), (_, grams))| *uuid == state.uuid && grams.is_none());
                let unpriced: f64 = rows.flat_map(|(_, (joules, _))| joules).sum();
                prop_assert!(close(waits + state.given_up_joules, unpriced));
            }
        }
    }
}
