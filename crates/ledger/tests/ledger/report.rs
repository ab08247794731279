//! Reports: the parts sum up to the whole, and each row counts in its own time.

use gpu_carbon_core::{Interval, Pue, Signal, Timestamp};
use gpu_carbon_ledger::report::{History, PeriodReport, Report, Totals};
use gpu_carbon_ledger::{EnergyBySource, EnergySource, Origin, PresenceRow, UsageRow};
use proptest::prelude::*;

use crate::fixtures::{at, origin};

const GPUS: usize = 3;
/// The length of the time with rows, in seconds.
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

fn usage_rows() -> impl Strategy<Value = Vec<UsageRow>> {
    let row = (0..GPUS, interval(), 0..3usize, [0.0..1e3, 0.0..1e3, 0.0..1e3], 0.0..1e3);
    let row = row.prop_map(|(gpu, (from, to), origin, joules, grams)| UsageRow {
        gpu,
        interval: Interval::new(at(from), at(to)),
        origin,
        energy: energy(joules),
        grams: (origin != 1).then_some(grams),
    });
    prop::collection::vec(row, 0..40)
}

fn presence_rows() -> impl Strategy<Value = Vec<PresenceRow>> {
    let row = (0..GPUS, interval(), 0.0..20.0, prop::option::of(1e-3..1e3));
    let row = row.prop_map(|(gpu, (from, to), seconds, embodied_grams)| PresenceRow {
        gpu,
        interval: Interval::new(at(from), at(to)),
        seconds,
        embodied_grams,
    });
    prop::collection::vec(row, 0..20)
}

/// Times in ascending order, without duplicates.
fn bounds() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::btree_set(-5..TIME + 5, 2..8).prop_map(|set| set.into_iter().collect())
}

fn report(bounds: &[i64], usage: &[UsageRow], presence: &[PresenceRow]) -> Report {
    let mut report = Report::empty(bounds.iter().map(|&second| at(second)).collect());
    usage.iter().for_each(|row| report.add_usage(row));
    presence.iter().for_each(|row| report.add_presence(row));
    report
}

/// All numbers of totals.
fn numbers(totals: &Totals) -> Vec<f64> {
    let origins = origins();
    let mut numbers = vec![
        totals.joules(),
        totals.pending_joules(&origins),
        totals.gpu_seconds,
        totals.embodied_grams.unwrap_or_default(),
        totals.embodied_gpu_seconds,
    ];
    numbers.extend(EnergySource::ALL.map(|source| totals.joules_from(source)));
    numbers.extend(Signal::ALL.map(|signal| totals.grams(signal, &origins).unwrap_or_default()));
    numbers
}

fn near(one: &[f64], other: &[f64]) -> bool {
    one.iter().zip(other).all(|(one, other)| (one - other).abs() <= 1e-9 * one.abs().max(1.0))
}

fn sum<'a>(parts: impl IntoIterator<Item = &'a Totals>) -> Vec<f64> {
    numbers(&parts.into_iter().cloned().fold(Totals::default(), Totals::with))
}

