//! A world in which a job runs: its clocks, its processes, the data, and the delays of the caller that follows the commands.

use gpu_carbon_core::steer::{
    Child, Command, Decision, Observation, Phase, Progress, Settings, State, Steer,
};
use gpu_carbon_core::{Interval, Series, Span, Timestamp};

/// The facts of a world. Times without a clock are counted from its beginning, by the monotonic clock.
#[derive(Debug, Clone)]
pub(super) struct World<'a> {
    pub(super) settings: Settings,
    /// The work that the job truly needs.
    pub(super) work: Span,
    /// The wall clock at the beginning.
    pub(super) start: Timestamp,
    /// The true intensities.
    pub(super) truth: &'a Series,
    /// The forecast: the data that are known at any time.
    pub(super) known: Option<&'a Series>,
    /// The times without any data.
    pub(super) outages: Vec<(Span, Span)>,
    /// The times at which the wall clock is set, and by how many seconds.
    pub(super) jumps: Vec<(Span, i64)>,
    /// The delays of steps, one after the other, over and over; and of all resumes and stops.
    pub(super) late: Vec<Span>,
    pub(super) resumes_after: Span,
    pub(super) stops_after: Span,
}

/// The history of a run.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) steer: Steer,
    pub(super) steps: Vec<(Span, Child, Decision)>,
    /// The times at which the job truly was in a phase, by the monotonic clock.
    pub(super) phases: Vec<(Phase, Span, Span)>,
    pub(super) worked: Span,
    /// The end of the job by the wall clock; `None` if it was given up, or did not end.
    pub(super) end: Option<Timestamp>,
    /// Reports whether a clock that was set forward took the time that the promise needs.
    pub(super) is_excused: bool,
}

impl<'a> World<'a> {
    /// A world without faults and delays.
    pub(super) fn plain(settings: Settings, work: Span, truth: &'a Series) -> World<'a> {
        World {
            settings,
            work,
            start: truth.extent().start(),
            truth,
            known: Some(truth),
            outages: Vec::new(),
            jumps: Vec::new(),
            late: vec![Span::ZERO],
            resumes_after: Span::ZERO,
            stops_after: Span::ZERO,
        }
    }

    /// The wall clock.
    pub(super) fn wall(&self, time: Span) -> Timestamp {
        let passed = self.jumps.iter().filter(|(at, _)| *at <= time);
        let set: i64 = passed.map(|(_, seconds)| 1_000_000 * seconds).sum();
        Timestamp::from_unix_micros((self.start + time).as_unix_micros() + set)
    }

    fn observe(&self, time: Span, child: Child) -> Observation<'a> {
        let now = self.wall(time);
        let dark = self.outages.iter().any(|&(from, to)| from <= time && time < to);
        let intensity = self.truth.at(now).intensity.filter(|_| !dark);
        Observation { now, elapsed: time, intensity, known: self.known.filter(|_| !dark), child }
    }

    /// Runs the job to its end, or for some steps.
    pub(super) fn run(&self, steps: usize) -> Run {
        let steer = Steer::new(self.settings.clone(), Progress::default()).unwrap();
        let (mut time, mut child) = (Span::ZERO, Child::NotStarted);
        let mut run = Run {
            steer,
            steps: Vec::new(),
            phases: Vec::new(),
            worked: Span::ZERO,
            end: None,
            is_excused: false,
        };
        let mut late = self.late.iter().copied().cycle();
        let (mut restoring, mut changes_at) = (Span::ZERO, None);
        for _ in 0..steps {
            let decision = run.steer.step(&self.observe(time, child));
            run.steps.push((time, child, decision));
            run.is_excused |= self.took_the_time(&run, time, child, restoring);
            let (resumed, stopped) = (time + self.resumes_after, time + self.stops_after);
            (child, changes_at) = match (decision.command, child) {
                (_, Child::Ended) | (Command::GiveUp, _) => break,
                (Command::Start, Child::NotStarted) => (Child::Running, None),
                (Command::Pause, Child::Running) => (Child::Stopping, Some(stopped)),
                (Command::Resume, Child::Stopping | Child::Stopped) => {
                    (Child::Resuming, Some(resumed))
                }
                (Command::Keep, _) => {
                    let again = time + decision.again + late.next().unwrap();
                    let rest = self.work.saturating_sub(run.worked);
                    let ends = (child == Child::Running).then_some(time + restoring + rest);
                    let next = [changes_at, ends].into_iter().flatten().fold(again, Span::min);
                    let passed = next.saturating_sub(time);
                    let restored = restoring.min(passed);
                    let phase = match child {
                        Child::Running => Phase::Working,
                        Child::NotStarted => Phase::Waiting,
                        _ => Phase::Paused,
                    };
                    if child == Child::Running {
                        run.phases.push((Phase::Restoring, time, time + restored));
                        run.phases.push((phase, time + restored, next));
                        restoring = restoring.saturating_sub(restored);
                        run.worked = run.worked + passed.saturating_sub(restored);
                    } else {
                        run.phases.push((phase, time, next));
                    }
                    time = next;
                    if ends.is_some_and(|ends| ends <= time) {
                        run.end = Some(self.wall(time));
                        (Child::Ended, None)
                    } else if changes_at.is_some_and(|at| at <= time) {
                        if child == Child::Stopping {
                            (Child::Stopped, None)
                        } else {
                            restoring = self.settings.pauses.time;
                            (Child::Running, None)
                        }
                    } else {
                        (child, changes_at)
                    }
                }
                (command, child) => panic!("{command:?} for a job that is {child:?}"),
            };
        }
        run
    }

