//! The exact plan against every choice of slots, each priced minute by minute.
#![allow(clippy::unwrap_used, clippy::cast_precision_loss, clippy::cast_possible_truncation)]

use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::job::Job;
use gpu_carbon_core::schedule::{
    ExactError, Milestone, PauseCosts, Schedule, exact, flexible_start, pause_and_resume,
};
use gpu_carbon_core::{Energy, Intensity, Power, Series, Span, Timestamp};
use proptest::prelude::*;

/// 2020-02-29T23:30:00Z: the cases run over the end of a leap day.
const ORIGIN_SECONDS: i64 = 1_583_019_000;

fn at(minute: usize) -> Timestamp {
    Timestamp::from_unix_seconds(ORIGIN_SECONDS + 60 * minute as i64)
}

fn minutes(count: usize) -> Span {
    Span::from_seconds(60 * count as u64)
}

/// What a planner is asked: minutes, kilowatts and kilowatt-hours.
#[derive(Debug, Clone)]
struct Case {
    step: usize,
    values: Vec<u32>,
    start: usize,
    window: usize,
    duration: usize,
    /// From which minute of work on which power.
    powers: Vec<(usize, f64)>,
    energy: f64,
    time: usize,
    paused_power: f64,
    least_run: usize,
    most_pauses: Option<usize>,
    /// Minutes of work, and by which minute after the earliest start.
    milestones: Vec<(usize, usize)>,
}

impl Case {
    fn series(&self) -> Series {
        let points = self.values.iter().enumerate().map(|(position, &value)| {
            let intensity = Intensity::from_grams_per_kilowatt_hour(f64::from(value)).unwrap();
            (at(position * self.step), intensity)
        });
        Series::with_step(points.collect(), minutes(self.step)).unwrap()
    }

    fn job(&self) -> Job {
        let watts = |power: f64| Power::from_watts(power * 1000.0).unwrap();
        let profile = self.powers.iter().map(|&(from, power)| (minutes(from), watts(power)));
        Job::of_profile(minutes(self.duration), profile.collect()).unwrap()
    }

    fn costs(&self) -> PauseCosts {
        PauseCosts {
            energy: Energy::from_kilowatt_hours(self.energy).unwrap(),
            time: minutes(self.time),
            paused_power: Power::from_watts(self.paused_power * 1000.0).unwrap(),
            least_run: minutes(self.least_run),
            most_pauses: self.most_pauses,
            milestones: self
                .milestones
                .iter()
                .map(|&(work, by)| Milestone { work: minutes(work), by: at(self.start + by) })
                .collect(),
        }
    }

    fn is_limited(&self) -> bool {
        self.least_run > 0 || self.most_pauses.is_some() || !self.milestones.is_empty()
    }

    fn slices(&self) -> usize {
        self.duration.div_ceil(5)
    }

    fn slots(&self) -> usize {
        self.window / 5 + self.slices()
    }

    fn grams(&self, minute: usize) -> f64 {
        f64::from(self.values[(self.start + minute) / self.step])
    }

    fn power(&self, work: usize) -> f64 {
        self.powers.iter().rfind(|&&(from, _)| from <= work).unwrap().1
    }

    /// What a plan emits that works in these minutes after the earliest start; nothing if it may not.
    fn emits(&self, worked: &[usize]) -> Option<f64> {
        let pauses = worked.windows(2).enumerate().filter(|(_, pair)| pair[1] > pair[0] + 1);
        let pauses: Vec<(usize, usize, usize)> =
            pauses.map(|(done, pair)| (done + 1, pair[0] + 1, pair[1])).collect();
        if self.most_pauses.is_some_and(|most| pauses.len() > most) {
            return None;
        }
        if pauses.iter().any(|&(_, stops, goes_on)| goes_on - stops < self.time) {
            return None;
        }
        let mut run_from = 0;
        for run_to in pauses.iter().map(|&(done, _, _)| done).chain([worked.len()]) {
            let run = (run_to - run_from).div_ceil(5);
            if !pauses.is_empty() && run < self.least_run.div_ceil(5).min(self.slices()) {
                return None;
            }
            run_from = run_to;
        }
        for &(work, by) in &self.milestones {
            if worked.iter().filter(|&&minute| minute < by).count() < work {
                return None;
            }
        }
        let mut watt_minutes: f64 = worked
            .iter()
            .enumerate()
            .map(|(work, &minute)| self.power(work) * self.grams(minute))
            .sum();
        for &(done, stops, goes_on) in &pauses {
            for minute in stops..goes_on {
                let restores = goes_on - minute <= self.time;
                let power = if restores { self.power(done) } else { self.paused_power };
                watt_minutes += power * self.grams(minute);
            }
            let first = goes_on..(goes_on + 5).min(worked.last().unwrap() + 1);
            let mean = first.clone().map(|minute| self.grams(minute)).sum::<f64>();
            watt_minutes += 60.0 * self.energy * mean / first.len() as f64;
        }
        Some(watt_minutes / 60.0)
    }

