//! A question to the exact planner, and every plan that could answer it, converted minute by minute.

use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::job::Job;
use gpu_carbon_core::schedule::{
    ExactError, Milestone, PauseCosts, Schedule, exact, minimum_emissions, pause_and_resume,
};
use gpu_carbon_core::{Energy, Intensity, Power, Series, Span, Timestamp};

/// 2020-02-29T23:30:00Z: the cases run over the end of a leap day.
const ORIGIN_SECONDS: i64 = 1_583_019_000;

pub(crate) fn at(minute: usize) -> Timestamp {
    Timestamp::from_unix_seconds(ORIGIN_SECONDS + 60 * minute as i64)
}

pub(crate) fn minutes(count: usize) -> Span {
    Span::from_seconds(60 * count as u64)
}

/// A question to the planner, in minutes, kilowatts and kilowatt-hours.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) step: usize,
    pub(crate) values: Vec<u32>,
    pub(crate) start: usize,
    pub(crate) window: usize,
    pub(crate) duration: usize,
    /// The power in kilowatts from each minute of work on.
    pub(crate) powers: Vec<(usize, f64)>,
    pub(crate) energy: f64,
    pub(crate) time: usize,
    pub(crate) paused_power: f64,
    pub(crate) least_run: usize,
    pub(crate) most_pauses: Option<usize>,
    /// Minutes of work, and the minute after the earliest start by which they must be done.
    pub(crate) milestones: Vec<(usize, usize)>,
}

impl Case {
    pub(crate) fn series(&self) -> Series {
        let points = self.values.iter().enumerate().map(|(position, &value)| {
            let intensity = Intensity::from_grams_per_kilowatt_hour(f64::from(value)).unwrap();
            (at(position * self.step), intensity)
        });
        Series::with_step(points.collect(), minutes(self.step)).unwrap()
    }

    pub(crate) fn job(&self) -> Job {
        let watts = |power: f64| Power::from_watts(power * 1000.0).unwrap();
        let profile = self.powers.iter().map(|&(from, power)| (minutes(from), watts(power)));
        Job::of_profile(minutes(self.duration), profile.collect()).unwrap()
    }

    pub(crate) fn costs(&self) -> PauseCosts {
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

    /// The emissions of a plan that works in these minutes after the earliest start; `None` if it is not allowed.
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

    /// The least emissions of any choice of slots.
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

    /// The least emissions of any start that meets the milestones; without a pause there is no other limit.
    fn least_without_a_pause(&self) -> f64 {
        let starts = (0..=self.window).step_by(5);
        let worked = starts.map(|start| (start..start + self.duration).collect::<Vec<_>>());
        worked.filter_map(|worked| self.emits(&worked)).min_by(f64::total_cmp).unwrap()
    }

    fn worked(&self, schedule: &Schedule) -> Vec<usize> {
        let minute = |time: Timestamp| {
            assert_eq!(time.duration_since(at(self.start)).as_micros() % 60_000_000, 0);
            (time.duration_since(at(self.start)).as_micros() / 60_000_000) as usize
        };
        let runs = schedule.intervals().iter();
        runs.flat_map(|run| minute(run.start())..minute(run.end())).collect()
    }

    /// Checks that no choice of slots emits less than the exact plan, and that all its fields are right.
    ///
    /// # Panics
    ///
    /// When that is not so.
    pub(crate) fn check(&self) {
        let (series, job, costs) = (self.series(), self.job(), self.costs());
        let exposures = Exposures::of(&series);
        let (start, window) = (at(self.start), minutes(self.window));
        let found = exact(&job, start, window, &costs, &exposures);
        let Some(least) = self.least() else {
            assert!(matches!(found, Err(ExactError::Milestone { .. })), "{:?}", found);
            return;
        };
        let plan = found.unwrap();
        let emissions = plan.emissions.as_grams();
        let worked = self.worked(&plan.schedule);
        assert_eq!(worked.len(), self.duration);
        let counted = self.emits(&worked);
        assert!(
            counted.is_some_and(|counted| close(emissions, counted)),
            "{:?}: {:?}",
            counted,
            plan
        );
        let honest = plan.free_plan_actual.as_grams();
        if self.duration.is_multiple_of(5) && self.window.is_multiple_of(5) {
            assert!(close(emissions, least), "{} is the least, not {:?}", least, plan);
            let value = minimum_emissions(&job, start, window, &costs, &exposures).unwrap();
            assert!(close(value.as_grams(), least), "{} is the least, not {:?}", least, value);
        } else {
            // The free plan may trim a slot that this grid cannot.
            let free = emissions < least && close(emissions, honest);
            assert!(free || close(emissions, least), "{} is the least, not {:?}", least, plan);
        }
        let unbroken = Schedule::unbroken(start, job.duration());
        let now = unbroken.emissions(&job, &exposures).unwrap();
        assert!(plan.emissions <= now);
        let best = self.least_without_a_pause();
        assert!(emissions <= best * (1.0 + 1e-12), "{} from the best start, not {:?}", best, plan);
        let free = pause_and_resume(&job, start, window, &exposures).unwrap();
        let unlimited =
            Case { least_run: 0, most_pauses: None, milestones: vec![], ..self.clone() };
        if let Some(expected) = unlimited.emits(&self.worked(&free.schedule)) {
            assert!(close(honest, expected), "{} is honest, not {}", expected, honest);
        }
        if !self.is_limited() {
            assert!(plan.emissions <= plan.free_plan_actual);
        }
        assert_eq!(plan.pauses, plan.schedule.pauses());
        assert!(plan.pausing_pays == (plan.pauses > 0) || close(emissions, best), "{:?}", plan);
        let pauses = emissions - plan.schedule.emissions(&job, &exposures).unwrap().as_grams();
        assert!(close(plan.pause_emissions.as_grams(), pauses));
    }
}

pub(crate) fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}