    /// Reports whether the promise cannot be kept any more, because a clock was set forward.
    fn took_the_time(&self, run: &Run, time: Span, child: Child, restoring: Span) -> bool {
        let Some(promise) = self.settings.promise else { return true };
        let forward = self.jumps.iter().any(|&(at, by)| by > 0 && at <= time);
        let restores = match child {
            Child::Running => restoring,
            Child::NotStarted | Child::Ended => Span::ZERO,
            _ => self.settings.pauses.time,
        };
        let delays = self.late.iter().copied().fold(Span::ZERO, Span::max) + self.resumes_after;
        let needed = self.work.saturating_sub(run.worked) + restores + delays;
        forward && self.wall(time) + needed > promise.finish_by
    }
}

impl Run {
    /// The pauses, each with its beginning, its end, the work before it since the last start, and whether the job was
    /// forced to go on.
    pub(super) fn pauses(&self) -> Vec<Pause> {
        let mut pauses = Vec::new();
        let mut began: Option<(Span, Span)> = None;
        let mut run = Span::ZERO;
        for pair in self.steps.windows(2) {
            let ((time, child, decision), (later, _, _)) = (&pair[0], &pair[1]);
            match (decision.command, child) {
                (Command::Pause, Child::Running) => began = Some((*time, run)),
                (Command::Resume, _) => {
                    if let Some((from, run_before)) = began.take() {
                        let is_forced = decision.state == State::Forced;
                        pauses.push(Pause { from, until: *time, run_before, is_forced });
                    }
                    run = Span::ZERO;
                }
                _ => {}
            }
            if *child == Child::Running {
                run = self.worked_between(*time, *later, run);
            }
        }
        pauses
    }

    fn worked_between(&self, from: Span, to: Span, before: Span) -> Span {
        let within = self
            .phases
            .iter()
            .filter(|(phase, start, end)| *phase == Phase::Working && from <= *start && *end <= to);
        within.fold(before, |sum, (_, start, end)| sum + end.saturating_sub(*start))
    }

    /// The emissions of a world without jumps, summed over each value of its series, in grams.
    pub(super) fn grams(&self, world: &World<'_>) -> f64 {
        let limits = world.settings.pauses;
        let over = |interval: Interval| -> f64 {
            let points = world.truth.points().iter();
            points
                .map(|&(start, value)| {
                    let from = start.max(interval.start());
                    let to = (start + world.truth.step()).min(interval.end());
                    to.duration_since(from).as_seconds() / 3600.0
                        * value.as_grams_per_kilowatt_hour()
                })
                .sum()
        };
        let kilowatts = |power: gpu_carbon_core::Power| power.as_watts() / 1000.0;
        let (mut sum, mut resumes) = (0.0, false);
        let last = self.phases.last().map_or(Span::ZERO, |&(_, _, end)| end);
        for &(phase, from, to) in &self.phases {
            if from == to {
                continue;
            }
            let interval = Interval::new(world.start + from, world.start + to);
            sum += match phase {
                Phase::Working | Phase::Restoring => kilowatts(world.settings.power),
                Phase::Paused => kilowatts(limits.paused_power),
                Phase::Waiting | Phase::StoppedByUser => 0.0,
            } * over(interval);
            resumes |= phase == Phase::Paused;
            if phase == Phase::Working && resumes {
                resumes = false;
                let until = (from + Span::from_seconds(300)).min(last);
                let slot = Interval::new(world.start + from, world.start + until);
                let hours = slot.length().as_seconds() / 3600.0;
                sum += limits.energy.as_kilowatt_hours() * over(slot) / hours;
            }
        }
        sum
    }
}

/// A pause of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pause {
    pub(super) from: Span,
    pub(super) until: Span,
    pub(super) run_before: Span,
    pub(super) is_forced: bool,
}
