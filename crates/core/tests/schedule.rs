//! Flexible Start and Pause and Resume against plain searches, minute by minute, in whole numbers.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use gpu_carbon_core::exposure::{CoverageError, Exposures};
use gpu_carbon_core::job::Job;
use gpu_carbon_core::schedule::{Schedule, UnbrokenPlan, flexible_start, pause_and_resume};
use gpu_carbon_core::{Intensity, Interval, Mass, Power, Series, Span, Timestamp};
use proptest::prelude::*;

/// 2020-02-29T23:00:00Z: the cases run over the end of a leap day.
const ORIGIN_SECONDS: i64 = 1_583_017_200;

fn at(minute: usize) -> Timestamp {
    Timestamp::from_unix_seconds(ORIGIN_SECONDS + 60 * minute as i64)
}

fn minutes(count: usize) -> Span {
    Span::from_seconds(60 * count as u64)
}

/// The power at which a minute emits as many grams as the intensity has g/kWh.
fn sixty_kilowatts() -> Power {
    Power::from_watts(60_000.0).unwrap()
}

/// A question to the planner, in minutes, with the intensity of every minute.
#[derive(Debug, Clone)]
struct Case {
    step: usize,
    /// One value a step; a missing one is a gap.
    values: Vec<Option<u64>>,
    start: usize,
    window: usize,
    duration: usize,
}

impl Case {
    fn series(&self) -> Series {
        let points = self.values.iter().enumerate().filter_map(|(position, value)| {
            let intensity = Intensity::from_grams_per_kilowatt_hour((*value)? as f64).unwrap();
            Some((at(position * self.step), intensity))
        });
        Series::with_step(points.collect(), minutes(self.step)).unwrap()
    }

    fn job(&self) -> Job {
        Job::of_power(minutes(self.duration), sixty_kilowatts()).unwrap()
    }

    fn end(&self) -> usize {
        self.start + self.window + self.duration
    }

    fn value(&self, minute: usize) -> Option<u64> {
        self.values.get(minute / self.step).copied().flatten()
    }

    /// The grams of each minute from the start to the last possible end; `None` with a gap among them.
    fn grams(&self) -> Option<Vec<u64>> {
        (self.start..self.end()).map(|minute| self.value(minute)).collect()
    }

    /// The first of the cheapest starts, from the earliest one, and its emissions.
    fn best_start(&self, grams: &[u64]) -> (usize, u64) {
        let starts = (0..=self.window).step_by(5);
        let emits = |start: usize| grams[start..start + self.duration].iter().sum();
        starts.map(|start| (start, emits(start))).min_by_key(|&(start, sum)| (sum, start)).unwrap()
    }

    /// The minutes in which the paper's Pause and Resume runs, by its definition.
    fn paused(&self, grams: &[u64]) -> Vec<usize> {
        let mut slots: Vec<&[u64]> = grams.chunks(5).collect();
        let starts: Vec<usize> = (0..grams.len()).step_by(5).collect();
        let mut order: Vec<usize> = (0..slots.len()).collect();
        // Means as whole numbers: a slot has 1 to 5 minutes, and 60 is a multiple of each.
        order.sort_by_key(|&slot| {
            let sum: u64 = slots[slot].iter().sum();
            (sum * 60 / slots[slot].len() as u64, slot)
        });
        let mut length = 0;
        order.truncate(
            order
                .iter()
                .position(|&slot| {
                    length += slots[slot].len();
                    length >= self.duration
                })
                .unwrap()
                + 1,
        );
        let dirtiest = *order.last().unwrap();
        let surplus = length - self.duration;
        let whole = slots[dirtiest];
        let (first, last) = (&whole[..whole.len() - surplus], &whole[surplus..]);
        let follows = dirtiest > 0 && order.contains(&(dirtiest - 1));
        let is_followed = order.contains(&(dirtiest + 1));
        let (early, late): (u64, u64) = (first.iter().sum(), last.iter().sum());
        let takes_last = late < early || (late == early && is_followed && !follows);
        slots[dirtiest] = first;
        let mut run: Vec<usize> = order
            .iter()
            .flat_map(|&slot| {
                let shift = if takes_last && slot == dirtiest { surplus } else { 0 };
                (0..slots[slot].len()).map(move |minute| (slot, minute + shift))
            })
            .map(|(slot, minute)| starts[slot] + minute)
            .collect();
        run.sort_unstable();
        run
    }

