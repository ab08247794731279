//! A question that is asked in the background, so that no one waits for its answer.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use rustix::pipe::{PipeFlags, pipe_with};

/// Questions that are asked one at a time.
#[derive(Debug)]
pub(crate) struct Background<T> {
    is_waiting: bool,
    answers: Receiver<T>,
    to_answers: Sender<T>,
    /// The ends of a pipe: an answer is written to a copy of the second, and wakes the reader of the first.
    wake: OwnedFd,
    waker: OwnedFd,
}

impl<T: Send + 'static> Background<T> {
    /// No question yet.
    ///
    /// # Errors
    ///
    /// When the system has no pipe.
    pub(crate) fn new() -> io::Result<Background<T>> {
        let (wake, waker) = pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)?;
        let (to_answers, answers) = mpsc::channel();
        Ok(Background { is_waiting: false, answers, to_answers, wake, waker })
    }

    /// Returns true while a question has no answer.
    pub(crate) fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    /// Asks a question, unless another has no answer yet.
    pub(crate) fn ask(&mut self, question: impl FnOnce() -> T + Send + 'static) {
        if self.is_waiting {
            return;
        }
        let Ok(waker) = self.waker.try_clone() else { return };
        let sender = self.to_answers.clone();
        self.is_waiting = true;
        thread::spawn(move || {
            let _ = sender.send(question());
            let _ = rustix::io::write(waker, b".");
        });
    }

    /// Takes the next answer that has arrived.
    pub(crate) fn answer(&mut self) -> Option<T> {
        let mut bytes = [0_u8; 16];
        let _ = rustix::io::read(&self.wake, &mut bytes);
        let answer = self.answers.try_recv().ok()?;
        self.is_waiting = false;
        Some(answer)
    }

    /// The handle that is readable once an answer has arrived.
    pub(crate) fn handle(&self) -> BorrowedFd<'_> {
        self.wake.as_fd()
    }
}
