//! The exact plan against every choice of slots, each converted minute by minute.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

mod case;

use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::job::Job;
use gpu_carbon_core::schedule::{
    Milestone, PauseCosts, Schedule, exact, flexible_start, minimum_emissions, pause_and_resume,
};
use gpu_carbon_core::{Intensity, Power, Series, Span};
use proptest::prelude::*;

use case::{Case, at, close, minutes};

fn case() -> impl Strategy<Value = Case> {
    let value = || prop_oneof![Just(0_u32), Just(100), Just(900), 0..1000_u32];
    let time = (
        prop_oneof![3 => Just(5_usize), 1 => Just(60), 1 => Just(15)],
        0..7_usize,
        0..36_usize,
        1..31_usize,
        any::<bool>(),
        prop::collection::vec(value(), 20),
    );
    let power = prop_oneof![Just(0.0), Just(1.0), 0.0..5.0];
    let powers = prop_oneof![
        Just(vec![]),
        prop::collection::btree_map(1..31_usize, power, 0..5)
            .prop_map(|powers| powers.into_iter().collect::<Vec<_>>()),
    ];
    let none_or = |most: f64| prop_oneof![Just(0.0), 0.0..most];
    let lost = prop_oneof![Just(0_usize), Just(5), 0..13_usize];
    let least_run = prop_oneof![2 => Just(0_usize), 2 => 0..16_usize, 1 => 0..40_usize];
    let costs = (none_or(0.3), lost, none_or(0.5), least_run);
    let milestones = prop_oneof![
        2 => Just(vec![]),
        1 => prop::collection::vec((0..31_usize, 0..60_usize), 1..3),
    ];
    let limits = (prop::option::of(0..4_usize), milestones);
    (time, powers, costs, limits).prop_map(|(time, changes, costs, limits)| {
        let (step, start, window, duration, whole, values) = time;
        let round = |minutes: usize| if whole { minutes.next_multiple_of(5) } else { minutes };
        let duration = round(duration);
        let mut powers = vec![(0, 1.0)];
        powers.extend(changes.into_iter().filter(|&(from, _)| from < duration));
        Case {
            step,
            values,
            start,
            window: round(window),
            duration,
            powers,
            energy: costs.0,
            time: costs.1,
            paused_power: costs.2,
            least_run: costs.3,
            most_pauses: limits.0,
            milestones: limits.1,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn no_choice_of_slots_emits_less(case in case()) {
        case.check();
    }

    #[test]
    fn free_pauses_are_the_papers(case in case()) {
        let whole = |minutes: usize| minutes.next_multiple_of(5);
        let (duration, window) = (whole(case.duration), whole(case.window));
        let series = case.series();
        let exposures = Exposures::of(&series);
        let job = Job::of_power(minutes(duration), Power::from_milliwatts(700_000)).unwrap();
        let (start, window, costs) = (at(case.start), minutes(window), PauseCosts::default());
        let free = pause_and_resume(&job, start, window, &exposures).unwrap();
        let plan = exact(&job, start, window, &costs, &exposures).unwrap();
        prop_assert!(close(plan.emissions.as_grams(), free.emissions.as_grams()));
        prop_assert_eq!(plan.free_plan_claimed, free.emissions);
        prop_assert_eq!(plan.free_plan_actual, free.emissions);
        prop_assert_eq!(plan.pause_emissions.as_grams(), 0.0);
    }
}

/// The cost is not convex in the work: 80 g a pause, which lasts through the one dirty slot.
#[test]
fn the_cost_of_another_slot_is_not_monotonic() {
    let grams = [0.0, 0.0, 1200.0, 0.0, 0.0, 0.0].map(Intensity::from_grams_per_kilowatt_hour);
    let points = grams.into_iter().enumerate().map(|(slot, grams)| (at(5 * slot), grams.unwrap()));
    let series = Series::new(points.collect()).unwrap();
    let exposures = Exposures::of(&series);
    let kilowatts = |power| Power::from_watts(1000.0 * power).unwrap();
    let costs = PauseCosts { paused_power: kilowatts(0.8), ..PauseCosts::default() };
    let found = [1, 2, 3, 4, 5, 6].map(|slices| {
        let job = Job::of_power(minutes(5 * slices), kilowatts(1.0)).unwrap();
        let window = minutes(5 * (6 - slices));
        let plan = exact(&job, at(0), window, &costs, &exposures).unwrap();
        (plan.emissions.as_grams().round(), plan.pauses)
    });
    assert_eq!(found, [(0.0, 0), (0.0, 0), (0.0, 0), (80.0, 1), (80.0, 1), (100.0, 0)]);
}

#[test]
fn errors_of_the_exact_plan_have_messages() {
    let series = Series::constant(Intensity::ZERO);
    let exposures = Exposures::of(&series);
    let job = Job::of_power(minutes(60), Power::ZERO).unwrap();
    let words = |window, milestones| {
        let costs = PauseCosts { milestones, ..PauseCosts::default() };
        exact(&job, at(0), window, &costs, &exposures).unwrap_err().to_string()
    };
    assert_eq!(
        words(Span::ZERO, vec![Milestone { work: minutes(31), by: at(30) }]),
        "a milestone asks for 1860 s of work by 1800 s after the earliest start, and at most 1800 s \
         can be done by then: ask for less, or start earlier"
    );
    let long = words(Span::from_days(36_500), vec![]);
    assert!(
        long.starts_with("an exact plan with pauses over 36501 days would take too long ("),
        "{long}"
    );
    assert!(long.ends_with("shorten the job or its window, or allow no pauses"), "{long}");
}

/// A search for pauses over such a time would take hours: none is needed where none is allowed.
#[test]
fn a_job_of_months_that_cannot_pause_gets_its_best_start() {
    let day = |day: u64| at(0) + Span::from_days(day);
    let grams = |index| if index == 300 { 0.0 } else { 100.0 };
    let points = (0..400)
        .map(|index| (day(index), Intensity::from_grams_per_kilowatt_hour(grams(index)).unwrap()));
    let series = Series::new(points.collect()).unwrap();
    let exposures = Exposures::of(&series);
    let job = Job::of_power(Span::from_days(250), Power::from_watts(1000.0).unwrap()).unwrap();
    let costs = PauseCosts { most_pauses: Some(0), time: minutes(5), ..PauseCosts::default() };
    let plan = exact(&job, at(0), Span::from_days(100), &costs, &exposures).unwrap();
    let start = flexible_start(&job, at(0), Span::from_days(100), &exposures).unwrap();
    assert_eq!((plan.pauses, plan.pausing_pays), (0, false));
    assert_eq!((&plan.schedule, plan.emissions), (&start.schedule, start.emissions));
    assert_eq!(plan.schedule.intervals().first().unwrap().start(), day(51));
    let least = minimum_emissions(&job, at(0), Span::from_days(100), &costs, &exposures).unwrap();
    assert_eq!(least, plan.emissions);
}

/// Restoring costs as much as continuing to run: the pause gains only a rounding, and is not made.
#[test]
fn a_pause_without_a_gain_is_not_made() {
    let case = Case {
        step: 5,
        values: [vec![0, 100, 100, 900, 273, 900], vec![0; 14]].concat(),
        start: 5,
        window: 5,
        duration: 25,
        powers: vec![(0, 1.0)],
        energy: 0.0,
        time: 5,
        paused_power: 0.45,
        least_run: 0,
        most_pauses: None,
        milestones: vec![(1, 1)],
    };
    let (series, job) = (case.series(), case.job());
    let exposures = Exposures::of(&series);
    let plan = exact(&job, at(case.start), minutes(5), &case.costs(), &exposures).unwrap();
    let now = Schedule::unbroken(at(case.start), job.duration());
    assert_eq!(plan.emissions, now.emissions(&job, &exposures).unwrap());
    assert_eq!(plan.pauses, 0);
}