    /// The minutes, from the earliest start, in which a schedule runs; it must lie on whole minutes.
    fn minutes_of(&self, schedule: &Schedule) -> Vec<usize> {
        let minute = |time: Timestamp| {
            assert_eq!(time.duration_since(at(self.start)).as_micros() % 60_000_000, 0);
            (time.duration_since(at(self.start)).as_micros() / 60_000_000) as usize
        };
        schedule
            .intervals()
            .iter()
            .flat_map(|interval| minute(interval.start())..minute(interval.end()))
            .collect()
    }
}

fn case() -> impl Strategy<Value = Case> {
    let value = prop_oneof![Just(0), Just(100), Just(300), 0..1000_u64];
    let value = prop_oneof![40 => value.prop_map(Some), 1 => Just(None)];
    let step = prop_oneof![3 => Just(5_usize), 1 => Just(60), 1 => Just(15)];
    (step, 0..13_usize, 0..50_usize, 1..40_usize, any::<bool>()).prop_flat_map(
        move |(step, start, window, duration, whole)| {
            // Half of the cases lie on whole steps. Some series end too early.
            let round =
                move |minutes: usize| if whole { minutes.next_multiple_of(5) } else { minutes };
            let needed = (start + window + duration).div_ceil(step);
            let length = needed.saturating_sub(1)..needed + 4;
            let (window, duration, start) = (round(window), round(duration), round(start));
            prop::collection::vec(value.clone(), length).prop_filter_map(
                "a series has a value",
                move |values| {
                    values.iter().any(Option::is_some).then_some(Case {
                        step,
                        values,
                        start,
                        window,
                        duration,
                    })
                },
            )
        },
    )
}

