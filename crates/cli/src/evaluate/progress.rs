//! How far the work has come, for whoever waits at a terminal.

use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// Whoever waits for less is shown nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line on standard error that counts, and is gone at the end; none where that is no terminal.
#[derive(Debug)]
pub(super) struct Progress {
    began: Instant,
    total: usize,
    done: usize,
    at_terminal: bool,
    shown: bool,
}

impl Progress {
    pub(super) fn of(total: usize) -> Progress {
        let (began, at_terminal) = (Instant::now(), stderr().is_terminal());
        Progress { began, total, done: 0, at_terminal, shown: false }
    }

    /// One more is done.
    pub(super) fn step(&mut self) {
        self.done += 1;
        if self.at_terminal && self.began.elapsed() > PATIENCE {
            self.shown = true;
            write(&format!("\r{} of {} evaluated", self.done, self.total));
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
