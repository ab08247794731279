//! What is added up: the parts are the whole, and each row is where its time is.

use gpu_carbon_core::{Interval, Pue, Signal, Timestamp};
use gpu_carbon_ledger::report::{History, PeriodReport, Report, Totals};
use gpu_carbon_ledger::{EnergyBySource, EnergySource, Origin, PresenceRow, UsageRow};
use proptest::prelude::*;

use crate::made::{at, origin};

const GPUS: usize = 3;
/// All that is used is used in this time, in seconds.
const TIME: i64 = 60;

fn origins() -> Vec<Origin> {
    let marginal = Origin {
        signal: Signal::Marginal,
        pue: Pue::from_number(1.5).unwrap(),
        ..origin(Some(gpu_carbon_core::Quality::Measured))
    };
    vec![origin(Some(gpu_carbon_core::Quality::Estimated)), origin(None), marginal]
}

fn interval() -> impl Strategy<Value = (i64, i64)> {
    (0..TIME, 1..=20i64).prop_map(|(from, length)| (from, (from + length).min(TIME)))
}

fn energy([counted, integrated, recovered]: [f64; 3]) -> EnergyBySource {
    EnergyBySource { counted, integrated, recovered }
}

fn uses() -> impl Strategy<Value = Vec<UsageRow>> {
    let one = (0..GPUS, interval(), 0..3usize, [0.0..1e3, 0.0..1e3, 0.0..1e3], 0.0..1e3);
    let one = one.prop_map(|(gpu, (from, to), origin, joules, grams)| UsageRow {
        gpu,
        interval: Interval::new(at(from), at(to)),
        origin,
        energy: energy(joules),
        grams: (origin != 1).then_some(grams),
    });
    prop::collection::vec(one, 0..40)
}

fn stays() -> impl Strategy<Value = Vec<PresenceRow>> {
    let one = (0..GPUS, interval(), 0.0..20.0, 0.0..1e3);
    let one = one.prop_map(|(gpu, (from, to), seconds, embodied_grams)| PresenceRow {
        gpu,
        interval: Interval::new(at(from), at(to)),
        seconds,
        embodied_grams,
    });
    prop::collection::vec(one, 0..20)
}

/// Moments in order of time, without two of the same.
fn bounds() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::btree_set(-5..TIME + 5, 2..8).prop_map(|set| set.into_iter().collect())
}

fn report(bounds: &[i64], uses: &[UsageRow], stays: &[PresenceRow]) -> Report {
    let mut report = Report::empty(bounds.iter().map(|&second| at(second)).collect());
    uses.iter().for_each(|one| report.add_usage(one));
    stays.iter().for_each(|one| report.add_presence(one));
    report
}

/// Every number that a tally tells.
fn numbers(tally: &Totals) -> Vec<f64> {
    let origins = origins();
    let mut numbers = vec![
        tally.joules(),
        tally.pending_joules(&origins),
        tally.gpu_seconds,
        tally.embodied_grams,
    ];
    numbers.extend(EnergySource::ALL.map(|source| tally.joules_from(source)));
    numbers.extend(Signal::ALL.map(|signal| tally.grams(signal, &origins).unwrap_or_default()));
    numbers
}

fn near(one: &[f64], other: &[f64]) -> bool {
    one.iter().zip(other).all(|(one, other)| (one - other).abs() <= 1e-9 * one.abs().max(1.0))
}

fn sum<'a>(tallies: impl IntoIterator<Item = &'a Totals>) -> Vec<f64> {
    numbers(&tallies.into_iter().cloned().fold(Totals::default(), Totals::with))
}

