//! Laws of every job in every world.

use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::schedule::{Schedule, exact};
use gpu_carbon_core::steer::{
    Child, Command, PauseLimits, Phase, Policy, Promise, Settings, State, Unknown,
};
use gpu_carbon_core::{Interval, Power, Series, Span};
use proptest::prelude::*;

use crate::world::{Run, World};
use crate::{at, grams, kilowatt_hours, minutes, promise, series, settings};

/// The most steps of a run: more than any job here needs.
const STEPS: usize = 4000;

/// A world by numbers.
#[derive(Debug, Clone)]
struct Case {
    settings: Settings,
    work: Span,
    start_seconds: i64,
    values: Vec<f64>,
    forecast: Option<Vec<f64>>,
    outages: Vec<(Span, Span)>,
    jumps: Vec<(Span, i64)>,
    late: Vec<Span>,
    resumes_after: Span,
    stops_after: Span,
}

impl Case {
    fn run(&self) -> (Run, bool) {
        let truth = series(&self.values);
        let forecast = self.forecast.as_deref().map(series);
        let world = self.world(&truth, forecast.as_ref());
        let run = world.run(STEPS);
        (run, self.could_finish())
    }

    fn world<'a>(&self, truth: &'a Series, known: Option<&'a Series>) -> World<'a> {
        World {
            settings: self.settings.clone(),
            work: self.work,
            start: at(self.start_seconds),
            truth,
            known,
            outages: self.outages.clone(),
            jumps: self.jumps.clone(),
            late: self.late.clone(),
            resumes_after: self.resumes_after,
            stops_after: self.stops_after,
        }
    }

    /// Reports whether the promise could be kept from the first step on.
    fn could_finish(&self) -> bool {
        let promise = self.settings.promise.unwrap();
        at(self.start_seconds) + self.work <= promise.finish_by
    }
}

/// Seconds, of which zero and whole slots are frequent.
fn seconds(most: u64) -> impl Strategy<Value = Span> {
    prop_oneof![
        2 => Just(Span::ZERO),
        2 => (0..=most / 300).prop_map(|slots| minutes(5 * slots)),
        2 => (0..=most).prop_map(Span::from_seconds),
        1 => (0..=most * 1_000_000).prop_map(Span::from_micros),
    ]
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![Just(0.0), Just(100.0), Just(900.0), 0.0..1000.0_f64];
    prop_oneof![
        prop::collection::vec(value, 200),
        // Cheap and expensive hours in turn.
        (1_usize..40, 0.0..400.0_f64, 400.0..900.0_f64).prop_map(|(turn, low, high)| {
            (0..200).map(|slot| if slot / turn % 2 == 0 { high } else { low }).collect()
        }),
    ]
}

fn limits() -> impl Strategy<Value = PauseLimits> {
    let energy = prop_oneof![2 => Just(0.0), 1 => 0.0..0.1_f64];
    let paused = prop_oneof![2 => Just(0.0), 1 => 0.0..600.0_f64];
    let most = prop_oneof![3 => Just(None), 1 => (0_usize..4).prop_map(Some)];
    (energy, seconds(900), paused, seconds(2400), seconds(2400), most).prop_map(
        |(energy, time, paused, min_run, min_pause, max_pauses)| PauseLimits {
            energy: kilowatt_hours(energy),
            time,
            paused_power: Power::from_watts(paused).unwrap(),
            min_run,
            min_pause,
            max_pauses,
        },
    )
}

