//! The loop of a run: it asks the policy, carries out its commands, and passes signals on.

mod ending;

use std::ffi::OsString;
use std::time::Duration;

use anyhow::{Context, Result};
use gpu_carbon_core::Span;
use gpu_carbon_core::steer::{Child, Command, Decision, Observation, Settings, Steer};
use gpu_carbon_feeds::rfc3339;
use gpu_carbon_memory::LinkedFiles;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::args::{Args, PauseArg};
use super::meter::Meter;
use super::past::Past;
use super::preparation::{freezer, open_journal};
use super::supervision::{Event, Supervision};
use crate::clock::RunClock;
use crate::flag_enums::UnknownArg;
use crate::grid::UnknownError;
use crate::journal::{Entry, Journal, Phase};
use crate::notes::Notes;
use crate::process::identity::Identity;
use crate::process::job::{Job, JobSetting, StartError};
use crate::process::machine::Machine;
use crate::process::signals::{self, Signals};
use crate::usage_error::UsageError;
use crate::watch::Watch;

/// The exit status where the command is not found.
const NOT_FOUND: u8 = 127;
/// The exit status where the command cannot be executed.
const NOT_EXECUTABLE: u8 = 126;

/// The most commands in a row: the policy then waits for the next five minutes.
const MOST_COMMANDS: usize = 8;

/// The least wait before which memory is given back, and the time between two such waits.
const LONG_WAIT: Duration = Duration::from_secs(1);
const GIVE_BACK_PERIOD: Span = Span::from_seconds(300);

/// The facts with which a run begins.
pub(crate) struct Start<'a> {
    pub(crate) args: &'a Args,
    /// The words of the command line after `run`.
    pub(crate) words: &'a [OsString],
    pub(crate) settings: Settings,
    pub(crate) clock: RunClock,
    /// The run that is taken over.
    pub(crate) past: Option<&'a Past>,
}

/// A run.
pub(crate) struct Runner<'a> {
    args: &'a Args,
    steer: Steer,
    settings: Settings,
    clock: RunClock,
    watch: Watch,
    meter: Option<Meter>,
    notes: Notes,
    signals: Signals,
    supervision: Supervision,
    journal: Journal,
    /// The time until the policy is asked again.
    again: Span,
    /// The time since the start at which memory was given back last.
    gave_back: Option<Span>,
    was_known: bool,
    /// True once a pause has failed, or no guard watches over the job: it runs to its end.
    never_pauses: bool,
}

