//! Random sequences of operations: the rows equal those of the oracle, and their sums equal the totals.

use gpu_carbon_core::{Intensity, Interval, Quality, Signal};
use gpu_carbon_ledger::{
    EnergySource, IntensitySource, Ledger, Origin, Posting, Retention, SlotIntensity,
};
use proptest::prelude::*;

use crate::fixtures::{NOON, ZONE, at, batch, folder, presence, reopen, tries_more_cases};
use crate::oracle::{Oracle, Table, grams, pue};
use crate::rows::{Entry, entries, imbalances};

/// The slots of four hours around midnight.
const SLOTS: i64 = 48;
const FIRST: i64 = 10 * 3600;
/// The slots with energy: two in each of two hours, and one on the next day.
const USED: [i64; 5] = [0, 1, 12, 13, 40];

/// Energy that a GPU uses in one slot.
#[derive(Debug, Clone)]
struct Used {
    /// The number of the slot.
    slot: i64,
    source: EnergySource,
    millijoules: u32,
    /// True if the intensity is known at once, if there is one.
    is_known: bool,
}

#[derive(Debug, Clone)]
enum Step {
    /// A GPU uses energy, which is converted where the intensity is known.
    Use { gpu: u32, used: Vec<Used> },
    /// The pending energy of a slot is converted.
    ConvertPending { slot: i64 },
    /// Some slots get new intensities.
    Revise { from: i64, to: i64, grams: u32, source: &'static str, quality: Quality },
    /// The ledger is compacted, so many hours after its first slots may become hours.
    Compact { hours: i64 },
    /// The process ends, and the next one continues.
    Reopen,
    /// The file is quarantined, and a new one is created.
    Recreate,
}

fn step() -> impl Strategy<Value = Step> {
    let slot = || prop::sample::select(USED.to_vec());
    let source = prop::sample::select(EnergySource::ALL.to_vec());
    let used = (slot(), source, 1..5_000_000_u32, prop::bool::weighted(0.7));
    let used = used.prop_map(|(slot, source, millijoules, is_known)| Used {
        slot,
        source,
        millijoules,
        is_known,
    });
    let used = (0..2_u32, prop::collection::vec(used, 1..6));
    // Mostly forecasts that the same source measures later.
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
        2 => slot().prop_map(|slot| Step::ConvertPending { slot }),
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

/// The posting of energy that is used, converted where the intensity is known.
fn posting(intensities: &Table, used: &Used) -> Posting {
    let intensity = intensities.0.get(&slot(used.slot)).filter(|_| used.is_known);
    let origin = Origin {
        zone: ZONE.into(),
        signal: Signal::Average,
        pue: pue(if used.slot % 2 == 0 { 1.0 } else { 1.25 }),
        intensity_source: intensity.map(|intensity| intensity.source.clone()),
    };
    let energy_joules = f64::from(used.millijoules) / 1000.0;
    let emissions_grams =
        intensity.map_or(0.0, |intensity| grams(energy_joules, &origin, intensity));
    let slot = at(slot(used.slot) - NOON);
    Posting { slot, origin, source: used.source, energy_joules, emissions_grams }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if tries_more_cases() { 400 } else { 96 }))]

    #[test]
    fn rows_equal_those_of_the_oracle(steps in prop::collection::vec(step(), 1..32)) {
        let (_folder, path) = folder();
        let (mut ledger, _) = Ledger::open(&path, at(0)).unwrap();
        let (mut oracle, mut intensities) = (Oracle::default(), Table::default());
        for step in steps {
            match step {
                Step::Use { gpu, used } => {
                    let postings = used.iter().map(|used| posting(&intensities, used)).collect();
                    let one = oracle.enter(gpu, postings, vec![presence(0, 7.0), presence(300, 0.5)]);
                    ledger.write(&batch(vec![one])).unwrap();
                }
                Step::ConvertPending { slot: number } => {
                    let gpus = oracle.convert_pending(&intensities, slot(number));
                    ledger.write(&batch(gpus)).unwrap();
                }
                Step::Revise { from, to, grams, source, quality } => {
                    let intensity = Intensity::from_grams_per_kilowatt_hour(grams.into()).unwrap();
                    let new = SlotIntensity {
                        intensity,
                        is_uniform: true,
                        source: IntensitySource { name: source.into(), quality, scope: None },
                    };
                    intensities.0.extend((from..to).map(|number| (slot(number), new.clone())));
                    let changed = Interval::new(at(slot(from) - NOON), at(slot(to) - NOON));
                    let revisions = ledger.restate(&intensities, changed).unwrap();
                    let mut expected = oracle.restate(&intensities, slot(from), slot(to));
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
                    // The next write of each GPU has all of its totals; these rows stay in the old file.
                    let known: Vec<u32> = oracle.totals().keys().copied().collect();
                    for gpu in known {
                        let one = oracle.enter(gpu, Vec::new(), Vec::new());
                        ledger.write(&batch(vec![one])).unwrap();
                    }
                }
            }
            let rows = entries(&path);
            let expected = oracle.rows();
            let keys: Vec<_> = rows.iter().map(|row| &row.key).collect();
            prop_assert_eq!(keys, expected.keys().collect::<Vec<_>>());
            for (Entry { key, amounts }, expected) in rows.iter().zip(expected.values()) {
                let mut joules = amounts.joules.into_iter().zip(expected.joules);
                prop_assert!(joules.all(|(a, b)| close(a, b)), "joules of {:?}", key);
                let grams = amounts.grams.zip(expected.grams);
                prop_assert!(grams.is_none_or(|(a, b)| close(a, b)), "grams of {:?}", key);
                prop_assert_eq!(amounts.grams.is_some(), expected.grams.is_some());
            }
            for imbalance in imbalances(&path) {
                prop_assert!(imbalance.is_below(1e-9), "{imbalance:?}");
            }
            for state in ledger.state(ZONE, Signal::Average, at(0)).unwrap() {
                let totals = oracle.totals()[&state.index];
                prop_assert_eq!(state.totals.energy_joules, totals.energy_joules);
                prop_assert_eq!(state.totals.published_grams, totals.published_grams);
                prop_assert!(close(state.totals.restated_grams, totals.restated_grams));
                let pending: f64 = state.pending.iter().map(|pending| pending.energy_joules).sum();
                let rows = rows.iter().filter(|row| row.key.uuid == state.uuid);
                let rows = rows.filter(|row| row.amounts.grams.is_none());
                let expected: f64 = rows.flat_map(|row| row.amounts.joules).sum();
                prop_assert!(close(pending + state.given_up_joules, expected));
            }
        }
    }
}
