//! A progress bar for people who wait at a terminal.

use std::fmt;
use std::io::{IsTerminal, Write, stderr};
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// The time after which the bar appears: shorter work shows none.
const PATIENCE: Duration = Duration::from_secs(1);

/// The layout of the bar.
const TEMPLATE: &str = "{bar:30} {pos} of {len} {msg}{left}";

/// A bar on standard error, removed at the end; none where standard error is not a terminal.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    shown: bool,
}

impl Progress {
    /// Starts a bar of `total` steps, which appears when the work takes long. `done` describes a step that is done, such as
    /// "read".
    pub(crate) fn of(total: usize, done: &'static str) -> Progress {
        let bar = ProgressBar::with_draw_target(Some(count(total)), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template(TEMPLATE);
        bar.set_style(
            style.unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("left", left),
        );
        bar.set_message(done);
        Progress { bar, shown: false }
    }

    /// Starts a bar as [`Progress::of`] does, for slow requests: it appears at once, and `before` steps are done already.
    /// Where standard error is not a terminal, one line announces the work: `announcement`.
    pub(crate) fn of_requests(
        total: usize,
        before: usize,
        done: &'static str,
        announcement: &str,
    ) -> Progress {
        let mut progress = Progress::of(total, done);
        progress.bar.set_position(count(before));
        progress.bar.reset_eta();
        progress.show();
        if !stderr().is_terminal() {
            // The work goes on where this line cannot be written.
            let _ = writeln!(stderr(), "{announcement}");
        }
        progress
    }

    /// Counts one more step as done.
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

/// Writes the estimated time for the rest, once there is an estimate.
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
