//! Stopping all processes of a job by SIGSTOP, and continuing them.

use std::collections::HashSet;
use std::io;

use rustix::process::{Pid, Signal, kill_process_group};

use super::identity::{Identity, Stat};
use super::tree::descendants;

/// The most searches for processes that have left the group of a job while it was stopped.
const MOST_SEARCHES: usize = 50;

/// The processes of a job that are stopped.
#[derive(Debug, Default)]
pub(super) struct Stopped {
    /// Those outside the group of the job: descendants that called setsid(2) or setpgid(2).
    outside: Vec<Identity>,
    /// Those of the group that another had stopped before, and that stay so.
    before: HashSet<Identity>,
}

/// A job to stop.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    /// The process group of the job.
    pub(super) group: Pid,
    /// The process whose descendants are the job.
    pub(super) root: i32,
    /// The guard, which is one of the descendants and not of the job.
    pub(super) guard: Option<i32>,
}

impl Target {
    fn processes(self) -> io::Result<Vec<Stat>> {
        descendants(self.root, self.guard)
    }

    fn is_in_group(self, stat: &Stat) -> bool {
        stat.group == self.group.as_raw_nonzero().get()
    }

    /// Stops the group, and all descendants outside it. `announce` is called with those before they are stopped.
    ///
    /// # Errors
    ///
    /// Where `/proc` cannot be read, or an announcement fails. What was stopped until then is in `stopped`.
    pub(super) fn stop(
        self,
        stopped: &mut Stopped,
        mut announce: impl FnMut(&[Identity]) -> io::Result<()>,
    ) -> io::Result<()> {
        let first = self.processes()?;
        let before = first.iter().filter(|stat| stat.is_stopped());
        stopped.before = before.map(|stat| stat.identity).collect();
        // The kernel reaches all of a group at once, also those that fork meanwhile.
        signal_group(self.group, Signal::STOP)?;
        let mut processes = first;
        for _ in 0..MOST_SEARCHES {
            let is_new = |stat: &&Stat| {
                !self.is_in_group(stat)
                    && !stopped.before.contains(&stat.identity)
                    && !stopped.outside.contains(&stat.identity)
            };
            let found: Vec<_> = processes.iter().filter(is_new).map(|it| it.identity).collect();
            if !found.is_empty() {
                announce(&found)?;
                stopped.outside.extend(&found);
                for process in found {
                    // One that has ended meanwhile, or belongs to another user, cannot be stopped.
                    let _ = process.send(Signal::STOP);
                }
            }
            let outside = processes.iter().any(|stat| !self.is_in_group(stat));
            processes = self.processes()?;
            // One that left the group just before it was stopped is seen by the second search at the latest.
            if !outside && processes.iter().all(|stat| self.is_in_group(stat)) {
                return Ok(());
            }
            let known = |stat: &Stat| {
                self.is_in_group(stat)
                    || stopped.before.contains(&stat.identity)
                    || stopped.outside.contains(&stat.identity)
            };
            if processes.iter().all(known) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Continues what [`Target::stop`] has stopped.
    pub(super) fn resume(self, stopped: Stopped) {
        let Stopped { outside, before } = stopped;
        if before.is_empty() {
            let _ = signal_group(self.group, Signal::CONT);
        } else {
            let processes = self.processes().unwrap_or_default();
            let ours = processes.iter().filter(|stat| self.is_in_group(stat));
            for stat in ours.filter(|stat| !before.contains(&stat.identity)) {
                let _ = stat.identity.send(Signal::CONT);
            }
        }
        for process in outside {
            let _ = process.send(Signal::CONT);
        }
    }
}

/// Sends a signal to a process group.
///
/// # Errors
///
/// Where none of the group is there, or may be sent signals.
pub(super) fn signal_group(group: Pid, signal: Signal) -> io::Result<()> {
    Ok(kill_process_group(group, signal)?)
}
