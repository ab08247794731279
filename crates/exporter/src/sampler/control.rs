//! The control of the sampler by the operator.

use std::sync::mpsc::Sender;
use std::time::Duration;

use tokio::sync::oneshot;

use super::message::{Command, Message, ReleaseOutcome};
use super::settings::Settings;

/// The control of the sampler.
#[derive(Debug, Clone)]
pub struct Control(Sender<Message>);

impl Control {
    pub(super) const fn new(messages: Sender<Message>) -> Control {
        Control(messages)
    }

    /// Releases all GPUs, and unloads the library, for a time. The outcome follows within seconds.
    #[must_use]
    pub fn release(&self, duration: Duration) -> oneshot::Receiver<ReleaseOutcome> {
        let (reply, outcome) = oneshot::channel();
        self.send(Command::Release { duration, reply });
        outcome
    }

    /// Reads the GPUs again after a release. The answer comes once the listener knows of it.
    #[must_use]
    pub fn resume(&self) -> oneshot::Receiver<()> {
        let (reply, answer) = oneshot::channel();
        self.send(Command::Resume { reply });
        answer
    }

    /// Applies other settings.
    pub fn configure(&self, settings: Settings) {
        self.send(Command::Configure(Box::new(settings)));
    }

    fn send(&self, command: Command) {
        // The thread runs until the process ends.
        let _ = self.0.send(Message::Command(command));
    }
}