fn policy() -> impl Strategy<Value = Policy> {
    prop_oneof![
        (0.0..1000.0_f64, 0.0..=1.0_f64).prop_map(|(below, share)| Policy::Threshold {
            below: grams(below),
            resume_below: grams(below * share),
        }),
        Just(Policy::Plan),
        Just(Policy::Replan),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let unknown = prop_oneof![Just(Unknown::Run), Just(Unknown::Hold), Just(Unknown::Fail)];
    let job = (
        (1_u64..10_000).prop_map(Span::from_seconds),
        prop_oneof![Just(0.0), 0.0..0.4_f64],
        0.3..=1.0_f64,
        prop_oneof![4 => 0_i64..20_000, 1 => -4000_i64..0],
        prop_oneof![Just(Span::ZERO), seconds(60)],
        -7000_i64..7000,
    );
    let forecast = prop_oneof![
        1 => Just(None),
        1 => Just(Some(None)),
        2 => values().prop_map(|values| Some(Some(values))),
    ];
    let data = (values(), forecast, prop::option::of(20_usize..200));
    let outages = prop::collection::vec((seconds(30_000), seconds(9000)), 0..4);
    let jumps = prop::collection::vec((seconds(30_000), -9000_i64..9000), 0..3);
    let clocks = prop_oneof![2 => Just(Vec::new()), 1 => jumps];
    let delays = (prop::collection::vec(0.0..=0.5_f64, 1..6), 0.0..=0.5_f64, seconds(900));
    (policy(), limits(), unknown, job, data, outages, clocks, delays).prop_map(
        |(policy, pauses, unknown, job, data, outages, jumps, delays)| {
            let (duration, margin, share, slack, lateness, start_seconds) = job;
            let (values, forecast, known) = data;
            let part =
                |share: f64| Span::from_seconds_f64(lateness.as_seconds() * share * 0.999).unwrap();
            let work = Span::from_seconds_f64(duration.as_seconds() * (1.0 + margin) * share);
            let needed = duration.as_seconds() * (1.0 + margin) + lateness.as_seconds();
            #[expect(clippy::cast_possible_truncation, reason = "seconds of a day")]
            let finish_by = at(start_seconds + needed.ceil() as i64 + slack);
            let forecast = forecast.map(|other| {
                let all = other.unwrap_or_else(|| values.clone());
                all.into_iter().take(known.unwrap_or(200)).collect()
            });
            Case {
                settings: Settings {
                    policy,
                    promise: Some(Promise { duration, margin, finish_by }),
                    power: Power::from_watts(1000.0).unwrap(),
                    pauses,
                    unknown,
                    lateness,
                },
                work: work.unwrap().max(Span::from_micros(1)),
                start_seconds,
                values,
                forecast,
                outages: outages.into_iter().map(|(from, long)| (from, from + long)).collect(),
                jumps,
                late: delays.0.into_iter().map(part).collect(),
                resumes_after: part(delays.1),
                stops_after: delays.2,
            }
        },
    )
}

proptest! {
    /// The promise is kept, whatever happens, unless a clock that is set forward takes the time for it; and the limits
    /// of pauses are kept.
    #[test]
    fn a_job_finishes_in_time_and_within_its_limits(case in case()) {
        let (run, could_finish) = case.run();
        let limits = case.settings.pauses;
        let finish_by = case.settings.promise.unwrap().finish_by;
        let last = run.steps.last().unwrap().2;
        if last.command == Command::GiveUp {
            prop_assert_eq!(case.settings.unknown, Unknown::Fail);
            prop_assert!(run.worked == Span::ZERO && last.state == State::Waiting);
        } else {
            let end = run.end.unwrap();
            prop_assert_eq!((run.worked, run.steer.progress().worked), (case.work, case.work));
            prop_assert!(run.is_excused || !could_finish || end <= finish_by, "{} s late", end.duration_since(finish_by).as_seconds());
        }
        let mut forced = false;
        for (_, child, decision) in &run.steps {
            prop_assert!(decision.again > Span::ZERO);
            prop_assert!(*child == Child::Ended || decision.again <= minutes(5));
            prop_assert!(!(forced && decision.command == Command::Pause), "a pause although it is forced");
            prop_assert!(!forced || matches!(decision.state, State::Forced | State::Ended));
            forced |= decision.state == State::Forced;
            prop_assert!(!decision.reason.to_string().is_empty());
        }
        let pauses = run.pauses();
        for pause in &pauses {
            prop_assert!(pause.run_before >= limits.min_run, "{pause:?}");
            let length = pause.until.saturating_sub(pause.from);
            prop_assert!(pause.is_forced || length >= limits.min_pause, "{pause:?}");
            // A forced resume, too, leaves the least pause, unless a clock was set or steps are late.
            let on_time = case.jumps.is_empty() && case.late.iter().all(|late| *late == Span::ZERO);
            prop_assert!(!on_time || length >= limits.min_pause, "{pause:?}");
        }
        prop_assert!(pauses.len() <= limits.max_pauses.unwrap_or(usize::MAX));
        prop_assert_eq!(run.steer.progress().pauses, pauses.len());
    }

    /// The record of a job has its true phases, and the grams of it are those of a plain sum.
    #[test]
    fn the_record_is_true(mut case in case()) {
        case.jumps.clear();
        // The record begins and ends within the series.
        case.start_seconds = case.start_seconds.max(0);
        let promise = case.settings.promise.as_mut().unwrap();
        promise.finish_by = promise.finish_by.max(at(case.start_seconds));
        let truth = series(&case.values);
        let forecast = case.forecast.as_deref().map(series);
        let world = case.world(&truth, forecast.as_ref());
        let run = world.run(STEPS);
        let record = run.steer.record();
        for phase in [Phase::Waiting, Phase::Working, Phase::Restoring, Phase::Paused, Phase::StoppedByUser] {
            let of_phase = run.phases.iter().filter(|(other, _, _)| *other == phase);
            let time = of_phase.fold(Span::ZERO, |sum, (_, from, to)| sum + to.saturating_sub(*from));
            prop_assert_eq!(record.time_in(phase), time, "{:?}", phase);
        }
        let end = record.pieces().last().map(|piece| piece.interval.end());
        if end.is_some_and(|end| end > truth.extent().end()) {
            return Ok(());
        }
        let exposures = Exposures::of(&truth);
        let emitted = record.emitted(&case.settings, &exposures).unwrap().total().as_grams();
        let expected = run.grams(&world);
        prop_assert!((emitted - expected).abs() <= 1e-9 * expected.max(1.0), "{emitted}, {expected}");
        if let (Some(end), Ok(at_once)) = (run.end, record.at_once(&case.settings, &exposures)) {
            let start = at(case.start_seconds);
            let at_once = at_once.as_grams();
            let unbroken = exposures.over(Interval::new(start, start + case.work)).unwrap();
            let unbroken = unbroken.emissions_of(case.settings.power).as_grams();
            prop_assert!((at_once - unbroken).abs() <= 1e-9 * unbroken.max(1.0));
            // No run beats the plan that is known afterwards, if both begin on the same grid and keep the promise.
            let promise = case.settings.promise.unwrap();
            if let Ok(Some(best)) = record.best(&case.settings, &exposures) && end <= promise.finish_by {
                prop_assert!(best.emissions.as_grams() <= at_once + 1e-6);
            }
        }
    }

    /// With a perfect forecast, and without delays and a margin, a job that follows a plan is the exact plan.
    #[test]
    fn a_followed_plan_is_the_exact_plan(
        values in values(), start in 0_u64..4000, slots in 1_u64..25, odd in 0_u64..300, window in 0_u64..20_000,
        mut limits in limits(),
    ) {
        let truth = series(&values);
        // A least run is one of whole slots, and so are the job, its start and its window: the exact plan counts slots that are
        // begun, and may shift a part of one.
        limits.min_run = minutes(5 * (limits.min_run.as_micros() / 300_000_000));
        let is_free = limits.min_run == Span::ZERO;
        let whole = |seconds: u64| if is_free { seconds } else { seconds / 300 * 300 };
        let (start, odd, window) = (whole(start), whole(odd), whole(window));
        let duration = Span::from_seconds(300 * slots + odd);
        limits.min_pause = Span::ZERO;
        let start = at(start.try_into().unwrap());
        let window = Span::from_seconds(window);
        let mut settings = settings();
        settings.policy = Policy::Plan;
        settings.pauses = limits;
        settings.promise = promise(duration, start + duration + window);
        let mut world = World::plain(settings.clone(), duration, &truth);
        world.start = start;
        let run = world.run(STEPS);

        let exposures = Exposures::of(&truth);
        let best = run.steer.record().best(&settings, &exposures).unwrap().unwrap();
        let working = run.steer.record().pieces().iter().filter(|piece| piece.phase == Phase::Working);
        let followed = Schedule::joining(working.map(|piece| piece.interval));
        prop_assert_eq!(&followed, &best.schedule);
        let job = gpu_carbon_core::job::Job::of_power(duration, settings.power).unwrap();
        let costs = gpu_carbon_core::schedule::PauseCosts {
            energy: limits.energy,
            time: limits.time,
            paused_power: limits.paused_power,
            least_run: limits.min_run,
            most_pauses: limits.max_pauses,
            milestones: Vec::new(),
        };
        let plan = exact(&job, start, window, &costs, &exposures).unwrap();
        prop_assert_eq!(&followed, &plan.schedule);
        let emitted = run.steer.record().emitted(&settings, &exposures).unwrap().total().as_grams();
        let planned = plan.emissions.as_grams();
        prop_assert!((emitted - planned).abs() <= 1e-9 * planned.max(1.0), "{emitted}, {planned}");
    }
}