proptest! {
    #[test]
    fn the_parts_are_the_whole(bounds in bounds(), uses in uses(), stays in stays()) {
        let all = report(&bounds, &uses, &stays);
        let total = numbers(&all.total());
        let (gpus, periods) = (all.by_gpu(), all.by_period());
        prop_assert!(near(&sum(gpus.iter().map(|report| &report.totals)), &total));
        prop_assert!(near(&sum(periods.iter().map(|report| &report.totals)), &total));
        let whole = report(&[bounds[0], *bounds.last().unwrap()], &uses, &stays);
        prop_assert!(near(&numbers(&whole.total()), &total), "periods that follow one another are the whole");
        prop_assert_eq!(whole.by_gpu().len(), gpus.len());
    }

    /// Second by second: each row is spread evenly over its own.
    #[test]
    fn each_row_is_where_its_time_is(bounds in bounds(), uses in uses()) {
        let found = report(&bounds, &uses, &[]);
        for PeriodReport { period, totals: tally } in found.by_period() {
            let mut expected = [0.0; 3];
            let mut second = period.start();
            while second < period.end() {
                let next = second + gpu_carbon_core::Span::from_seconds(1);
                for one in uses.iter().filter(|one| one.interval.start() <= second && next <= one.interval.end()) {
                    let seconds = one.interval.length().as_seconds();
                    for (sum, joules) in expected.iter_mut().zip(EnergySource::ALL.map(|source| one.energy.joules_from(source))) {
                        *sum += joules / seconds;
                    }
                }
                second = next;
            }
            prop_assert!(near(&EnergySource::ALL.map(|source| tally.joules_from(source)), &expected), "{period:?}");
        }
    }

    /// The mean intensity is of what was drawn from the grid, overhead included.
    #[test]
    fn intensity_times_energy_is_grams(uses in uses()) {
        let origins = origins();
        let total = report(&[0, TIME], &uses, &[]).total();
        for signal in Signal::ALL {
            let Some(intensity) = total.intensity(signal, &origins) else { continue };
            let drawn: f64 = uses
                .iter()
                .filter(|one| origins[one.origin].signal == signal && one.grams.is_some())
                .map(|one| one.energy.total_joules() * origins[one.origin].pue.as_number())
                .sum();
            prop_assert!(near(&[intensity * drawn / 3.6e6], &[total.grams(signal, &origins).unwrap()]));
        }
        let shared = report(&[0, TIME], &uses, &[]).total().shared_joules;
        prop_assert_eq!(shared, 0.0, "no bound cuts a row");
    }

    /// As counters: at each moment what has ended by then, and never less than before.
    #[test]
    fn history_is_the_sum_so_far(uses in uses(), stays in stays()) {
        let mut history = History::default();
        uses.iter().for_each(|one| history.add_usage(one, origins()[one.origin].signal));
        stays.iter().for_each(|one| history.add_presence(one));
        for gpu in 0..GPUS {
            let mut before = Timestamp::FIRST;
            for (moment, totals) in history.totals(gpu) {
                prop_assert!(before < moment, "in order of time");
                before = moment;
                let ended: Vec<UsageRow> = uses
                    .iter()
                    .filter(|one| one.gpu == gpu && one.interval.end() <= moment)
                    .copied()
                    .collect();
                let present: Vec<PresenceRow> = stays
                    .iter()
                    .filter(|one| one.gpu == gpu && one.interval.end() <= moment)
                    .copied()
                    .collect();
                let expected = report(&[0, TIME], &ended, &present).total();
                let grams = Signal::ALL.map(|signal| expected.grams(signal, &origins()));
                let occurs = |signal: Signal| {
                    uses.iter().any(|one| one.gpu == gpu && one.grams.is_some() && origins()[one.origin].signal == signal)
                };
                prop_assert_eq!(Signal::ALL.map(|signal| totals.grams(signal).is_some()), Signal::ALL.map(occurs), "from the beginning on");
                let found = [Some(totals.joules), totals.embodied_grams].into_iter().chain(Signal::ALL.map(|signal| totals.grams(signal)));
                let wanted = [Some(expected.joules()), Some(expected.embodied_grams)].into_iter().chain(grams);
                let numbers = |of: &mut dyn Iterator<Item = Option<f64>>| of.map(Option::unwrap_or_default).collect::<Vec<_>>();
                prop_assert!(near(&numbers(&mut found.into_iter()), &numbers(&mut wanted.into_iter())));
            }
        }
    }

    #[test]
    fn history_never_falls(amounts in prop::collection::vec(-1e3..1e3f64, 1..20)) {
        let mut history = History::default();
        for (slot, &joules) in (0..).zip(&amounts) {
            let interval = Interval::new(at(slot), at(slot + 1));
            history.add_usage(&UsageRow { gpu: 0, interval, origin: 0, energy: EnergyBySource::of(EnergySource::Counted, joules), grams: Some(-joules) }, Signal::Average);
        }
        let totals: Vec<_> = history.totals(0).map(|(_, totals)| totals).collect();
        prop_assert!(totals.is_sorted_by(|one, next| one.joules <= next.joules && one.average_grams.unwrap_or(0.0) <= next.average_grams.unwrap_or(0.0)));
    }
}
