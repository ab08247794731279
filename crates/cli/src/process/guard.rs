//! The guard: the parent of a job, which continues the job where the runner ends without saying so.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use gpu_carbon_memory::LinkedFiles;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, getppid, set_child_subreaper};

use super::freezer;
use super::identity::Identity;
use super::link::{News, Order, Receiver, Sender, Setting};
use super::pause::signal_group;
use super::signals::Signals;
use super::status::{Change, next_change};
use super::streams;

/// The first argument of the program where it is a guard.
pub const ARGUMENT: &str = "guard-of-a-job";

/// The arguments of a guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct GuardArgs {
    /// The numbers of the ends of the pipes in the runner: orders, news.
    pub(super) pipes: [i32; 2],
    pub(super) setting: Setting,
    pub(super) command: Vec<OsString>,
    /// The command that starts the job again.
    pub(super) restart: Vec<OsString>,
}

impl GuardArgs {
    /// The words of the command line, after [`ARGUMENT`].
    pub(super) fn words(&self) -> Vec<OsString> {
        let Setting { freezer, journal } = &self.setting;
        let [orders, news] = self.pipes.map(|it| it.to_string().into());
        let freezer = freezer.clone().unwrap_or_default().into_os_string();
        let count = self.command.len().to_string().into();
        let mut words = vec![orders, news, freezer, journal.clone().into_os_string(), count];
        words.extend(self.command.iter().chain(&self.restart).cloned());
        words
    }

    /// Reads the words; `None` where they are none of a guard.
    fn read(words: impl IntoIterator<Item = OsString>) -> Option<GuardArgs> {
        let mut words = words.into_iter();
        let mut number = || words.next()?.to_str()?.parse::<i32>().ok();
        let pipes = [number()?, number()?];
        let freezer = Some(PathBuf::from(words.next()?)).filter(|it| !it.as_os_str().is_empty());
        let journal = words.next()?.into();
        let count: usize = words.next()?.to_str()?.parse().ok()?;
        let command: Vec<_> = words.by_ref().take(count).collect();
        let restart = words.collect();
        Some(GuardArgs { pipes, setting: Setting { freezer, journal }, command, restart })
    }
}

/// Runs as the guard, with the words after [`ARGUMENT`].
#[must_use]
pub fn main(words: impl IntoIterator<Item = OsString>) -> ExitCode {
    let guard = GuardArgs::read(words).and_then(|args| Guard::new(args).ok());
    match guard {
        Some(mut guard) => {
            guard.run();
            ExitCode::SUCCESS
        }
        None => ExitCode::from(125),
    }
}

struct Guard {
    args: GuardArgs,
    orders: Receiver,
    news: Sender,
    signals: Signals,
    /// The number of the job, until it ends.
    job: Option<i32>,
    /// The process group of the job, which may outlive it.
    group: Option<Pid>,
    /// True while the runner may have stopped processes of the job.
    is_paused: bool,
    /// Those outside the group of the job.
    outside: Vec<Identity>,
}

impl Guard {
    fn new(args: GuardArgs) -> io::Result<Guard> {
        let runner = getppid().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let end = |number: i32| format!("/proc/{}/fd/{number}", runner.as_raw_nonzero());
        let [orders, news] = args.pipes.map(end);
        let orders = Receiver::new(File::open(orders)?.into());
        let mut news = Sender::new(OpenOptions::new().write(true).open(news)?.into());
        let signals = Signals::of_children()?;
        // Orphans of the job come here, where they are found and waited for.
        set_child_subreaper(Some(rustix::process::getpid()))?;
        news.send(&News::Ready)?;
        Ok(Guard {
            args,
            orders,
            news,
            signals,
            job: None,
            group: None,
            is_paused: false,
            outside: Vec::new(),
        })
    }

