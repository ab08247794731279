//! The messages between the runner of a job and its guard: lines of JSON in two pipes.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::status::Change;

/// A message of the runner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Order {
    /// Start the job, as given or as it is restarted.
    Start { again: bool },
    /// Watch over a job that another guard has started.
    Adopt(Identity),
    /// A pause begins: from now on processes of the group may be stopped.
    Pause,
    /// These processes outside the group will be stopped.
    Stop(Vec<Identity>),
    /// All is continued.
    Continued,
    /// The runner leaves: nothing is to be done.
    Leave,
}

/// A message of the guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum News {
    /// The guard has opened both pipes.
    Ready,
    /// The job runs.
    Started(Identity),
    /// The job cannot be started.
    Failed { error: String, is_missing: bool },
    /// The job has changed.
    Changed(Change),
}

/// The facts that a guard has from its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// The control group of the job, to be frozen; `None` where it is stopped by signals.
    pub(super) freezer: Option<PathBuf>,
    /// The file in which the end of the job is noted where the runner has ended before.
    pub(super) journal: PathBuf,
}

/// An end of a pipe that is written to.
#[derive(Debug)]
pub(super) struct Sender(File);

impl Sender {
    pub(super) fn new(pipe: OwnedFd) -> Sender {
        Sender(File::from(pipe))
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// Where the other end is gone.
    pub(super) fn send(&mut self, message: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        self.0.write_all(&line)
    }
}

/// An end of a pipe that is read from.
#[derive(Debug)]
pub(super) struct Receiver {
    pipe: File,
    buffer: Vec<u8>,
    /// True once the other end is gone.
    pub(super) is_closed: bool,
}

impl Receiver {
    pub(super) fn new(pipe: OwnedFd) -> Receiver {
        Receiver { pipe: File::from(pipe), buffer: Vec::new(), is_closed: false }
    }

    pub(super) fn handle(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }

    /// Reads what has arrived, after the handle was found readable, and returns the messages that are complete.
    pub(super) fn receive<M: DeserializeOwned>(&mut self) -> Vec<M> {
        let mut chunk = [0; 4096];
        match self.pipe.read(&mut chunk) {
            Ok(0) => self.is_closed = true,
            Ok(length) => self.buffer.extend(chunk.iter().take(length)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.is_closed = true,
        }
        let Some(end) = self.buffer.iter().rposition(|&byte| byte == b'\n') else {
            return Vec::new();
        };
        let whole: Vec<u8> = self.buffer.drain(..=end).collect();
        let lines = whole.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
        lines.filter_map(|line| serde_json::from_slice(line).ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_arrive_whole_and_in_order_and_an_end_is_seen() {
        let (read, write) = rustix::pipe::pipe().unwrap();
        let (mut sender, mut receiver) = (Sender::new(write), Receiver::new(read));
        let many = (0..90).map(|pid| Identity { pid, start: u64::MAX }).collect();
        let sent = vec![Order::Start { again: false }, Order::Pause, Order::Stop(many)];
        let mut received: Vec<Order> = Vec::new();
        for order in &sent {
            sender.send(order).unwrap();
        }
        while received.len() < sent.len() {
            received.extend(receiver.receive());
        }
        assert_eq!(received, sent);
        drop(sender);
        assert!(receiver.receive::<Order>().is_empty() && receiver.is_closed);
    }
}
