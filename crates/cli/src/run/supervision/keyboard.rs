//! The keyboard of the terminal: the job's while it runs, and this process's while it is paused.

use rustix::process::{Pid, getpgrp};

use super::Supervision;

impl Supervision {
    /// Gives the keyboard to the job, where this process has it.
    pub(super) fn give_keyboard(&self) {
        if let (true, Some(terminal), Some(group)) =
            (self.has_keyboard, &self.terminal, self.job.group())
            && terminal.is_ours()
        {
            terminal.give(group);
        }
    }

    /// Takes the keyboard back from the job, so that its keys reach this process while the job cannot act upon them.
    pub(super) fn take_keyboard(&self) {
        let group: Option<Pid> = self.job.group();
        if let Some(terminal) = &self.terminal
            && group.is_some()
            && terminal.foreground() == group
        {
            terminal.give(getpgrp());
        }
    }
}
