//! Processes by their number and their start: numbers are used again, and the two together are not.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

/// A process by its number and its start, in ticks since the machine was booted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Identity {
    pub(crate) pid: i32,
    pub(crate) start: u64,
}

/// The state of a process, as `/proc/PID/stat` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stat {
    pub(crate) identity: Identity,
    pub(crate) parent: i32,
    pub(crate) group: i32,
    pub(crate) session: i32,
    /// The letter of the state, such as `T` for stopped.
    pub(crate) state: u8,
}

impl Stat {
    /// The state of a stopped process.
    const STOPPED: u8 = b'T';

    /// The states of a process that has ended: a zombie, and one that is removed.
    const ENDED: [u8; 3] = [b'Z', b'X', b'x'];

    /// Reads the state of a process; `None` where there is none.
    pub(crate) fn of(pid: i32) -> Option<Stat> {
        Stat::parse(&fs::read(format!("/proc/{pid}/stat")).ok()?)
    }

    /// Parses `/proc/PID/stat`. The name of the program, in brackets, may have any character.
    pub(crate) fn parse(text: &[u8]) -> Option<Stat> {
        let open = text.iter().position(|&byte| byte == b'(')?;
        let close = text.iter().rposition(|&byte| byte == b')')?;
        let pid = std::str::from_utf8(text.get(..open)?).ok()?.trim().parse().ok()?;
        let rest = std::str::from_utf8(text.get(close + 1..)?).ok()?;
        let mut fields = rest.split_ascii_whitespace();
        let state = *fields.next()?.as_bytes().first()?;
        let mut number = || fields.next()?.parse().ok();
        let (parent, group, session) = (number()?, number()?, number()?);
        // The start is the 22nd field of proc(5), and the session the 6th.
        let start = fields.nth(15)?.parse().ok()?;
        Some(Stat { identity: Identity { pid, start }, parent, group, session, state })
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.state == Stat::STOPPED
    }

    pub(crate) fn has_ended(&self) -> bool {
        Stat::ENDED.contains(&self.state)
    }
}

impl Identity {
    /// The process that has a number now; `None` where there is none.
    pub(crate) fn of(pid: i32) -> Option<Identity> {
        Stat::of(pid).map(|stat| stat.identity)
    }

    /// Returns true while the process is there and has not ended.
    pub(crate) fn is_alive(self) -> bool {
        Stat::of(self.pid).is_some_and(|stat| stat.identity == self && !stat.has_ended())
    }

    /// Opens a handle of the process, which is readable once it has ended.
    ///
    /// # Errors
    ///
    /// Where the process has ended.
    pub(crate) fn open(self) -> io::Result<OwnedFd> {
        let gone = || io::Error::from(io::ErrorKind::NotFound);
        let pid = Pid::from_raw(self.pid).ok_or_else(gone)?;
        let handle = pidfd_open(pid, PidfdFlags::empty())?;
        // The handle is that of the process that has the number now: compare after it was opened.
        if Identity::of(self.pid) == Some(self) { Ok(handle) } else { Err(gone()) }
    }

    /// Sends a signal to the process, and to no other that has its number by now.
    ///
    /// # Errors
    ///
    /// Where the process has ended, or the user may not send it signals.
    pub(crate) fn send(self, signal: Signal) -> io::Result<()> {
        let handle = self.open()?;
        Ok(pidfd_send_signal(handle, signal)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_and_spaces_does_not_shift_the_fields() {
        let text = b"12 (a) b (c) T 1 34 56 34816 12 4194304 1 2 3 4 5 6 7 8 20 0 1 0 998877 1 2";
        let stat = Stat::parse(text).unwrap();
        assert_eq!(stat.identity, Identity { pid: 12, start: 998_877 });
        assert_eq!((stat.parent, stat.group, stat.session), (1, 34, 56));
        assert!(stat.is_stopped() && !stat.has_ended());
        for end in 0..text.len() - 10 {
            assert_eq!(
                Stat::parse(&text[..end]).filter(|stat| stat.identity.start > 998_877),
                None
            );
        }
    }

    #[test]
    fn this_process_is_alive_and_another_with_its_number_is_not() {
        let pid = i32::try_from(std::process::id()).unwrap();
        let this = Identity::of(pid).unwrap();
        assert!(this.is_alive());
        let other = Identity { start: this.start + 1, ..this };
        assert!(!other.is_alive() && other.send(Signal::CONT).is_err());
    }
}
