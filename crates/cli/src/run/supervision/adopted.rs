//! A job that was taken over, or whose guard is gone: its changes are not reported to this process.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};

use gpu_carbon_core::steer::Child;

use super::Supervision;
use crate::process::identity::Identity;
use crate::process::status::Change;

/// The exit status of a run whose command has ended unseen.
const LOST: u8 = 125;

impl Supervision {
    /// Takes over a job that runs, or one that has ended for a pause. Returns false where the job has just ended.
    ///
    /// # Errors
    ///
    /// Where the job belongs to another user.
    pub(crate) fn take_over(&mut self, process: Option<Identity>) -> io::Result<bool> {
        self.has_keyboard = false;
        if let Some(by_signal) = &mut self.by_signal {
            by_signal.is_again = true;
        }
        let Some(process) = process else {
            self.child = Child::Stopped;
            return Ok(true);
        };
        self.child = Child::Running;
        match process.open() {
            Ok(handle) => self.adopted = Some(handle),
            Err(_) if !process.is_alive() => return Ok(false),
            Err(error) => return Err(error),
        }
        self.job.adopt(process)?;
        Ok(true)
    }

    /// The handle that is readable once a job has ended that was taken over; `None` for any other.
    pub(crate) fn adopted(&self) -> Option<BorrowedFd<'_>> {
        self.adopted.as_ref().map(AsFd::as_fd)
    }

    /// Takes note of the end of a job that was taken over.
    pub(crate) fn end_adopted(&mut self, noted: Option<Change>) {
        self.adopted = None;
        match noted {
            Some(change) => self.ended(change),
            None => self.end_unseen(),
        }
    }

    /// Looks whether a user has stopped or continued a job that was taken over, whose changes are reported to its first guard.
    pub(super) fn check_adopted(&mut self) {
        if self.adopted.is_some() && !self.job.is_paused() {
            let is_stopped = self.is_stopped_now();
            self.by_user(is_stopped);
        }
    }

    fn end_unseen(&mut self) {
        self.notes.line("the command has ended, and its exit status is lost with its guard");
        self.child = Child::Ended;
        self.status = Some(LOST);
    }

    /// Ends the run where its job is gone without a report: its guard has ended between the two.
    pub(crate) fn check_lost(&mut self) {
        let is_gone = |process: Identity| !process.is_alive();
        if !self.job.is_guarded()
            && matches!(self.child, Child::Running | Child::Stopped | Child::Stopping)
            && self.job.process().is_some_and(is_gone)
            && self.status.is_none()
        {
            self.end_unseen();
        }
    }
}