fn close(found: Mass, expected: u64) -> bool {
    (found.as_grams() - expected as f64).abs() <= 1e-12 * (expected as f64).max(1.0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn the_best_start_is_the_first_of_the_cheapest(case in case()) {
        let (series, job) = (case.series(), case.job());
        let exposures = Exposures::of(&series);
        let found = flexible_start(&job, at(case.start), minutes(case.window), &exposures);
        let Some(grams) = case.grams() else {
            prop_assert!(found.is_err(), "a part of the time has no value: {:?}", found);
            return Ok(());
        };
        let UnbrokenPlan { schedule, emissions } = found.unwrap();
        let (start, expected) = case.best_start(&grams);
        prop_assert!(close(emissions, expected), "{:?}, not {}", emissions, expected);
        prop_assert_eq!(schedule, Schedule::unbroken(at(case.start + start), minutes(case.duration)));
    }

    #[test]
    fn pauses_are_the_papers(case in case()) {
        let (series, job) = (case.series(), case.job());
        let exposures = Exposures::of(&series);
        let found = pause_and_resume(&job, at(case.start), minutes(case.window), &exposures);
        let Some(grams) = case.grams() else {
            prop_assert!(found.is_err(), "a part of the time has no value: {:?}", found);
            return Ok(());
        };
        let found = found.unwrap();
        let paused = case.paused(&grams);
        let (start, unbroken) = case.best_start(&grams);
        let expected: u64 = paused.iter().map(|&minute| grams[minute]).sum();
        let run = case.minutes_of(&found.schedule);
        prop_assert!(close(found.emissions, expected.min(unbroken)), "{:?}", found);
        if unbroken < expected {
            prop_assert!(case.start % 5 > 0, "only where a slot has several values");
            prop_assert_eq!(run, (start..start + case.duration).collect::<Vec<_>>());
        } else {
            prop_assert_eq!(run, paused);
        }
        // Where every slot has one value, nothing beats the cheapest minutes.
        if case.start % 5 == 0 {
            let mut cheapest = grams.clone();
            cheapest.sort_unstable();
            let least: u64 = cheapest.iter().take(case.duration).sum();
            prop_assert!(close(found.emissions, least), "{:?}, not {}", found, least);
        }
    }

    #[test]
    fn pauses_emit_no_more_than_the_best_start_and_that_no_more_than_now(
        case in case(),
        powers in prop::collection::btree_map(1..40_usize, 0..2000_u32, 0..4),
    ) {
        if case.grams().is_none() {
            return Ok(());
        }
        let series = case.series();
        let exposures = Exposures::of(&series);
        let mut profile = vec![(Span::ZERO, sixty_kilowatts())];
        profile.extend(powers.iter().filter(|&(&offset, _)| offset < case.duration).map(
            |(&offset, &milliwatts)| (minutes(offset), Power::from_milliwatts(milliwatts)),
        ));
        let job = Job::of_profile(minutes(case.duration), profile).unwrap();
        let (start, window) = (at(case.start), minutes(case.window));
        let now = Schedule::unbroken(start, job.duration()).emissions(&job, &exposures).unwrap();
        let best = flexible_start(&job, start, window, &exposures).unwrap().emissions;
        let paused = pause_and_resume(&job, start, window, &exposures).unwrap();
        prop_assert!(paused.emissions <= best && best <= now);
        prop_assert_eq!(paused.schedule.emissions(&job, &exposures).unwrap(), paused.emissions);
        prop_assert_eq!(case.minutes_of(&paused.schedule).len(), case.duration);
        prop_assert!(paused.schedule.extent().unwrap().end() <= at(case.end()));
    }
}

/// WattTime's case: 12 minutes of a kilowatt take the two slots at 100 and two minutes of the one at 300.
#[test]
fn the_dirtiest_interval_is_trimmed_and_not_the_last() {
    let values = [300, 900, 100, 900, 100].map(Some).to_vec();
    let case = Case { step: 5, values, start: 0, window: 13, duration: 12 };
    let series = case.series();
    let found = pause_and_resume(&case.job(), at(0), minutes(13), &Exposures::of(&series)).unwrap();
    assert_eq!(
        found.emissions.as_grams(),
        320.0 * 5.0,
        "not 440 * 5, as with the last one trimmed"
    );
    assert_eq!(case.minutes_of(&found.schedule), [0, 1, 10, 11, 12, 13, 14, 20, 21, 22, 23, 24]);
    assert_eq!((found.schedule.pauses(), found.threshold.as_grams_per_kilowatt_hour()), (2, 300.0));
}

#[test]
fn a_job_longer_than_the_series_is_not_covered() {
    let case = Case { step: 5, values: vec![Some(1), Some(2)], start: 0, window: 0, duration: 11 };
    let series = case.series();
    let (job, exposures) = (case.job(), Exposures::of(&series));
    let covered = Interval::new(at(0), at(10));
    let uncovered = CoverageError::Outside { covered };
    assert_eq!(flexible_start(&job, at(0), Span::ZERO, &exposures), Err(uncovered));
    assert_eq!(pause_and_resume(&job, at(0), Span::ZERO, &exposures), Err(uncovered));
}

/// The emissions are zero in any case: of equals the earliest, and no pause.
#[test]
fn a_job_that_draws_nothing_starts_at_once() {
    let values = [300, 900, 100, 900, 100].map(Some).to_vec();
    let case = Case { step: 5, values, start: 0, window: 13, duration: 12 };
    let series = case.series();
    let exposures = Exposures::of(&series);
    let job = Job::of_power(minutes(12), Power::ZERO).unwrap();
    let now = Schedule::unbroken(at(0), minutes(12));
    assert_eq!(
        flexible_start(&job, at(0), minutes(13), &exposures),
        Ok(UnbrokenPlan { schedule: now.clone(), emissions: Mass::ZERO })
    );
    assert_eq!(pause_and_resume(&job, at(0), minutes(13), &exposures).unwrap().schedule, now);
}
