//! The sensitivity of a plan, against brute force.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use gpu_carbon_core::evaluate::{Starts, Year};
use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::job::Job;
use gpu_carbon_core::schedule::{
    PauseCosts, Schedule, UnbrokenPlan, exact, flexible_start, pause_and_resume, saving_ratio,
};
use gpu_carbon_core::sensitivity::{Groups, Histogram, Question, curve, pause_costs, year};
use gpu_carbon_core::{Energy, Intensity, Interval, Power, Pue, SLOT, Series, Span, Timestamp};
use proptest::prelude::*;

const STEP: Span = SLOT;

fn slots(count: usize) -> Span {
    Span::from_seconds(300 * count as u64)
}

fn at(slot: usize) -> Timestamp {
    Timestamp::EPOCH + slots(slot)
}

/// Five-minute values, `None` for a gap.
fn series(values: &[Option<u16>]) -> Series {
    let points = values.iter().enumerate().filter_map(|(slot, value)| {
        let grams = Intensity::from_grams_per_kilowatt_hour(f64::from((*value)?)).unwrap();
        Some((at(slot), grams))
    });
    Series::with_step(points.collect(), STEP).unwrap()
}

fn job(steps: usize) -> Job {
    Job::of_power(slots(steps), Power::from_watts(1234.5).unwrap()).unwrap()
}

prop_compose! {
    /// A series that begins and ends with a value, and may have gaps.
    fn values()(
        first in 0..900_u16,
        middle in prop::collection::vec(prop::option::weighted(0.97, 0..900_u16), 20..60),
        last in 0..900_u16,
    ) -> Vec<Option<u16>> {
        [Some(first)].into_iter().chain(middle).chain([Some(last)]).collect()
    }
}

