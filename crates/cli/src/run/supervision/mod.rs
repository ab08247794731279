//! The job of a run as its policy sees it: waiting, running, paused, stopped by a user, or ended.

mod adopted;
mod keyboard;

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use gpu_carbon_core::steer::Child;
use rustix::process::{Signal, getpgrp, getpid, kill_current_process_group, kill_process};
use signal_hook::consts::{SIGCONT, SIGSTOP, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};

use super::args::{Args, PauseArg};
use crate::clock::Deadline;
use crate::notes::Notes;
use crate::process::identity::{Identity, Stat};
use crate::process::job::{Job, StartError};
use crate::process::signals::{self, ENDING, Number};
use crate::process::status::Change;
use crate::process::streams;
use crate::process::terminal::{Terminal, has_job_control};

/// An event that a journal records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Started(Identity),
    /// The job has ended for a pause.
    Saved,
    ByUser {
        stopped: bool,
    },
    Signal(Number),
}

/// A job with its terminal.
#[derive(Debug)]
pub(crate) struct Supervision {
    pub(crate) job: Job,
    child: Child,
    terminal: Option<Terminal>,
    /// True where the job has the keyboard while it runs.
    has_keyboard: bool,
    by_signal: Option<BySignal>,
    /// The handle of a job that was taken over.
    adopted: Option<OwnedFd>,
    is_stopped_by_user: bool,
    /// True after this process has sent SIGTSTP to its own group, itself included.
    has_sent_stop: bool,
    /// The time until the job is killed, after it was asked to end.
    ending: Option<Deadline>,
    /// The time for which the job is not paused, after a signal was passed on.
    acting: Option<Deadline>,
    grace: Duration,
    status: Option<u8>,
    notes: Notes,
    events: Vec<Event>,
}

/// The pause by a signal upon which the job ends.
#[derive(Debug)]
struct BySignal {
    signal: Number,
    /// The exit statuses of a job that has saved itself.
    statuses: Vec<u8>,
    /// The time until which the job is to end.
    asked: Option<Deadline>,
    /// True once the job has not ended in time: it is not asked again.
    refuses: bool,
    /// True after the first start.
    is_again: bool,
}

impl Supervision {
    /// The supervision of a job that has not started.
    pub(crate) fn new(job: Job, args: &Args, grace: Duration, notes: Notes) -> Supervision {
        let by_signal = (args.pause == Some(PauseArg::Signal)).then(|| BySignal {
            signal: args.pause_signal,
            statuses: args.restart_exit.clone(),
            asked: None,
            refuses: false,
            is_again: false,
        });
        let terminal = Terminal::open();
        // In a pipeline the other programs may want the keyboard. The job then gets it when it asks for it.
        let is_interactive =
            rustix::termios::isatty(io::stdin()) && rustix::termios::isatty(io::stdout());
        Supervision {
            job,
            child: Child::NotStarted,
            has_keyboard: terminal.is_some() && is_interactive,
            terminal,
            by_signal,
            adopted: None,
            is_stopped_by_user: false,
            has_sent_stop: false,
            ending: None,
            acting: None,
            grace,
            status: None,
            notes,
            events: Vec::new(),
        }
    }

    /// The state of the job.
    pub(crate) fn child(&self) -> Child {
        match self.child {
            Child::Running | Child::Stopped if self.is_stopped_by_user => Child::StoppedByUser,
            child => child,
        }
    }

    /// The exit status of the run, once the job has ended.
    pub(crate) fn status(&self) -> Option<u8> {
        self.status
    }

    /// Returns the events since the last call.
    pub(crate) fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Returns true where the job has just got a signal: it is not paused before it can have acted upon it.
    pub(crate) fn is_acting(&self) -> bool {
        let is_recent = |deadline: &Deadline| !deadline.left().is_zero();
        self.ending.is_some() || self.acting.as_ref().is_some_and(is_recent)
    }

    /// The time until something is to be done, whatever the policy says.
    pub(crate) fn timeout(&self) -> Option<Duration> {
        if self.job.has_unread() {
            return Some(Duration::ZERO);
        }
        let asked = self.by_signal.as_ref().and_then(|it| it.asked);
        self.ending.iter().chain(&asked).map(Deadline::left).min()
    }

    /// Starts the job.
    ///
    /// # Errors
    ///
    /// Where the program is missing or cannot be executed.
    pub(crate) fn start(&mut self) -> Result<(), StartError> {
        let again = self.by_signal.as_ref().is_some_and(|it| it.is_again);
        let process = self.job.start(again)?;
        match &mut self.by_signal {
            Some(by_signal) => by_signal.is_again = true,
            None => streams::let_go(),
        }
        self.child = Child::Running;
        self.events.push(Event::Started(process));
        self.give_keyboard();
        Ok(())
    }

    /// Begins a pause.
    ///
    /// # Errors
    ///
    /// Where the job cannot be paused; it runs on.
    pub(crate) fn pause(&mut self) -> io::Result<()> {
        if let Some(by_signal) = &mut self.by_signal {
            if by_signal.refuses {
                return Err(io::Error::other("it has not ended upon the last request"));
            }
            by_signal.asked = Some(Deadline::after(self.grace));
            self.child = Child::Stopping;
            self.job.signal(by_signal.signal);
            return Ok(());
        }
        self.job.pause()?;
        self.child = Child::Stopped;
        self.take_keyboard();
        Ok(())
    }

    /// Continues the job, or starts it again.
    ///
    /// # Errors
    ///
    /// Where it cannot be started again.
    pub(crate) fn resume(&mut self) -> Result<(), StartError> {
        if self.by_signal.is_some() {
            return self.start();
        }
        self.give_keyboard();
        self.job.resume();
        self.child = Child::Running;
        Ok(())
    }