proptest! {
    #[test]
    fn the_parts_sum_up_to_the_whole(bounds in bounds(), usage in usage_rows(), presence in presence_rows()) {
        let all = report(&bounds, &usage, &presence);
        let total = numbers(&all.total());
        let (gpus, periods) = (all.by_gpu(), all.by_period());
        prop_assert!(near(&sum(gpus.iter().map(|report| &report.totals)), &total));
        prop_assert!(near(&sum(periods.iter().map(|report| &report.totals)), &total));
        let whole = report(&[bounds[0], *bounds.last().unwrap()], &usage, &presence);
        prop_assert!(near(&numbers(&whole.total()), &total), "periods that follow row another are the whole");
        prop_assert_eq!(whole.by_gpu().len(), gpus.len());
    }

    /// Second by second: the energy of each row is spread evenly over its interval.
    #[test]
    fn each_row_counts_in_its_own_time(bounds in bounds(), usage in usage_rows()) {
        let report = report(&bounds, &usage, &[]);
        for PeriodReport { period, totals } in report.by_period() {
            let mut expected = [0.0; 3];
            let mut second = period.start();
            while second < period.end() {
                let next = second + gpu_carbon_core::Span::from_seconds(1);
                for row in usage.iter().filter(|row| row.interval.start() <= second && next <= row.interval.end()) {
                    let seconds = row.interval.length().as_seconds();
                    for (sum, joules) in expected.iter_mut().zip(EnergySource::ALL.map(|source| row.energy.joules_from(source))) {
                        *sum += joules / seconds;
                    }
                }
                second = next;
            }
            prop_assert!(near(&EnergySource::ALL.map(|source| totals.joules_from(source)), &expected), "{period:?}");
        }
    }

    /// The mean intensity refers to the energy that was drawn from the grid, overhead included.
    #[test]
    fn intensity_times_energy_is_grams(usage in usage_rows()) {
        let origins = origins();
        let total = report(&[0, TIME], &usage, &[]).total();
        for signal in Signal::ALL {
            let Some(intensity) = total.intensity(signal, &origins) else { continue };
            let drawn: f64 = usage
                .iter()
                .filter(|row| origins[row.origin].signal == signal && row.grams.is_some())
                .map(|row| row.energy.total_joules() * origins[row.origin].pue.as_number())
                .sum();
            prop_assert!(near(&[intensity * drawn / 3.6e6], &[total.grams(signal, &origins).unwrap()]));
        }
        let shared = report(&[0, TIME], &usage, &[]).total().shared_joules;
        prop_assert_eq!(shared, 0.0, "no bound cuts a row");
    }

    /// The counters have, at each time, the rows that ended by then.
    #[test]
    fn history_is_the_sum_of_the_rows_that_ended(usage in usage_rows(), presence in presence_rows()) {
        let mut history = History::default();
        usage.iter().for_each(|row| history.add_usage(row, origins()[row.origin].signal));
        presence.iter().for_each(|row| history.add_presence(row));
        for gpu in 0..GPUS {
            let mut before = Timestamp::FIRST;
            for (time, totals) in history.totals(gpu) {
                prop_assert!(before < time, "in order of time");
                before = time;
                let ended: Vec<UsageRow> = usage
                    .iter()
                    .filter(|row| row.gpu == gpu && row.interval.end() <= time)
                    .copied()
                    .collect();
                let present: Vec<PresenceRow> = presence
                    .iter()
                    .filter(|row| row.gpu == gpu && row.interval.end() <= time)
                    .copied()
                    .collect();
                let expected = report(&[0, TIME], &ended, &present).total();
                let grams = Signal::ALL.map(|signal| expected.grams(signal, &origins()));
                let occurs = |signal: Signal| {
                    usage.iter().any(|row| row.gpu == gpu && row.grams.is_some() && origins()[row.origin].signal == signal)
                };
                prop_assert_eq!(Signal::ALL.map(|signal| totals.grams(signal).is_some()), Signal::ALL.map(occurs), "from the beginning on");
                let found = [Some(totals.joules), totals.embodied_grams].into_iter().chain(Signal::ALL.map(|signal| totals.grams(signal)));
                let wanted = [Some(expected.joules()), expected.embodied_grams].into_iter().chain(grams);
                let numbers = |of: &mut dyn Iterator<Item = Option<f64>>| of.map(Option::unwrap_or_default).collect::<Vec<_>>();
                prop_assert!(near(&numbers(&mut found.into_iter()), &numbers(&mut wanted.into_iter())));
            }
        }
    }

    #[test]
    fn history_never_decreases(amounts in prop::collection::vec(-1e3..1e3f64, 1..20)) {
        let mut history = History::default();
        for (slot, &joules) in (0..).zip(&amounts) {
            let interval = Interval::new(at(slot), at(slot + 1));
            history.add_usage(&UsageRow { gpu: 0, interval, origin: 0, energy: EnergyBySource::of(EnergySource::Counted, joules), grams: Some(-joules) }, Signal::Average);
        }
        let totals: Vec<_> = history.totals(0).map(|(_, totals)| totals).collect();
        prop_assert!(totals.is_sorted_by(|row, next| row.joules <= next.joules && row.average_grams.unwrap_or(0.0) <= next.average_grams.unwrap_or(0.0)));
    }
}

#[test]
fn totals_name_the_share_of_gpu_time_with_known_embodied_emissions() {
    let row = |gpu, embodied_grams| PresenceRow {
        gpu,
        interval: Interval::new(at(0), at(10)),
        seconds: 10.0,
        embodied_grams,
    };
    let known = report(&[0, 10], &[], &[row(0, Some(4.0))]).total();
    assert_eq!((known.embodied_grams, known.embodied_known_ratio()), (Some(4.0), Some(1.0)));
    let unknown = report(&[0, 10], &[], &[row(1, None)]).total();
    assert_eq!((unknown.embodied_grams, unknown.embodied_known_ratio()), (None, Some(0.0)));
    let both = report(&[0, 5], &[], &[row(0, Some(4.0)), row(1, None)]).total();
    assert_eq!((both.embodied_grams, both.embodied_known_ratio()), (Some(2.0), Some(0.5)));
    assert_eq!(report(&[0, 10], &[], &[]).total().embodied_known_ratio(), None);
}
