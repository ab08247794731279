//! A job as its runner sees it.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, getpid, set_child_subreaper};

use super::freezer::Freezer;
use super::guard::{self, GuardArgs};
use super::identity::{Identity, Stat};
use super::link::{News, Order, Receiver, Sender, Setting};
use super::pause::{Stopped, Target, signal_group};
use super::status::{Change, next_change};

/// The longest wait for a guard to answer, in seconds: it has to be loaded from a disk.
const PATIENCE: i64 = 30;

/// The job that is to be run.
#[derive(Debug)]
pub(crate) struct JobSetting {
    /// The program and its arguments.
    pub(crate) command: Vec<OsString>,
    /// The same for another start; empty where there is none.
    pub(crate) restart: Vec<OsString>,
    /// The control group by which it is paused; `None` where it is stopped by signals.
    pub(crate) freezer: Option<Freezer>,
    /// The file in which the guard notes the end of a job that the runner does not see.
    pub(crate) journal: PathBuf,
}

/// A reason why a job has not started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    /// The program is missing.
    #[error("{program}: {reason}")]
    Missing { program: String, reason: String },
    /// The program cannot be executed.
    #[error("{program}: {reason}")]
    NotExecutable { program: String, reason: String },
    /// The guard is gone, or the system refuses.
    #[error("the job cannot be watched over: {0}")]
    Own(#[from] io::Error),
}

/// A job.
#[derive(Debug)]
pub(crate) struct Job {
    program: String,
    /// The guard, while it lives.
    guard: Option<i32>,
    orders: Sender,
    news: Receiver,
    /// News that have arrived, and that no one has read.
    unread: VecDeque<News>,
    freezer: Option<Freezer>,
    /// The job, once it was started.
    process: Option<Identity>,
    /// The process whose descendants are the job.
    root: i32,
    paused: Option<Paused>,
}

/// The way in which a job is paused.
#[derive(Debug)]
enum Paused {
    Stopped(Stopped),
    Frozen,
}