    /// The least that any choice of slots emits.
    fn least(&self) -> Option<f64> {
        let (slots, slices) = (self.slots(), self.slices());
        (0_u32..1 << slots)
            .filter(|choice| choice.count_ones() as usize == slices)
            .filter_map(|choice| {
                let chosen = (0..slots).filter(|slot| choice >> slot & 1 == 1);
                let mut worked: Vec<usize> =
                    chosen.flat_map(|slot| slot * 5..slot * 5 + 5).collect();
                worked.truncate(self.duration);
                self.emits(&worked)
            })
            .min_by(f64::total_cmp)
    }

    fn worked(&self, schedule: &Schedule) -> Vec<usize> {
        let minute = |moment: Timestamp| {
            assert_eq!(moment.since(at(self.start)).as_micros() % 60_000_000, 0);
            (moment.since(at(self.start)).as_micros() / 60_000_000) as usize
        };
        let runs = schedule.intervals().iter();
        runs.flat_map(|run| minute(run.start())..minute(run.end())).collect()
    }
}

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

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn no_choice_of_slots_emits_less(case in case()) {
        let (series, job, costs) = (case.series(), case.job(), case.costs());
        let exposures = Exposures::of(&series);
        let (start, window) = (at(case.start), minutes(case.window));
        let found = exact(&job, start, window, &costs, &exposures);
        let Some(least) = case.least() else {
            prop_assert!(matches!(found, Err(ExactError::Milestone { .. })), "{:?}", found);
            return Ok(());
        };
        let plan = found.unwrap();
        let emissions = plan.emissions.as_grams();
        let worked = case.worked(&plan.schedule);
        prop_assert_eq!(worked.len(), case.duration);
        let priced = case.emits(&worked);
        prop_assert!(priced.is_some_and(|priced| close(emissions, priced)), "{:?}: {:?}", priced, plan);
        let honest = plan.honest_free.as_grams();
        if case.duration % 5 == 0 && case.window % 5 == 0 {
            prop_assert!(close(emissions, least), "{} is the least, not {:?}", least, plan);
        } else {
            // The free plan may trim a slot that this grid cannot.
            let free = emissions < least && close(emissions, honest);
            prop_assert!(free || close(emissions, least), "{} is the least, not {:?}", least, plan);
        }
        let unbroken = Schedule::unbroken(start, job.duration());
        let now = unbroken.emissions(&job, &exposures).unwrap();
        prop_assert!(plan.emissions <= now);
        let (best_start, best) = flexible_start(&job, start, window, &exposures).unwrap();
        if case.emits(&case.worked(&best_start)).is_some() {
            prop_assert!(plan.emissions <= best);
        }
        let free = pause_and_resume(&job, start, window, &exposures).unwrap();
        let unlimited =
            Case { least_run: 0, most_pauses: None, milestones: vec![], ..case.clone() };
        if let Some(expected) = unlimited.emits(&case.worked(&free.schedule)) {
            prop_assert!(close(honest, expected), "{} is honest, not {}", expected, honest);
        }
        if !case.is_limited() {
            prop_assert!(plan.emissions <= plan.honest_free);
        }
        prop_assert_eq!(plan.pauses, plan.schedule.pauses());
        prop_assert_eq!(plan.pausing_pays, plan.pauses > 0 && plan.emissions < best);
        let pauses = emissions - plan.schedule.emissions(&job, &exposures).unwrap().as_grams();
        prop_assert!(close(plan.pause_emissions.as_grams(), pauses));
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
        prop_assert_eq!(plan.free_claim, free.emissions);
        prop_assert_eq!(plan.honest_free, free.emissions);
        prop_assert_eq!(plan.pause_emissions.as_grams(), 0.0);
    }
}

/// The cost is not convex in the work: 80 g a pause, which lasts through the one dirty slot.
#[test]
fn what_another_slot_of_work_costs_neither_rises_nor_falls() {
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
fn what_cannot_be_planned_is_said_in_words() {
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
    assert!(words(Span::ALL, vec![]).contains("give it a shorter window"));
}

/// Restoring costs what running on would: the pause gains nothing but a rounding, and is not made.
#[test]
fn a_pause_that_gains_nothing_is_not_made() {
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
