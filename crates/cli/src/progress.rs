//! How far the work has come, for whoever waits at a terminal.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// Whoever waits for less is shown nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line on standard error that counts, and is gone at the end; none where that is no terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    began: Instant,
    done_is: &'static str,
    total: usize,
    done: usize,
    at_terminal: bool,
    shown: bool,
}

impl Progress {
    /// Of so many that each come to be something, such as read.
    pub(crate) fn of(total: usize, done_is: &'static str) -> Progress {
        let (began, at_terminal) = (Instant::now(), stderr().is_terminal());
        Progress { began, done_is, total, done: 0, at_terminal, shown: false }
    }

    /// One more is done.
    pub(crate) fn step(&mut self) {
        self.done += 1;
        if self.at_terminal && self.began.elapsed() > PATIENCE {
            self.shown = true;
            write(&format!("\r{} of {} {}", self.done, self.total, self.done_is));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.shown {
            write("\r\x1b[K");
        }
    }
}

/// That it cannot be shown stops no work.
fn write(text: &str) {
    let mut stderr = stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