impl Job {
    /// Starts the guard of a job, which does not run yet.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub(crate) fn prepare(setting: JobSetting) -> io::Result<Job> {
        let JobSetting { command, restart, freezer, journal } = setting;
        let program = command.first().map(|it| it.to_string_lossy().into_owned());
        // Orphans come here if the guard is gone.
        set_child_subreaper(Some(getpid()))?;
        let (orders_end, orders) = pipe_with(PipeFlags::CLOEXEC)?;
        let (news, news_end) = pipe_with(PipeFlags::CLOEXEC)?;
        let args = GuardArgs {
            pipes: [orders_end.as_raw_fd(), news_end.as_raw_fd()],
            setting: Setting {
                freezer: freezer.as_ref().map(|it| it.folder().to_owned()),
                journal,
            },
            command,
            restart,
        };
        let spawned = Command::new("/proc/self/exe")
            .arg0("gpu-carbon")
            .arg(guard::ARGUMENT)
            .args(args.words())
            // Of the same session, and of another group than both the runner and the job.
            .process_group(0)
            .stdin(Stdio::inherit())
            .spawn()?;
        let guard = Pid::from_child(&spawned).as_raw_nonzero().get();
        let mut job = Job {
            program: program.unwrap_or_default(),
            guard: Some(guard),
            orders: Sender::new(orders),
            news: Receiver::new(news),
            unread: VecDeque::new(),
            freezer,
            process: None,
            root: getpid().as_raw_nonzero().get(),
            paused: None,
        };
        job.answer(|news| *news == News::Ready)?;
        // From now on the ends of the guard are its own: if it dies, the pipes end.
        drop((orders_end, news_end));
        Ok(job)
    }

    /// Starts the job, as it is given or as it is restarted.
    ///
    /// # Errors
    ///
    /// Where the program is missing or cannot be executed, or the guard is gone.
    pub(crate) fn start(&mut self, again: bool) -> Result<Identity, StartError> {
        self.orders.send(&Order::Start { again })?;
        let answers = |news: &News| matches!(news, News::Started(_) | News::Failed { .. });
        match self.answer(answers)? {
            News::Failed { error: reason, is_missing } => {
                let program = self.program.clone();
                Err(match is_missing {
                    true => StartError::Missing { program, reason },
                    false => StartError::NotExecutable { program, reason },
                })
            }
            News::Started(process) => {
                self.process = Some(process);
                Ok(process)
            }
            News::Ready | News::Changed(_) => {
                Err(io::Error::from(io::ErrorKind::InvalidData).into())
            }
        }
    }

    /// Takes over a job that another runner has started.
    ///
    /// # Errors
    ///
    /// Where the guard is gone.
    pub(crate) fn adopt(&mut self, process: Identity) -> io::Result<()> {
        self.orders.send(&Order::Adopt(process))?;
        self.process = Some(process);
        // Its first guard has the orphans of the job as its children; without it they are not found.
        let parent = Stat::of(process.pid).map(|stat| stat.parent).filter(|&parent| parent > 1);
        self.root = parent.unwrap_or(process.pid);
        Ok(())
    }

    /// Waits for the answer of the guard to an order; other news stay unread.
    fn answer(&mut self, is_answer: impl Fn(&News) -> bool) -> io::Result<News> {
        loop {
            let timeout = Timespec { tv_sec: PATIENCE, tv_nsec: 0 };
            let mut handles = [PollFd::from_borrowed_fd(self.news.handle(), PollFlags::IN)];
            match poll(&mut handles, Some(&timeout)) {
                Ok(0) => return Err(io::Error::other("the guard does not answer")),
                Err(rustix::io::Errno::INTR) => continue,
                other => other?,
            };
            self.unread.extend(self.news.receive::<News>());
            let found = self.unread.iter().position(&is_answer);
            if let Some(news) = found.and_then(|found| self.unread.remove(found)) {
                return Ok(news);
            }
            if self.news.is_closed {
                self.guard = None;
                return Err(io::Error::other("the guard has ended"));
            }
        }
    }

    /// The handle that is readable once the guard has news; `None` once the guard is gone.
    pub(crate) fn handle(&self) -> Option<BorrowedFd<'_>> {
        self.guard.map(|_| self.news.handle())
    }

    /// Returns true where news have arrived already, for which no one has to wait.
    pub(crate) fn has_unread(&self) -> bool {
        !self.unread.is_empty()
    }

    /// Returns true while the guard lives.
    pub(crate) fn is_guarded(&self) -> bool {
        self.guard.is_some()
    }

    /// Reads the news of the guard where its handle was found readable, waits for children of this process that have changed, and
    /// returns the changes of the job. Its parent is the guard, and this process once the guard is gone.
    pub(crate) fn changes(&mut self, is_readable: bool) -> Vec<Change> {
        if is_readable && self.guard.is_some() {
            self.unread.extend(self.news.receive::<News>());
            if self.news.is_closed {
                self.guard = None;
            }
        }
        let change = |news| if let News::Changed(change) = news { Some(change) } else { None };
        let mut changes: Vec<_> = self.unread.drain(..).filter_map(change).collect();
        while let Some((pid, change)) = next_change() {
            if self.process.is_some_and(|process| process.pid == pid) {
                changes.push(change);
            }
        }
        changes
    }

    /// The process group of the job.
    pub(crate) fn group(&self) -> Option<Pid> {
        self.process.and_then(|process| Pid::from_raw(process.pid))
    }

    /// The main process of the job.
    pub(crate) fn process(&self) -> Option<Identity> {
        self.process
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    fn target(&self) -> io::Result<Target> {
        let group = self.group().ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(Target { group, root: self.root, guard: self.guard })
    }

    /// Stops or freezes all processes of the job.
    ///
    /// # Errors
    ///
    /// Where it has ended or no guard watches over it, or the system refuses; it then runs on.
    pub(crate) fn pause(&mut self) -> io::Result<()> {
        if self.paused.is_some() {
            return Ok(());
        }
        let target = self.target()?;
        // The guard hears of it before anything is stopped.
        self.orders.send(&Order::Pause)?;
        let paused = match &self.freezer {
            Some(freezer) => {
                let frozen = freezer.freeze();
                (Paused::Frozen, frozen)
            }
            None => {
                let mut stopped = Stopped::default();
                let orders = &mut self.orders;
                let done = target
                    .stop(&mut stopped, |processes| orders.send(&Order::Stop(processes.to_vec())));
                (Paused::Stopped(stopped), done)
            }
        };
        let (paused, done) = paused;
        self.paused = Some(paused);
        if done.is_err() {
            self.resume();
        }
        done
    }

    /// Continues all processes that [`Job::pause`] has stopped.
    pub(crate) fn resume(&mut self) {
        let Some(paused) = self.paused.take() else { return };
        match (paused, &self.freezer) {
            (Paused::Frozen, Some(freezer)) => {
                // Once more where it fails for the moment: the group is there, and is ours.
                let _ = freezer.thaw().or_else(|_| freezer.thaw());
            }
            (Paused::Stopped(stopped), _) => {
                if let Ok(target) = self.target() {
                    target.resume(stopped);
                }
            }
            (Paused::Frozen, None) => {}
        }
        let _ = self.orders.send(&Order::Continued);
    }

    /// Sends a signal to the process group of the job; nothing where it has ended.
    pub(crate) fn signal(&self, signal: i32) {
        if let (Some(group), Some(signal)) = (self.group(), Signal::from_named_raw(signal)) {
            let _ = signal_group(group, signal);
        }
    }

    /// Releases the guard, at the end of the job.
    pub(crate) fn leave(mut self) {
        self.resume();
        let _ = self.orders.send(&Order::Leave);
    }
}
