//! The year's experiment against a plain count of the same, on small rings.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use gpu_carbon_core::evaluate::{
    EvaluateError, Outcome, PAPER_WINDOWS, Savings, Starts, Window, Year, evaluate, outcomes,
};
use gpu_carbon_core::exposure::{CoverageError, Exposure, Exposures};
use gpu_carbon_core::job::Job;
use gpu_carbon_core::schedule::{UnbrokenPlan, flexible_start, pause_and_resume};
use gpu_carbon_core::{Intensity, Interval, Power, SLOT, Series, Span, Timestamp};
use proptest::prelude::*;

fn at(slot: usize) -> Timestamp {
    Timestamp::EPOCH + slots(slot)
}

fn slots(count: usize) -> Span {
    Span::from_seconds(300 * u64::try_from(count).unwrap())
}

fn grams(value: f64) -> Intensity {
    Intensity::from_grams_per_kilowatt_hour(value).unwrap()
}

fn series(values: &[f64]) -> Series {
    let points = values.iter().enumerate().map(|(slot, &value)| (at(slot), grams(value)));
    Series::with_step(points.collect(), SLOT).unwrap()
}

fn year(values: &[f64]) -> Year {
    Year::of(&series(values), Interval::new(at(0), at(values.len()))).unwrap()
}

fn exposures(ring: &[f64]) -> Vec<Exposure> {
    ring.iter().map(|&value| Exposure::new(grams(value), SLOT)).collect()
}

fn sum(ring: &[Exposure], slots: impl Iterator<Item = usize>) -> Exposure {
    slots.fold(Exposure::ZERO, |sum, slot| sum + ring[slot % ring.len()])
}

/// The outcome of one start, by trying everything.
fn plain(ring: &[Exposure], start: usize, duration: usize, window: usize) -> Outcome {
    let whole = |delay: usize| sum(ring, start + delay..start + delay + duration);
    let delay = (0..=window).min_by_key(|&delay| whole(delay)).unwrap(); // the first of equals
    let mut chosen: Vec<usize> = (start..start + window + duration).collect();
    chosen.sort_by_key(|&slot| ring[slot % ring.len()]);
    chosen.truncate(duration);
    chosen.sort_unstable();
    Outcome {
        start,
        baseline: whole(0),
        flexible_start: whole(delay),
        delay,
        pause_and_resume: sum(ring, chosen.iter().copied()),
        pauses: chosen.windows(2).filter(|pair| pair[1] > pair[0] + 1).count(),
    }
}

/// A ring of few values, with zeros and ties, or of many.
fn ring() -> impl Strategy<Value = Vec<f64>> {
    prop_oneof![
        prop::collection::vec((0_u8..4).prop_map(f64::from), 1..40),
        prop::collection::vec(prop_oneof![Just(0.0), 0.0..700.0], 1..40),
        prop::collection::vec((0_u8..9).prop_map(f64::from), 60..100),
    ]
}