    /// Serves the runner until it leaves, or until the job has ended without it.
    fn run(&mut self) {
        // It runs as long as the job, and needs little of its code.
        LinkedFiles::at_start().give_back();
        loop {
            let mut handles = vec![PollFd::from_borrowed_fd(self.signals.handle(), PollFlags::IN)];
            if !self.orders.is_closed {
                handles.push(PollFd::from_borrowed_fd(self.orders.handle(), PollFlags::IN));
            }
            let _ = poll(&mut handles, None);
            let has_orders = handles.get(1).is_some_and(|it| !it.revents().is_empty());
            drop(handles);
            self.signals.received();
            self.collect();
            if has_orders {
                for order in self.orders.receive() {
                    if order == Order::Leave {
                        return;
                    }
                    self.obey(order);
                }
                if self.orders.is_closed {
                    self.release();
                }
            }
            if self.orders.is_closed && self.job.is_none() {
                return;
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Start { again } => self.start(again),
            Order::Adopt(job) => self.group = Pid::from_raw(job.pid),
            Order::Pause => self.is_paused = true,
            Order::Stop(processes) => self.outside.extend(processes),
            Order::Continued => {
                self.is_paused = false;
                self.outside.clear();
            }
            Order::Leave => {}
        }
    }

    fn start(&mut self, again: bool) {
        let words = if again { &self.args.restart } else { &self.args.command };
        let news = match self.spawn(&words.clone()) {
            Ok(identity) => News::Started(identity),
            Err(error) => {
                let is_missing = error.kind() == io::ErrorKind::NotFound;
                News::Failed { error: error.to_string(), is_missing }
            }
        };
        let _ = self.news.send(&news);
    }

    fn spawn(&mut self, words: &[OsString]) -> io::Result<Identity> {
        let (program, rest) =
            words.split_first().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let freezer = self.args.setting.freezer.as_deref();
        // The job begins in its control group, so that nothing of it is ever outside.
        let outer = freezer.map(freezer::enter).transpose()?;
        let spawned = Command::new(program).args(rest).process_group(0).spawn();
        if let Some(outer) = outer {
            let _ = freezer::enter(&outer);
        }
        let child = spawned?;
        if self.args.restart.is_empty() {
            // The job alone decides when its input and output end.
            streams::let_go_of_all();
        }
        let group = Pid::from_child(&child);
        let pid = group.as_raw_nonzero().get();
        (self.job, self.group) = (Some(pid), Some(group));
        // The child is there until it is waited for, which happens here alone.
        Ok(Identity::of(pid).unwrap_or(Identity { pid, start: 0 }))
    }

    /// Waits for all children that have changed, and reports the changes of the job.
    fn collect(&mut self) {
        while let Some((pid, change)) = next_change() {
            if self.job != Some(pid) {
                continue;
            }
            let is_heard = self.news.send(&News::Changed(change)).is_ok();
            if change.exit_status().is_some() {
                self.job = None;
                // The end of the runner may be seen after the end of the job.
                if self.orders.is_closed || !is_heard {
                    self.note(change);
                }
            }
        }
    }

    /// Continues all that the runner may have left paused.
    fn release(&mut self) {
        if let Some(folder) = &self.args.setting.freezer {
            let _ = freezer::thaw(folder);
        }
        if !std::mem::take(&mut self.is_paused) {
            return;
        }
        if let Some(group) = self.group {
            let _ = signal_group(group, Signal::CONT);
        }
        for process in self.outside.drain(..) {
            let _ = process.send(Signal::CONT);
        }
    }

    /// Notes the end of the job in the journal, which the runner has left.
    fn note(&self, change: Change) {
        let line = serde_json::json!({ "event": "ended_without_runner", "change": change });
        // In one write, since a runner that takes the job over appends to the same file.
        let line = format!("{line}\n");
        let journal = OpenOptions::new().append(true).open(&self.args.setting.journal);
        let _ = journal.and_then(|mut file| {
            file.write_all(line.as_bytes())?;
            file.sync_data()
        });
        if let Some(folder) = &self.args.setting.freezer {
            freezer::remove(folder);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_guard_are_read_as_they_were_written() {
        let words = |texts: &[&str]| texts.iter().map(OsString::from).collect::<Vec<_>>();
        for (freezer, restart) in [(None, vec![]), (Some("/sys/x".into()), words(&["b", "--"]))] {
            let setting = Setting { freezer, journal: "/var/x y".into() };
            let args = GuardArgs {
                pipes: [7, 8],
                setting,
                command: words(&["a", "-x", "", "--"]),
                restart,
            };
            assert_eq!(GuardArgs::read(args.words()), Some(args));
        }
        assert_eq!(GuardArgs::read(words(&["1", "x"])), None);
    }
}
