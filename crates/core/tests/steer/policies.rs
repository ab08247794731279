//! Small cases with known results.

use gpu_carbon_core::exposure::Exposures;
use gpu_carbon_core::schedule::Schedule;
use gpu_carbon_core::steer::{
    Child, Command, Observation, PauseLimits, Phase, Policy, Progress, Reason, SettingsError,
    State, Steer, Unknown,
};
use gpu_carbon_core::{Interval, Power, Series, Span};
use proptest::prelude::*;

use crate::world::{Run, World};
use crate::{at, grams, kilowatt_hours, minutes, promise, series, settings};

/// The times of work.
fn worked(run: &Run) -> Schedule {
    let working = run.steer.record().pieces().iter().filter(|it| it.phase == Phase::Working);
    Schedule::joining(working.map(|piece| piece.interval))
}

/// The schedule of runs from one slot to another.
fn slots(runs: &[(i64, i64)]) -> Schedule {
    Schedule::joining(runs.iter().map(|&(from, to)| Interval::new(at(300 * from), at(300 * to))))
}

fn seen(seconds: u64, intensity: Option<f64>, child: Child) -> Observation<'static> {
    let elapsed = Span::from_seconds(seconds);
    let now = at(0) + elapsed;
    Observation { now, elapsed, intensity: intensity.map(grams), known: None, child }
}

#[test]
fn between_the_thresholds_a_job_stays_as_it_is() {
    let truth = series(&[400.0, 300.0, 310.0, 290.0, 280.0, 300.0, 290.0, 301.0, 280.0]);
    let mut settings = settings();
    settings.policy = Policy::Threshold { below: grams(300.0), resume_below: grams(280.0) };
    let run = World::plain(settings, minutes(20), &truth).run(100);
    assert_eq!(worked(&run), slots(&[(1, 2), (4, 7)]));
    let said: Vec<String> = run.steps.iter().map(|(_, _, it)| it.reason.to_string()).collect();
    assert_eq!(said[0], "the intensity is 400 g/kWh, above 300 g/kWh");
    assert_eq!(run.pauses().len(), 1);
}

#[test]
fn a_pause_that_costs_more_than_it_saves_is_not_begun() {
    let values = [200.0, 320.0, 320.0, 320.0, 250.0, 250.0, 250.0, 250.0];
    let truth = series(&values);
    let run = |watts: f64, energy: f64| {
        let mut settings = settings();
        settings.pauses.paused_power = Power::from_watts(watts).unwrap();
        settings.pauses.energy = kilowatt_hours(energy);
        World::plain(settings, minutes(25), &truth).run(100)
    };
    assert_eq!(worked(&run(100.0, 0.0)), slots(&[(0, 1), (4, 8)]), "saves 17.5 g, costs 8");
    assert_eq!(worked(&run(230.0, 0.0)), slots(&[(0, 5)]), "costs 18.4 g");
    assert_eq!(worked(&run(0.0, 0.08)), slots(&[(0, 5)]), "costs 20 g to restore");
    assert!(run(230.0, 0.0).steps.iter().any(|(_, _, it)| it.reason == Reason::PauseCostsMore));
}

#[test]
fn without_data_a_job_runs_or_holds_or_is_given_up() {
    let truth = series(&[400.0, 250.0, 400.0, 250.0]);
    let run = |unknown, outage: (u64, u64)| {
        let mut settings = settings();
        settings.unknown = unknown;
        settings.promise = promise(minutes(10), at(1200));
        let mut world = World::plain(settings, minutes(10), &truth);
        world.outages = vec![(minutes(outage.0), minutes(outage.1))];
        world.run(100)
    };
    assert_eq!(worked(&run(Unknown::Run, (0, 20))), slots(&[(0, 2)]));
    assert_eq!(worked(&run(Unknown::Hold, (0, 20))), slots(&[(2, 4)]), "forced at last");
    let given_up = run(Unknown::Fail, (0, 20));
    assert_eq!((given_up.end, given_up.steps.len()), (None, 1));
    assert_eq!(given_up.steps[0].2.command, Command::GiveUp);
    assert_eq!(worked(&run(Unknown::Fail, (8, 20))), slots(&[(1, 3)]), "it had started");
    assert_eq!(worked(&run(Unknown::Hold, (8, 20))), slots(&[(1, 3)]), "it runs on");
}

#[test]
fn a_job_that_a_user_stopped_is_left_alone_and_counted_as_such() {
    let mut settings = settings();
    settings.promise = promise(minutes(10), at(1800));
    let mut steer = Steer::new(settings, Progress::default()).unwrap();
    let mut step = |seconds, child| steer.step(&seen(seconds, Some(100.0), child));
    assert_eq!(step(0, Child::NotStarted).command, Command::Start);
    assert_eq!(step(0, Child::Running).command, Command::Keep);
    assert_eq!(step(60, Child::StoppedByUser).reason, Reason::StoppedByUser);
    assert_eq!(step(360, Child::StoppedByUser).command, Command::Keep);
    // It has nine minutes of work, and can wait until 21 minutes.
    let late = step(1261, Child::StoppedByUser);
    assert_eq!((late.command, late.state), (Command::Keep, State::Forced));
    let on = step(1300, Child::Running);
    assert_eq!((on.command, on.state), (Command::Keep, State::Forced));
    assert_eq!(on.reason, Reason::Late { by: Span::from_seconds(40) });
    step(1840, Child::Ended);
    assert_eq!(steer.state(), State::Ended);
    assert_eq!(steer.progress().worked, minutes(10));
    assert_eq!(steer.record().time_in(Phase::StoppedByUser), Span::from_seconds(1240));
    assert_eq!(steer.progress().pauses, 0);
}