/// A ring, and a job and a window that fit into it.
fn case() -> impl Strategy<Value = (Vec<f64>, usize, usize)> {
    (ring(), any::<prop::sample::Index>(), any::<prop::sample::Index>()).prop_map(|(ring, d, w)| {
        let duration = 1 + d.index(ring.len());
        let window = w.index(ring.len() - duration + 1);
        (ring, duration, window)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_start_and_each_start_equal_an_exhaustive_search((ring, duration, window) in case()) {
        let (year, ring) = (year(&ring), exposures(&ring));
        let all: Vec<usize> = (0..ring.len()).collect();
        let found = |starts| outcomes(&year, slots(duration), Window::Span(slots(window)), starts);
        let expected: Vec<Outcome> =
            all.iter().map(|&start| plain(&ring, start, duration, window)).collect();
        prop_assert_eq!(&found(Starts::Every).unwrap(), &expected);
        prop_assert_eq!(&found(Starts::At(&all)).unwrap(), &expected);
    }

    #[test]
    fn means_equal_an_exhaustive_search(
        (ring, duration, window) in case(), other in 1_usize..3, paper in prop::collection::vec(0_usize..150, 0..9)
    ) {
        let (year, ring) = (year(&ring), exposures(&ring));
        let jobs = [slots(duration), slots(1), slots(duration)];
        // Out of order, and one of them twice.
        let windows = [window, 0, window / other, window].map(|window| Window::Span(slots(window)));
        let all: Vec<usize> = (0..ring.len()).collect();
        let some: Vec<usize> = paper.iter().map(|start| start % ring.len()).collect();
        for (starts, list) in [(Starts::Every, &all), (Starts::At(&some), &some)] {
            let rows = evaluate(&year, &jobs, &windows, starts).unwrap();
            prop_assert_eq!(rows.len(), 12);
            for (place, row) in rows.iter().enumerate() {
                prop_assert_eq!((row.job, row.window), (place / 4, place % 4));
                let duration = [duration, 1, duration][row.job];
                let window = [window, 0, window / other, window][row.window];
                let outcomes: Vec<Outcome> =
                    list.iter().map(|&start| plain(&ring, start, duration, window)).collect();
                check_means(&row.savings, &outcomes, duration + window);
            }
        }
    }
}

#[track_caller]
fn check_means(savings: &Savings, outcomes: &[Outcome], steps: usize) {
    let watt = Power::from_watts(1.0).unwrap();
    let emissions: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome.emissions(watt))
        .filter(|emissions| emissions.baseline.as_grams() > 0.0)
        .collect();
    assert_eq!(savings.starts, emissions.len());
    let close = |found: Option<f64>, parts: Vec<f64>| match found {
        Some(found) => {
            let expected = parts.iter().sum::<f64>() / parts.len() as f64;
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
        None => assert!(parts.is_empty()),
    };
    let ratio = |part: f64, whole: f64| 1.0 - part / whole;
    let of = |e: &gpu_carbon_core::evaluate::Emissions| {
        let baseline = e.baseline.as_grams();
        (
            ratio(e.flexible_start.as_grams(), baseline),
            ratio(e.pause_and_resume.as_grams(), baseline),
        )
    };
    close(savings.flexible_start_saving_ratio, emissions.iter().map(|e| of(e).0).collect());
    close(savings.pause_and_resume_saving_ratio, emissions.iter().map(|e| of(e).1).collect());
    let hours = steps as f64 / 12.0;
    close(savings.pauses_per_hour, outcomes.iter().map(|o| o.pauses as f64 / hours).collect());
}

#[test]
fn the_year_agrees_with_the_plan_of_one_job() {
    let values: Vec<f64> = (0..200).map(|slot| f64::from((slot * 37 + slot / 9) % 23)).collect();
    let (series, year) = (series(&values), year(&values));
    let exposures = Exposures::of(&series);
    let job = Job::of_power(slots(17), Power::from_watts(700.0).unwrap()).unwrap();
    let starts: Vec<usize> = (0..120).collect();
    let window = Window::Span(slots(60));
    for outcome in outcomes(&year, job.duration(), window, Starts::At(&starts)).unwrap() {
        let earliest = year.time_of(outcome.start);
        assert_eq!(year.slot_at(earliest), Some(outcome.start));
        let emissions = outcome.emissions(job.constant_power().unwrap());
        let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-12 * b, "{a} {b}");
        let UnbrokenPlan { schedule, emissions: mass } =
            flexible_start(&job, earliest, slots(60), &exposures).unwrap();
        assert_eq!(schedule.intervals()[0].start(), earliest + slots(outcome.delay));
        close(emissions.flexible_start.as_grams(), mass.as_grams());
        let paused = pause_and_resume(&job, earliest, slots(60), &exposures).unwrap();
        assert_eq!(paused.schedule.pauses(), outcome.pauses);
        close(emissions.pause_and_resume.as_grams(), paused.emissions.as_grams());
    }
}

#[test]
fn a_slot_has_the_mean_of_its_five_minutes_whatever_the_step() {
    let hourly = |minutes: i64, value| (Timestamp::from_unix_seconds(minutes * 60), grams(value));
    let points = vec![hourly(-58, 100.0), hourly(2, 200.0), hourly(62, 600.0)];
    let series = Series::with_step(points, Span::from_seconds(3600)).unwrap();
    let year = Year::of(&series, Interval::new(at(0), at(24))).unwrap();
    let job = Span::from_seconds(300);
    let found = outcomes(&year, job, Window::Span(Span::ZERO), Starts::Every).unwrap();
    let mean = |slot: usize| {
        let outcome: &Outcome = &found[slot];
        assert_eq!(outcome.flexible_start, outcome.baseline);
        assert_eq!((outcome.pause_and_resume, outcome.pauses), (outcome.baseline, 0));
        outcome.baseline.mean_over(job).unwrap().as_grams_per_kilowatt_hour()
    };
    for (slot, expected) in [(0, 160.0), (1, 200.0), (11, 200.0), (12, 440.0), (23, 600.0)] {
        assert!((mean(slot) - expected).abs() < 1e-10, "slot {slot}: {}", mean(slot));
    }
}

#[test]
fn an_invalid_evaluation_is_an_error() {
    let gapped = Series::with_step(vec![(at(0), grams(1.0)), (at(2), grams(2.0))], SLOT).unwrap();
    let of = |from, to| Year::of(&gapped, Interval::new(from, to)).map(|year| year.slots());
    assert_eq!(of(at(0), at(1)), Ok(1));
    let gap = Interval::new(at(1), at(2));
    assert_eq!(of(at(0), at(3)), Err(CoverageError::Gap { gap }.into()));
    let covered = Interval::new(at(0), at(3));
    assert_eq!(of(at(2), at(4)), Err(CoverageError::Outside { covered }.into()));
    let odd = Interval::new(at(0), Timestamp::from_unix_seconds(299));
    assert_eq!(of(odd.start(), odd.end()), Err(EvaluateError::Length(odd)));
    assert_eq!(of(at(2), at(2)), Err(EvaluateError::Length(Interval::instant(at(2)))));
    let eleven_years = Interval::new(at(0), Timestamp::EPOCH + Span::from_days(11 * 365));
    let constant = Series::constant(grams(1.0));
    assert!(matches!(Year::of(&constant, eleven_years), Err(EvaluateError::Length(_))));

    let year = year(&[1.0, 2.0, 3.0]);
    let run = |duration: Span, window: Span, starts| {
        outcomes(&year, duration, Window::Span(window), starts).map(|outcomes| outcomes.len())
    };
    let (second, step) = (Span::from_seconds(1), slots(1));
    assert_eq!(run(slots(3), Span::ZERO, Starts::Every), Ok(3), "a job as long as the year");
    assert_eq!(run(second, step, Starts::Every), Err(EvaluateError::NoTime(second)));
    let too_long = EvaluateError::TooLong { duration: 2, window: 2, year: 3 };
    assert_eq!(run(slots(2), slots(2), Starts::Every), Err(too_long));
    assert!(run(slots(4), Span::ZERO, Starts::Every).is_err());
    assert!(run(step, Span::ALL, Starts::Every).is_err());
    let beyond = EvaluateError::Start { start: 3, slots: 3 };
    assert_eq!(run(step, step, Starts::At(&[0, 3])), Err(beyond));
    assert_eq!(
        beyond.to_string(),
        "a start must be one of the 3 slots that are evaluated, got slot 3"
    );
    assert_eq!((year.slot_at(at(2)), year.slot_at(at(3))), (Some(2), None));
}

#[test]
fn a_year_without_emissions_has_pauses_but_no_ratio() {
    let year = year(&[0.0; 30]);
    let rows = evaluate(&year, &[slots(5)], &PAPER_WINDOWS[4..], Starts::Every).unwrap();
    for row in rows {
        let savings = row.savings;
        assert_eq!((savings.starts, savings.pauses_per_hour), (0, Some(0.0)));
        assert_eq!(savings.flexible_start_saving_ratio, None);
        assert_eq!(savings.pause_and_resume_saving_ratio, None);
    }
    let none = evaluate(&year, &[slots(5)], &PAPER_WINDOWS[4..], Starts::At(&[])).unwrap();
    assert_eq!(none[0].savings.pauses_per_hour, None);
}

#[test]
fn the_mean_over_regions_leaves_out_those_without_a_value() {
    let savings = |starts, ratio| Savings {
        starts,
        flexible_start_saving_ratio: ratio,
        pause_and_resume_saving_ratio: ratio.map(|ratio| 2.0 * ratio),
        pauses_per_hour: Some(0.5),
    };
    let mean = Savings::mean(&[savings(60, Some(0.25)), savings(59, Some(0.75)), savings(0, None)]);
    assert_eq!(mean, Savings { starts: 0, ..savings(0, Some(0.5)) });
    assert_eq!(Savings::mean(&[]).pauses_per_hour, None);
}