proptest! {
    #[test]
    fn a_year_equals_its_starts_one_by_one(
        values in values(), duration in 1..6_usize, window in 0..8_usize, wraps: bool,
    ) {
        let (series, job) = (series(&values), job(duration));
        let exposures = Exposures::of(&series);
        let whole = Interval::new(at(0), at(values.len()));
        let tried = Year::with_gaps(&exposures, whole).unwrap();
        let question = Question { job: &job, window: slots(window), pue: Pue::from_number(1.5).unwrap(), wraps };
        let hours = |time: Timestamp| {
            usize::try_from(time.as_unix_micros() / 3_600_000_000).unwrap()
        };
        let groups = Groups { count: 6, of: &hours };
        let study = year(&tried, question, Starts::Every, &groups).unwrap();

        // The year twice over, without the ring.
        let twice: Vec<_> = values.iter().chain(&values).copied().collect();
        let twice = self::series(&twice);
        let exposures = Exposures::of(&twice);
        let (mut grams, mut flexible, mut paused) = (vec![], vec![], vec![]);
        let mut grouped = vec![vec![]; 6];
        for start in 0..values.len() {
            if !wraps && start + duration + window > values.len() {
                continue;
            }
            let Ok(UnbrokenPlan { emissions: best, .. }) = flexible_start(&job, at(start), slots(window), &exposures) else { continue };
            let free = pause_and_resume(&job, at(start), slots(window), &exposures).unwrap();
            let now = Schedule::unbroken(at(start), job.duration()).emissions(&job, &exposures).unwrap();
            grams.push(now.as_grams() * 1.5);
            grouped[hours(at(start))].push(now.as_grams() * 1.5);
            flexible.extend(saving_ratio(now, best));
            paused.extend(saving_ratio(now, free.emissions));
        }
        prop_assert_eq!(study.starts, grams.len());
        prop_assert_eq!(study.left_out, values.len() - grams.len());
        prop_assert_eq!(study.without_ratio, grams.len() - flexible.len());
        let spreads = [
            (study.baseline_grams, grams.clone()),
            (study.flexible_start_saving_ratio, flexible.clone()),
            (study.pause_and_resume_saving_ratio, paused.clone()),
        ];
        for (found, mut expected) in spreads {
            expected.sort_by(f64::total_cmp);
            let Some(found) = found else { prop_assert!(expected.is_empty()); continue };
            let count = expected.len();
            let rank = |percent: usize| expected[(count * percent).div_ceil(100) - 1];
            prop_assert!((found.p5 - rank(5)).abs() < 1e-9 && (found.p95 - rank(95)).abs() < 1e-9);
            prop_assert!((found.p50 - rank(50)).abs() < 1e-9);
            prop_assert!((found.mean - expected.iter().sum::<f64>() / count as f64).abs() < 1e-9);
        }
        let most = |ratios: &[f64]| ratios.iter().copied().fold(0.0, f64::max);
        for (Histogram { counts }, ratios) in [(study.flexible_start, &flexible), (study.pause_and_resume, &paused)] {
            prop_assert_eq!(counts.iter().sum::<usize>(), ratios.len());
            let last = counts.iter().rposition(|&count| count > 0).unwrap_or(0) as f64;
            prop_assert!((last * Histogram::BIN - most(ratios)).abs() < Histogram::BIN + 1e-9);
        }
        for (found, expected) in study.mean_baseline_grams.iter().zip(&grouped) {
            match found {
                Some(found) => {
                    let mean = expected.iter().sum::<f64>() / expected.len() as f64;
                    prop_assert!((found - mean).abs() < 1e-9);
                }
                None => prop_assert!(expected.is_empty()),
            }
        }
    }

    #[test]
    fn more_time_never_saves_less(
        values in prop::collection::vec(1..900_u16, 30), duration in 1..6_usize, cost in 0..3_u8,
    ) {
        let values: Vec<_> = values.into_iter().map(Some).collect();
        let (series, job) = (series(&values), job(duration));
        let energy = Energy::from_joules(f64::from(cost) * 1e5).unwrap();
        let costs = PauseCosts { energy, ..PauseCosts::default() };
        let windows: Vec<Span> = (0..40).map(slots).collect();
        let points = curve(&job, at(0), &costs, &Exposures::of(&series), &windows);
        for (which, point) in points.iter().enumerate() {
            let is_covered = which + duration <= 30;
            prop_assert_eq!(point.flexible_start_saving_ratio.is_some(), is_covered);
            prop_assert_eq!(point.pause_and_resume_saving_ratio.is_some(), is_covered);
            prop_assert!(point.pause_and_resume_saving_ratio >= point.flexible_start_saving_ratio);
        }
        for pair in points[..=30 - duration].windows(2) {
            prop_assert!(pair[0].flexible_start_saving_ratio <= pair[1].flexible_start_saving_ratio);
            prop_assert!(pair[0].pause_and_resume_saving_ratio <= pair[1].pause_and_resume_saving_ratio);
        }
    }

    #[test]
    fn pausing_pays_below_the_energy_where_it_stops_and_not_above(
        values in prop::collection::vec(prop_oneof![Just(0_u16), 1..900_u16], 20), duration in 2..7_usize, time in 0..2_u64,
    ) {
        let values: Vec<_> = values.into_iter().map(Some).collect();
        let (series, job) = (series(&values), job(duration));
        let (exposures, window) = (Exposures::of(&series), slots(20 - duration));
        let costs = PauseCosts { time: Span::from_seconds(300 * time), ..PauseCosts::default() };
        let study = pause_costs(&job, at(0), window, &costs, &exposures).unwrap();
        let pays = |joules: f64| {
            let costs = PauseCosts { energy: Energy::from_joules(joules).unwrap(), ..costs.clone() };
            exact(&job, at(0), window, &costs, &exposures).unwrap().pausing_pays
        };
        match study.stops_paying_at.map(Energy::as_joules) {
            Some(0.0) => prop_assert!(!pays(0.0)),
            Some(joules) => prop_assert!(pays(joules * 0.999) && !pays(joules * 1.001), "{joules} J"),
            None => prop_assert!(pays(1e15)),
        }
        for pair in study.points.windows(2) {
            prop_assert!(pair[0].energy < pair[1].energy);
            // Plans of one cost may differ by the rounding of their sums.
            let [less, more] = [pair[0], pair[1]].map(|point| point.emissions.as_grams());
            prop_assert!(less <= more * (1.0 + 1e-12), "{less} g, then {more} g");
        }
        let (first, last) = (study.points[0], study.points[study.points.len() - 1]);
        prop_assert_eq!(first.energy, Energy::ZERO);
        prop_assert!(first.emissions <= study.flexible_start);
        if study.stops_paying_at.is_some() {
            prop_assert_eq!(last.pauses, 0);
            prop_assert!((last.emissions.as_grams() - study.flexible_start.as_grams()).abs() < 1e-9);
        }
    }
}

#[test]
fn a_higher_cost_of_pauses_means_fewer_of_them() {
    // 100 g but for four cheap slots that lie apart.
    let mut values = vec![Some(100); 24];
    for (slot, value) in [(2, 5), (8, 10), (14, 20), (20, 30)] {
        values[slot] = Some(value);
    }
    let (series, job) = (series(&values), job(4));
    let exposures = Exposures::of(&series);
    let study = pause_costs(&job, at(0), slots(20), &PauseCosts::default(), &exposures).unwrap();
    let pauses: Vec<usize> = study.points.iter().map(|point| point.pauses).collect();
    assert_eq!(pauses.first(), Some(&3));
    assert!(pauses.is_sorted_by(|a, b| a >= b), "{pauses:?}");
    assert_eq!(pauses.last(), Some(&0));
}
