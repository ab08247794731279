//! The state machine: from the facts at a step to a command.

use super::observation::{Child, Command, Decision, Observation, Progress, State};
use super::plan;
use super::promise::Clocks;
use super::reason::Reason;
use super::record::{Phase, Piece, Record};
use super::replan::Fitted;
use super::settings::{Policy, Settings, SettingsError};
use super::threshold;
use super::wish::{Action, Situation, Wish};
use crate::schedule::Schedule;
use crate::time::{Interval, SLOT, Span, Timestamp};

/// The state machine of one job.
#[derive(Debug, Clone)]
pub struct Steer {
    settings: Settings,
    progress: Progress,
    clocks: Option<Clocks>,
    last: Option<Last>,
    /// The time that the job still restores itself, once it runs.
    restoring: Span,
    /// The work since the last start or resume.
    run: Span,
    /// The beginning of the present pause, by the monotonic clock.
    paused_since: Span,
    plan: Option<Schedule>,
    fitted: Fitted,
    record: Record,
}

/// The step before.
#[derive(Debug, Clone, Copy)]
struct Last {
    now: Timestamp,
    elapsed: Span,
    child: Child,
    /// The state before a user stopped the job.
    own: Child,
}

impl Steer {
    /// The state machine of a job with this progress.
    ///
    /// # Errors
    ///
    /// When the settings contradict each other.
    pub fn new(settings: Settings, progress: Progress) -> Result<Steer, SettingsError> {
        settings.check()?;
        Ok(Steer {
            settings,
            progress,
            clocks: None,
            last: None,
            restoring: Span::ZERO,
            run: Span::ZERO,
            paused_since: Span::ZERO,
            plan: None,
            fitted: Fitted::default(),
            record: Record::default(),
        })
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The progress of the job at the last step.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// The work to do, with the margin; `None` without a promise.
    #[must_use]
    pub fn left(&self) -> Option<Span> {
        let promise = self.settings.promise.as_ref()?;
        Some(promise.work().saturating_sub(self.progress.worked))
    }

    /// The time at which the job will be forced to run if it does not run before; `None` without a promise.
    #[must_use]
    pub fn latest(&self) -> Option<Timestamp> {
        let promise = self.settings.promise.as_ref()?;
        Some(promise.finish_by - self.needed(Child::Stopped) - self.settings.lateness)
    }

    /// The plan, once [`Policy::Plan`] has made it.
    #[must_use]
    pub fn plan(&self) -> Option<&Schedule> {
        self.plan.as_ref()
    }

    /// The past of the job, up to the last step.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// The state at the last step.
    #[must_use]
    pub fn state(&self) -> State {
        match self.last.map_or(Child::NotStarted, |last| last.own) {
            Child::Ended => State::Ended,
            _ if self.progress.forced => State::Forced,
            Child::NotStarted => State::Waiting,
            Child::Running | Child::StoppedByUser => State::Running,
            Child::Stopping => State::Pausing,
            Child::Stopped => State::Paused,
            Child::Resuming => State::Resuming,
        }
    }

    /// Takes note of the facts, and decides. Call it after each command, whenever the state of the job or the data
    /// change, and after [`Decision::again`] at the latest: the time since the last step is counted for the state that
    /// the job had then.
    pub fn step(&mut self, seen: &Observation<'_>) -> Decision {
        self.account(seen);
        let (command, reason, again) = self.decide(seen);
        Decision { command, state: self.state(), reason, again }
    }

    /// Counts the time since the last step, and notes changes of the job's state.
    fn account(&mut self, seen: &Observation<'_>) {
        let last = self.last;
        if let Some(last) = last {
            let passed = seen.elapsed.saturating_sub(last.elapsed);
            self.count(last, passed);
        } else {
            self.clocks = Some(Clocks::new(seen.now, seen.elapsed));
            self.paused_since = seen.elapsed;
        }
        let before = last.map(|last| last.own);
        let own = match (seen.child, before) {
            (Child::StoppedByUser, Some(before)) => before,
            (child, _) => child,
        };
        if seen.child == Child::Running {
            if !self.progress.begun {
                self.progress.begun = true;
                self.run = Span::ZERO;
            } else if before.is_some_and(Child::is_paused) {
                self.restoring = self.settings.pauses.time;
                self.run = Span::ZERO;
            }
        } else if seen.child.is_paused() && before.is_some_and(|before| !before.is_paused()) {
            self.progress.pauses += 1;
            self.paused_since = seen.elapsed;
        }
        let Observation { now, elapsed, child, .. } = *seen;
        let elapsed = elapsed.max(last.map_or(Span::ZERO, |last| last.elapsed));
        self.last = Some(Last { now, elapsed, child, own });
    }

    /// Counts a time for the state that the job had since the step before.
    fn count(&mut self, last: Last, passed: Span) {
        let phase = match last.child {
            Child::Ended => return,
            Child::NotStarted => Phase::Waiting,
            Child::StoppedByUser => Phase::StoppedByUser,
            Child::Stopping | Child::Stopped | Child::Resuming => Phase::Paused,
            Child::Running => {
                let restored = passed.min(self.restoring);
                self.restoring = self.restoring.saturating_sub(restored);
                let worked = passed.saturating_sub(restored);
                self.progress.worked = self.progress.worked + worked;
                self.run = self.run + worked;
                let works = last.now + restored;
                let interval = Interval::new(last.now, works);
                self.record.add(Piece { phase: Phase::Restoring, interval });
                let interval = Interval::new(works, works + worked);
                self.record.add(Piece { phase: Phase::Working, interval });
                return;
            }
        };
        self.record.add(Piece { phase, interval: Interval::new(last.now, last.now + passed) });
    }

    fn decide(&mut self, seen: &Observation<'_>) -> (Command, Reason, Span) {
        let at = self.clocks.map_or(seen.now, |clocks| clocks.latest(seen.now, seen.elapsed));
        let own = self.last.map_or(seen.child, |last| last.own);
        let spare = self.spare(at, own);
        if own != Child::Ended {
            self.progress.forced |= spare == Some(Span::ZERO) || self.is_overrun();
        }
        let slot = SLOT.saturating_sub(seen.now.duration_since(seen.now.floor_to(SLOT)));
        // A job that runs loses none of its time to spare.
        let spare = spare.filter(|spare| own != Child::Running && *spare > Span::ZERO);
        let soon = |again: Span| again.min(slot).min(spare.unwrap_or(Span::ALL));
        let forced = self.progress.forced;
        match seen.child {
            Child::Ended => (Command::Keep, Reason::Ended, Span::ALL),
            Child::StoppedByUser => (Command::Keep, Reason::StoppedByUser, soon(Span::ALL)),
            Child::Stopping if forced => (Command::Resume, self.forced_by(at, own), soon(slot)),
            Child::Stopping | Child::Resuming => {
                (Command::Keep, Reason::TakingEffect, soon(Span::ALL))
            }
            child @ (Child::NotStarted | Child::Running | Child::Stopped) => {
                let wish =
                    if forced { Wish::run(self.forced_by(at, own)) } else { self.wish(seen, at) };
                let (command, reason, again) = self.within_limits(child, wish, at, seen.elapsed);
                (command, reason, soon(again.unwrap_or(Span::ALL)))
            }
        }
    }

    /// The wish of the policy.
    fn wish(&mut self, seen: &Observation<'_>, at: Timestamp) -> Wish {
        let job = Situation {
            now: seen.now,
            begun: self.progress.begun,
            running: seen.child == Child::Running,
            pauses: self.progress.pauses,
            left: self.left(),
            spare: self.spare(at, if self.progress.begun { Child::Stopped } else { seen.child }),
        };
        let (settings, known) = (&self.settings, seen.known);
        match (settings.policy, &settings.promise) {
            (Policy::Threshold { below, resume_below }, _) => {
                threshold::wish(settings, (below, resume_below), seen.intensity, known, &job)
            }
            (Policy::Replan, Some(promise)) => {
                self.fitted.wish(settings, promise, seen.intensity, known, &job)
            }
            (Policy::Plan, Some(promise)) => {
                if self.plan.is_none() {
                    self.plan = known.and_then(|known| plan::make(settings, promise, known, &job));
                }
                match &self.plan {
                    Some(plan) => plan::wish(plan, settings, &job),
                    None => Wish::unknown(settings.unknown, &job),
                }
            }
            // Not reached: the settings were checked.
            (Policy::Plan | Policy::Replan, None) => Wish::run(Reason::CheaperNow),
        }
    }

    /// The command for a wish, unless a limit of pauses forbids it.
    fn within_limits(
        &self,
        child: Child,
        wish: Wish,
        at: Timestamp,
        elapsed: Span,
    ) -> (Command, Reason, Option<Span>) {
        let limits = self.settings.pauses;
        let forced = self.progress.forced;
        let keep = |reason, again| (Command::Keep, reason, again);
        match (child, wish.action) {
            (Child::Running, Action::Wait) => {
                let spare = self.spare(at, Child::Stopped);
                let short = limits.min_run.saturating_sub(self.run);
                if let Some(most) = limits.max_pauses
                    && self.progress.pauses >= most
                {
                    keep(Reason::MaxPauses(most), None)
                } else if short > Span::ZERO {
                    keep(Reason::ShortRun { left: short }, Some(short + self.restoring))
                } else if spare.is_some_and(|it| it == Span::ZERO || it < limits.min_pause) {
                    keep(Reason::NoTimeToPause, None)
                } else {
                    (Command::Pause, wish.reason, wish.again)
                }
            }
            (Child::NotStarted, Action::GiveUp) => (Command::GiveUp, wish.reason, wish.again),
            (Child::NotStarted, Action::Run) => (Command::Start, wish.reason, wish.again),
            (Child::Stopped, Action::Run) => {
                let short =
                    limits.min_pause.saturating_sub(elapsed.saturating_sub(self.paused_since));
                if short > Span::ZERO && !forced {
                    keep(Reason::ShortPause { left: short }, Some(short))
                } else {
                    (Command::Resume, wish.reason, wish.again)
                }
            }
            _ => keep(wish.reason, wish.again),
        }
    }

    /// The time that the job needs from a state on: its work, and the rest of a resume.
    fn needed(&self, own: Child) -> Span {
        let left = self.left().unwrap_or_default();
        left + self.restores(own)
    }

    /// The time that a job restores itself before it works, from a state on.
    fn restores(&self, own: Child) -> Span {
        match own {
            Child::NotStarted | Child::Ended => Span::ZERO,
            Child::Running | Child::StoppedByUser => self.restoring,
            Child::Stopping | Child::Stopped | Child::Resuming => self.settings.pauses.time,
        }
    }

    /// The time to spare before the job must run; `None` without a promise.
    fn spare(&self, at: Timestamp, own: Child) -> Option<Span> {
        let promise = self.settings.promise.as_ref()?;
        Some(promise.spare(at, self.needed(own) + self.settings.lateness))
    }

    /// Reports whether the job has done more work than it was to do.
    fn is_overrun(&self) -> bool {
        self.progress.begun && self.left() == Some(Span::ZERO)
    }

    /// The reason why a job is forced to run.
    fn forced_by(&self, at: Timestamp, own: Child) -> Reason {
        let late = self.settings.promise.and_then(|promise| {
            let left = promise.duration.saturating_sub(self.progress.worked);
            promise.late_by(at, left + self.restores(own))
        });
        match late {
            _ if self.is_overrun() => Reason::Overrun,
            Some(by) => Reason::Late { by },
            None => Reason::MustRun,
        }
    }
}