#[test]
fn a_job_longer_than_its_duration_is_not_paused() {
    let mut settings = settings();
    settings.promise = promise(minutes(10), at(6000));
    let mut steer = Steer::new(settings, Progress::default()).unwrap();
    steer.step(&seen(0, Some(100.0), Child::NotStarted));
    steer.step(&seen(0, Some(100.0), Child::Running));
    let over = steer.step(&seen(600, Some(900.0), Child::Running));
    assert_eq!((over.command, over.reason), (Command::Keep, Reason::Overrun));
    assert_eq!(steer.left(), Some(Span::ZERO));
}

#[test]
fn a_job_is_taken_over_with_its_progress() {
    let mut settings = settings();
    settings.promise = promise(minutes(60), at(7200));
    settings.pauses =
        PauseLimits { time: minutes(3), max_pauses: Some(2), ..PauseLimits::default() };
    let before = Progress { worked: minutes(40), pauses: 2, begun: true, forced: false };
    let mut steer = Steer::new(settings, before).unwrap();
    assert_eq!(steer.step(&seen(0, Some(900.0), Child::Stopped)).command, Command::Keep);
    assert_eq!(steer.latest(), Some(at(7200 - 23 * 60)));
    assert_eq!(steer.step(&seen(60, Some(100.0), Child::Stopped)).command, Command::Resume);
    steer.step(&seen(60, Some(100.0), Child::Running));
    let held = steer.step(&seen(400, Some(900.0), Child::Running));
    assert_eq!((held.command, held.reason), (Command::Keep, Reason::MaxPauses(2)));
    assert_eq!(steer.progress().worked, minutes(40) + Span::from_seconds(340 - 180));
    assert_eq!(steer.progress().pauses, 2);
}

#[test]
fn a_replanned_job_waits_for_a_forecast_valley_unless_it_costs_more() {
    let mut values = vec![400.0; 288];
    values[60..84].fill(100.0);
    let truth = series(&values);
    let run = |watts: f64, start: u64| {
        let mut settings = settings();
        settings.policy = Policy::Replan;
        settings.promise = promise(minutes(120), at(288 * 300));
        settings.pauses.paused_power = Power::from_watts(watts).unwrap();
        let mut world = World::plain(settings, minutes(120), &truth);
        world.start = at(0) + minutes(5 * start);
        world.run(1000)
    };
    assert_eq!(worked(&run(0.0, 12)), slots(&[(60, 84)]));
    assert_eq!(worked(&run(900.0, 12)), slots(&[(60, 84)]), "to wait for the start costs nothing");
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let refused = |change: fn(&mut gpu_carbon_core::steer::Settings)| {
        let mut settings = settings();
        settings.promise = promise(minutes(60), at(7200));
        change(&mut settings);
        Steer::new(settings, Progress::default()).map(|_| ()).unwrap_err()
    };
    let thresholds = refused(|it| {
        it.policy = Policy::Threshold { below: grams(200.0), resume_below: grams(201.0) };
    });
    assert!(matches!(thresholds, SettingsError::Thresholds { .. }));
    let unpromised = refused(|it| (it.policy, it.promise) = (Policy::Replan, None));
    assert_eq!(unpromised, SettingsError::NoPromise);
    assert_eq!(refused(|it| it.promise = promise(Span::ZERO, at(5))), SettingsError::NoTime);
    for margin in [-0.1, f64::NAN, f64::INFINITY] {
        let mut settings = settings();
        settings.promise = promise(minutes(60), at(7200));
        settings.promise.as_mut().unwrap().margin = margin;
        let refused = Steer::new(settings, Progress::default()).map(|_| ()).unwrap_err();
        assert!(matches!(refused, SettingsError::Margin(_)));
    }
    let no_power = refused(|it| {
        it.power = Power::ZERO;
        it.pauses.energy = kilowatt_hours(0.1);
    });
    assert_eq!(no_power, SettingsError::NoPower);
    let paused = refused(|it| it.pauses.paused_power = it.power);
    assert!(matches!(paused, SettingsError::PausedPower { .. }));
    let words = paused.to_string();
    assert_eq!(
        words,
        "a paused job must draw less than a running one, which draws 1000 W, got 1000 W"
    );
}

/// The slots in which a job runs by two thresholds if pauses are free: decided slot by slot.
fn greedy(values: &[f64], below: f64, resume_below: f64, work: usize) -> Vec<usize> {
    let (mut ran, mut running) = (Vec::new(), false);
    for (slot, &value) in values.iter().enumerate() {
        running = value <= if running || ran.is_empty() { below } else { resume_below };
        if running && ran.len() < work {
            ran.push(slot);
        }
    }
    ran
}

proptest! {
    #[test]
    fn the_threshold_is_followed_in_each_slot(
        values in prop::collection::vec(0.0..1000.0_f64, 60), below in 100.0..1000.0_f64, share in 0.0..=1.0_f64,
        work in 1_usize..30,
    ) {
        let truth: Series = series(&values);
        let expected = greedy(&values, below, below * share, work);
        prop_assume!(expected.len() == work);
        let mut settings = settings();
        settings.policy = Policy::Threshold { below: grams(below), resume_below: grams(below * share) };
        let mut world = World::plain(settings, minutes(5 * work as u64), &truth);
        world.known = None; // an hour's pause is expected, which always pays
        let run = world.run(1000);
        let slot = |slot: usize| at(300 * slot as i64);
        let expected = Schedule::joining(expected.iter().map(|&it| Interval::new(slot(it), slot(it + 1))));
        prop_assert_eq!(worked(&run), expected);
        prop_assert!(run.steer.record().emitted(run.steer.settings(), &Exposures::of(&truth)).is_ok());
    }
}