    /// Kills a job that has not ended in time, and gives up a pause that has not begun.
    pub(crate) fn check_time(&mut self) {
        self.check_adopted();
        let is_over = |deadline: &Option<Deadline>| {
            deadline.as_ref().is_some_and(|deadline| deadline.left().is_zero())
        };
        if is_over(&self.ending) {
            self.notes.line("the job has not ended in time: it is killed");
            self.ending = Some(Deadline::after(self.grace));
            self.job.signal(Signal::KILL.as_raw());
        }
        if let Some(by_signal) = &mut self.by_signal
            && is_over(&by_signal.asked)
        {
            by_signal.asked = None;
            by_signal.refuses = true;
            self.child = Child::Running;
            self.notes.line("the job has not ended in time, and is not paused any more");
        }
    }

    /// Takes note of a change of the job.
    pub(crate) fn changed(&mut self, change: Change) {
        match change {
            Change::Stopped(signal) => self.stopped(signal),
            Change::Continued if self.is_stopped_by_user && !self.is_stopped_now() => {
                self.by_user(false);
            }
            Change::Continued => {}
            Change::Exited(_) | Change::Killed(_) => self.ended(change),
        }
    }

    fn ended(&mut self, change: Change) {
        let status = change.exit_status().unwrap_or(1);
        self.take_keyboard();
        if let Some(by_signal) = &mut self.by_signal
            && (by_signal.asked.is_some() || by_signal.refuses)
            && by_signal.statuses.contains(&status)
            && self.ending.is_none()
        {
            by_signal.asked = None;
            self.child = Child::Stopped;
            self.events.push(Event::Saved);
            return;
        }
        self.child = Child::Ended;
        self.status = Some(status);
    }

    fn is_stopped_now(&self) -> bool {
        let stat = self.job.process().and_then(|process| Stat::of(process.pid));
        stat.is_some_and(|stat| stat.is_stopped())
    }

    fn stopped(&mut self, signal: Number) {
        // A report may come late: after a pause of ours, or after the job was continued.
        if signal == SIGSTOP && self.job.is_paused() || !self.is_stopped_now() {
            return;
        }
        let wants_keyboard = signal == SIGTTIN || signal == SIGTTOU;
        if wants_keyboard && let Some(terminal) = &self.terminal {
            let foreground = terminal.foreground();
            if foreground == Some(getpgrp()) || foreground == self.job.group() {
                self.has_keyboard = true;
                self.give_keyboard();
                self.job.signal(SIGCONT);
                return;
            }
        }
        let is_of_terminal = wants_keyboard || signal == SIGTSTP;
        if is_of_terminal && !has_job_control() {
            // No shell would ever continue it, and without this program the kernel would not have stopped it.
            self.job.signal(SIGCONT);
            return;
        }
        self.by_user(true);
        if is_of_terminal {
            self.suspend();
        }
    }

    fn by_user(&mut self, stopped: bool) {
        if self.is_stopped_by_user != stopped {
            self.is_stopped_by_user = stopped;
            self.events.push(Event::ByUser { stopped });
        }
    }

    /// Stops this process with the others of its group, so that the shell sees it. Returns once it is continued.
    fn suspend(&mut self) {
        self.has_sent_stop = true;
        let _ = kill_current_process_group(Signal::TSTP);
        let _ = kill_process(getpid(), Signal::STOP);
    }

    /// Takes note of a signal to this process.
    pub(crate) fn received(&mut self, signal: Number) {
        match signal {
            SIGCONT => self.continued(),
            SIGTSTP => self.stop_by_user(),
            signal if signals::FORWARDED.contains(&signal) => self.forward(signal),
            _ => {}
        }
    }

    /// Continues the job that a user had stopped, unless it is paused.
    fn continued(&mut self) {
        if std::mem::take(&mut self.is_stopped_by_user) {
            self.events.push(Event::ByUser { stopped: false });
        }
        match self.child {
            Child::Running => {
                self.give_keyboard();
                self.job.signal(SIGCONT);
            }
            _ => self.take_keyboard(),
        }
    }

    /// Stops the job and this process, upon the keyboard or a signal.
    fn stop_by_user(&mut self) {
        if std::mem::take(&mut self.has_sent_stop) || self.is_stopped_by_user || !has_job_control()
        {
            return;
        }
        if self.child == Child::Running {
            // This process stops once the job has.
            self.job.signal(SIGTSTP);
        } else {
            self.by_user(true);
            self.suspend();
        }
    }

    fn forward(&mut self, signal: Number) {
        let ends = ENDING.contains(&signal);
        self.events.push(Event::Signal(signal));
        if self.job.process().is_none() || self.is_between_runs() {
            // There is no job: this process ends as one would.
            self.child = Child::Ended;
            self.status = u8::try_from(128 + signal).ok();
            return;
        }
        if self.child == Child::Stopped {
            // A stopped process does not act upon a signal.
            self.job.resume();
            self.child = Child::Running;
            self.give_keyboard();
        }
        self.acting = Some(Deadline::after(self.grace));
        self.job.signal(signal);
        if ends && std::mem::take(&mut self.is_stopped_by_user) {
            self.job.signal(SIGCONT);
        }
        if signal == SIGTERM && self.ending.is_none() {
            self.ending = Some(Deadline::after(self.grace));
        }
    }

    /// Returns true where the job has ended for a pause.
    fn is_between_runs(&self) -> bool {
        self.by_signal.is_some() && self.child == Child::Stopped
    }
}
