//! The terminal of a job: the process group that it obeys.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};

use nix::sys::signal::{SigSet, Signal as Blocked};
use rustix::process::{Pid, getpgrp, getsid};
use rustix::termios::{tcgetpgrp, tcsetpgrp};

use super::identity::Stat;

/// The terminal that controls the session.
#[derive(Debug)]
pub(crate) struct Terminal(File);

impl Terminal {
    /// Opens the terminal of the session; `None` where it has none.
    pub(crate) fn open() -> Option<Terminal> {
        OpenOptions::new().read(true).write(true).open("/dev/tty").ok().map(Terminal)
    }

    /// The process group in the foreground, which has the keyboard.
    pub(crate) fn foreground(&self) -> Option<Pid> {
        tcgetpgrp(&self.0).ok()
    }

    /// Returns true where the group of this process is in the foreground.
    pub(crate) fn is_ours(&self) -> bool {
        self.foreground() == Some(getpgrp())
    }

    /// Puts a process group into the foreground, also where this process is in the background. It does nothing where the group
    /// has ended.
    pub(crate) fn give(&self, group: Pid) {
        undisturbed(|| {
            let _ = tcsetpgrp(&self.0, group);
        });
    }
}

/// Runs something that a process in the background may do to its terminal, without being stopped by SIGTTOU.
fn undisturbed<R>(action: impl FnOnce() -> R) -> R {
    let mut blocked = SigSet::empty();
    blocked.add(Blocked::SIGTTOU);
    let before = SigSet::thread_get_mask();
    let is_blocked = blocked.thread_block().is_ok();
    let result = action();
    if let (true, Ok(before)) = (is_blocked, before) {
        let _ = before.thread_set_mask();
    }
    result
}

/// Writes a line to standard error, also from the background of a terminal. The work goes on where it cannot be written.
pub(crate) fn write_line(line: &str) {
    undisturbed(|| {
        let _ = writeln!(io::stderr(), "{line}");
    });
}

/// Returns true where a shell with job control can continue this process: a parent of its group is in another group of the session.
pub(crate) fn has_job_control() -> bool {
    let (Ok(session), group) = (getsid(None), getpgrp()) else { return false };
    let mut pid = std::process::id().try_into().unwrap_or_default();
    // The ancestors of this group, up to the first outside it.
    while let Some(stat) = Stat::of(pid) {
        if stat.group != group.as_raw_nonzero().get() {
            return stat.session == session.as_raw_nonzero().get();
        }
        pid = stat.parent;
    }
    false
}