impl<'a> Runner<'a> {
    /// Prepares a run.
    ///
    /// # Errors
    ///
    /// A [`UsageError`] when the settings contradict each other; another error when the system refuses.
    pub(crate) fn new(start: Start<'a>, watch: Watch, notes: Notes) -> Result<Runner<'a>> {
        let Start { args, words, settings, clock, past } = start;
        let usage = |error: gpu_carbon_core::steer::SettingsError| {
            UsageError::CommandLine(error.to_string())
        };
        let progress = past.map(|past| past.progress(clock.now())).unwrap_or_default();
        let steer = Steer::new(settings.clone(), progress).map_err(usage)?;
        let mut journal = match past {
            Some(past) => Journal::reopen(&past.path)
                .with_context(|| format!("{} cannot be written", past.path.display()))?,
            None => open_journal(args, clock, notes)?,
        };
        let freezer = freezer(args, &journal.id(), notes)?;
        let restart = match (&args.restart_command, args.pause == Some(PauseArg::Signal)) {
            (Some(command), true) => command.split_whitespace().map(OsString::from).collect(),
            (None, true) => args.command.clone(),
            (_, false) => Vec::new(),
        };
        // From here on no signal is lost.
        let signals = Signals::of_runner().context("signals cannot be received")?;
        let job = Job::prepare(JobSetting {
            command: args.command.clone(),
            restart,
            freezer,
            journal: journal.path().to_owned(),
        });
        let job = job.context("the guard of the command cannot be started")?;
        let _ = journal.write(&Entry::Begun {
            at: rfc3339::format(clock.now()),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            name: args.name.clone(),
            words: words.iter().map(|it| it.to_string_lossy().into_owned()).collect(),
            folder: std::env::current_dir().unwrap_or_default(),
            runner: i32::try_from(std::process::id()).ok().and_then(Identity::of),
            machine: Some(Machine::this()),
            finish_by: settings.promise.map(|promise| rfc3339::format(promise.finish_by)),
        });
        let mut supervision = Supervision::new(job, args, clock.wait(args.grace), notes);
        let lives = past.map(|past| supervision.take_over(past.job)).transpose();
        let lives = lives.context("the command cannot be taken over")?.unwrap_or(true);
        let again = Span::ZERO;
        let meter = Meter::begin(args, clock.is_rehearsal()).context("counters cannot be read")?;
        let mut runner = Runner {
            args,
            steer,
            settings,
            clock,
            watch,
            meter,
            notes,
            signals,
            supervision,
            journal,
            again,
            gave_back: None,
            was_known: true,
            never_pauses: false,
        };
        if let (Some(meter), Some(job)) = (&mut runner.meter, past.and_then(|past| past.job)) {
            meter.started(job.pid, clock.now());
        }
        runner.introduce();
        if !lives {
            runner.end_adopted();
        }
        Ok(runner)
    }

    /// Runs until the command has ended, and returns the exit status.
    ///
    /// # Errors
    ///
    /// When nobody knows the intensity, and the arguments ask to fail then.
    pub(crate) fn run(mut self) -> Result<u8> {
        let status = loop {
            let outcome = self.decide()?;
            if let Some(status) = outcome.or(self.supervision.status()) {
                break status;
            }
            self.wait();
        };
        self.finish(status);
        Ok(status)
    }

    /// Asks the policy, and carries out its commands until it has none. Returns the exit status where the command cannot be run.
    fn decide(&mut self) -> Result<Option<u8>> {
        for _ in 0..MOST_COMMANDS {
            self.record_events();
            let (now, child) = (self.clock.now(), self.supervision.child());
            let intensity = self.watch.present(now);
            if child != Child::Ended {
                self.note_unknown(intensity.is_none());
            }
            let seen = Observation {
                now,
                elapsed: self.clock.elapsed(),
                intensity,
                known: self.watch.known(),
                child,
            };
            let decision = self.steer.step(&seen);
            self.again = decision.again;
            match decision.command {
                Command::Keep => break,
                Command::Start => {
                    if let Err(error) = self.supervision.start() {
                        return self.not_started(&error).map(Some);
                    }
                    self.record_events();
                    self.note(&decision, Phase::Running);
                }
                Command::Pause if self.never_pauses || self.supervision.is_acting() => break,
                Command::Pause => match self.supervision.pause() {
                    Ok(()) => self.note(&decision, Phase::Paused),
                    Err(error) => {
                        self.never_pauses = true;
                        self.notes.line(&format!(
                            "the command cannot be paused, and runs to its end: {error}"
                        ));
                        break;
                    }
                },
                Command::Resume => {
                    if let Err(error) = self.supervision.resume() {
                        return self.not_started(&error).map(Some);
                    }
                    self.record_events();
                    self.note(&decision, Phase::Running);
                }
                Command::GiveUp => {
                    return Err(UnknownError(self.watch.why_unknown(now)).into());
                }
            }
        }
        self.record_events();
        Ok(None)
    }

    fn not_started(&self, error: &StartError) -> Result<u8> {
        self.notes.line(&error.to_string());
        match error {
            StartError::Missing { .. } => Ok(NOT_FOUND),
            StartError::NotExecutable { .. } => Ok(NOT_EXECUTABLE),
            StartError::Own(_) => Err(anyhow::anyhow!("{error}")),
        }
    }

    /// Gives back the memory of code, most of which ran once, before a long wait, and not more often than it is worth.
    fn give_back(&mut self, wait: Duration) {
        let now = self.clock.elapsed();
        let is_due = self.gave_back.is_none_or(|last| now.saturating_sub(last) >= GIVE_BACK_PERIOD);
        if is_due && wait >= LONG_WAIT {
            self.gave_back = Some(now);
            LinkedFiles::at_start().give_back();
        }
    }

    /// Waits for a signal, a change of the job, new data, or the time at which the policy is asked again.
    fn wait(&mut self) {
        let now = self.clock.now();
        let until = self.settings.promise.map(|promise| promise.finish_by);
        self.watch.refresh(now, until);
        if let Some(meter) = &mut self.meter {
            meter.refresh();
        }
        let timeout = self.clock.wait(self.again).max(Duration::from_millis(1));
        let timeout = self.supervision.timeout().map_or(timeout, |other| other.min(timeout));
        let timeout = self.meter.as_ref().map_or(timeout, |meter| meter.timeout().min(timeout));
        self.give_back(timeout);
        let timeout = Timespec {
            tv_sec: timeout.as_secs().try_into().unwrap_or(i64::MAX),
            tv_nsec: timeout.subsec_nanos().into(),
        };
        let readable = |handle| PollFd::from_borrowed_fd(handle, PollFlags::IN);
        let mut handles = vec![readable(self.signals.handle()), readable(self.watch.handle())];
        let guard = self.supervision.job.handle().map(readable);
        let has_guard = guard.is_some();
        handles.extend(guard);
        handles.extend(self.supervision.adopted().map(readable));
        handles.extend(self.meter.as_ref().map(|meter| readable(meter.handle())));
        let _ = poll(&mut handles, Some(&timeout));
        let is_readable =
            |place: usize| handles.get(place).is_some_and(|it| !it.revents().is_empty());
        let has_news = has_guard && is_readable(2);
        let has_ended =
            self.supervision.adopted().is_some() && is_readable(2 + usize::from(has_guard));
        drop(handles);
        if has_ended {
            self.end_adopted();
        }
        // Changes first: a signal is answered by the state that the job is in.
        for change in self.supervision.job.changes(has_news) {
            self.supervision.changed(change);
        }
        for signal in self.signals.received() {
            if self.supervision.status().is_none() {
                self.supervision.received(signal);
            }
        }
        self.supervision.check_time();
        self.supervision.check_lost();
        if !self.supervision.job.is_guarded() && !self.never_pauses {
            self.lose_guard();
        }
        self.watch.update(self.clock.now());
        if let Some(meter) = &mut self.meter {
            meter.update();
        }
    }

    /// Stops pausing the job once its guard is gone: if this process ended, too, it would stay paused.
    fn lose_guard(&mut self) {
        self.never_pauses = true;
        if self.supervision.status().is_none() {
            self.notes
                .line("the guard of the command has ended: the command is not paused any more");
        }
        if self.supervision.child() == Child::Stopped {
            let _ = self.supervision.resume();
        }
    }

    fn record_events(&mut self) {
        let now = self.clock.now();
        let at = rfc3339::format(now);
        for event in self.supervision.events() {
            let at = at.clone();
            if let (Event::Started(job), Some(meter)) = (&event, &mut self.meter) {
                meter.started(job.pid, now);
            }
            let entry = match event {
                Event::Started(job) => Entry::Started { at, job },
                Event::Saved => Entry::Saved { at },
                Event::ByUser { stopped } => Entry::ByUser { at, stopped },
                Event::Signal(signal) => Entry::Signal { at, signal: signals::name(signal) },
            };
            let _ = self.journal.write(&entry);
        }
    }

    /// Reports a command that was carried out.
    fn note(&mut self, decision: &Decision, state: Phase) {
        let now = self.clock.now();
        if let Some(meter) = &mut self.meter {
            meter.changed();
        }
        let reason = decision.reason.to_string();
        let action = match (decision.command, state) {
            (Command::Start, _) => "started",
            (_, Phase::Paused) => "paused",
            _ => "resumed",
        };
        let second = now.floor_to(Span::from_seconds(1));
        let at = self.args.time_zone.readable(second);
        self.notes.line(&format!("{action} at {at}: {reason}"));
        let _ = self.journal.write(&Entry::Changed {
            at: rfc3339::format(now),
            state,
            reason,
            progress: self.steer.progress().into(),
        });
    }

    /// Says once that nobody knows the intensity, and once that somebody does again.
    fn note_unknown(&mut self, is_unknown: bool) {
        if self.was_known != is_unknown {
            return;
        }
        self.was_known = !is_unknown;
        let now = self.clock.now();
        let line = match (is_unknown, self.args.unknown) {
            (false, _) => "the intensity is known again".to_owned(),
            (true, unknown) => {
                let rule = match unknown {
                    UnknownArg::Run => "the command runs meanwhile",
                    UnknownArg::Hold => "the command stays as it is",
                    UnknownArg::Fail if self.supervision.child() == Child::NotStarted => {
                        "the command is given up"
                    }
                    UnknownArg::Fail => "the command runs meanwhile",
                };
                format!("nobody knows the intensity: {}; {rule}", self.watch.why_unknown(now))
            }
        };
        self.notes.line(&line);
    }

    /// Says what the decisions rest on.
    fn introduce(&mut self) {
        let basis = self.watch.basis.clone().zip(self.watch.signal);
        let promise = self.settings.promise.map(|promise| {
            let end = promise.finish_by.floor_to(Span::from_seconds(1));
            let end = self.args.time_zone.readable(end);
            format!("; it is to finish by {end} {}", self.args.time_zone)
        });
        if let Some((basis, signal)) = basis {
            let promise = promise.unwrap_or_default();
            self.notes.line(&format!("run {}, by {basis} ({signal}){promise}", self.journal.id()));
        }
    }
}
