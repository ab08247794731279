//! How far the work has come, for whoever waits at a terminal.

use std::fmt;
use std::io::{IsTerminal, Write, stderr};
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// Whoever waits for less is shown nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// What the terminal shows.
const TEMPLATE: &str = "{bar:30} {pos} of {len} {msg}{left}";

/// A bar on standard error, gone at the end; none where that is no terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    shown: bool,
}

impl Progress {
    /// Of so many that each come to be something, such as read. It is shown when it takes long.
    pub(crate) fn of(total: usize, done_is: &'static str) -> Progress {
        let bar = ProgressBar::with_draw_target(Some(count(total)), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template(TEMPLATE);
        bar.set_style(
            style.unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("left", left),
        );
        bar.set_message(done_is);
        Progress { bar, shown: false }
    }

    /// As [`Progress::of`], of others that answer slowly: shown at once. So many were done before. Where there is
    /// no terminal, one line says what is to come.
    pub(crate) fn of_others(
        total: usize,
        before: usize,
        done_is: &'static str,
        to_come: &str,
    ) -> Progress {
        let mut progress = Progress::of(total, done_is);
        progress.bar.set_position(count(before));
        progress.bar.reset_eta();
        progress.show();
        if !stderr().is_terminal() {
            // That it cannot be said stops no work.
            let _ = writeln!(stderr(), "{to_come}");
        }
        progress
    }

    /// One more is done.
    pub(crate) fn step(&mut self) {
        if !self.shown && self.bar.elapsed() > PATIENCE {
            self.show();
        }
        self.bar.inc(1);
    }

    fn show(&mut self) {
        self.shown = true;
        self.bar.set_draw_target(ProgressDrawTarget::stderr());
        self.bar.tick();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// How long the rest will take, once that can be told.
fn left(state: &ProgressState, to: &mut dyn fmt::Write) {
    let left = state.eta();
    if !left.is_zero() {
        // Writing to a string cannot fail.
        let _ = write!(to, ", {:#} to go", HumanDuration(left));
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
