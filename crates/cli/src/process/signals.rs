//! The signals that a process receives.

use std::fs;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use signal_hook::consts::{
    SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGUSR1, SIGUSR2, SIGXFSZ,
};
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;

/// A signal by its number on Linux, as signal(7) lists them.
pub(crate) type Number = i32;

/// The signals that are passed on to a job.
pub(crate) const FORWARDED: [Number; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// Those that a job may take as the request to end.
pub(crate) const ENDING: [Number; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// The received signals, in place of their usual effect.
#[derive(Debug)]
pub(crate) struct Signals {
    delivery: SignalDelivery<UnixStream, SignalOnly>,
}

impl Signals {
    /// Receives the signals of the runner of a job. Those that the caller of the program ignores stay ignored, as nohup(1) does
    /// it, also in the job. A journal that reaches the limit of the length of files (`ulimit -f`) is an error of its writer alone.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub(crate) fn of_runner() -> io::Result<Signals> {
        let ignored = ignored();
        let is_wanted = |signal: &Number| ignored & 1 << (signal - 1) == 0;
        let wanted = FORWARDED.into_iter().chain([SIGTSTP, SIGXFSZ]).filter(is_wanted);
        Signals::of(wanted.chain([SIGCHLD, SIGCONT]))
    }

    /// Receives the changes of children, and survives a file of the greatest length.
    ///
    /// # Errors
    ///
    /// Those of the system.
    pub(crate) fn of_children() -> io::Result<Signals> {
        Signals::of([SIGCHLD, SIGXFSZ])
    }

    fn of(signals: impl IntoIterator<Item = Number>) -> io::Result<Signals> {
        let (read, write) = UnixStream::pair()?;
        write.set_nonblocking(true)?;
        Ok(Signals { delivery: SignalDelivery::with_pipe(read, write, SignalOnly, signals)? })
    }

    /// Returns the signals since the last call, each once.
    pub(crate) fn received(&mut self) -> Vec<Number> {
        self.delivery.pending().collect()
    }

    /// The handle that is readable once a signal has arrived.
    pub(crate) fn handle(&self) -> BorrowedFd<'_> {
        self.delivery.get_read().as_fd()
    }
}

/// The signals that this process ignores since its start, a bit each; none where the system does not tell them.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
}

/// Returns the name of a signal, such as SIGTERM.
pub(crate) fn name(signal: Number) -> String {
    let name = signal_hook::low_level::signal_name(signal);
    name.map_or_else(|| format!("signal {signal}"), str::to_owned)
}

/// Parses the name of a signal that a job can handle, such as TERM, SIGUSR1 or 10.
///
/// # Errors
///
/// Where there is no such signal, or no program can handle it.
pub(crate) fn parse(text: &str) -> Result<Number, String> {
    let upper = text.trim().to_uppercase();
    let given = upper.strip_prefix("SIG").unwrap_or(&upper);
    let is_given = |signal: &Number| {
        name(*signal).strip_prefix("SIG") == Some(given) || signal.to_string() == *given
    };
    let allowed = FORWARDED.into_iter().find(is_given);
    let names = FORWARDED.map(name).join(", ");
    allowed.ok_or_else(|| format!("expected one of {names}, with or without SIG, or its number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_are_named_as_in_kill() {
        for (text, signal) in [("TERM", 15), ("sigusr1", 10), ("12", 12), (" INT ", 2)] {
            assert_eq!(parse(text), Ok(signal), "{text}");
        }
        assert_eq!(name(15), "SIGTERM");
        for wrong in ["", "KILL", "STOP", "9", "SIG", "TERM2", "-15"] {
            assert!(parse(wrong).unwrap_err().contains("SIGUSR1"), "{wrong}");
        }
    }
}
