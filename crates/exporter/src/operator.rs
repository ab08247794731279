//! The requests of the operator while the exporter runs: by signals, and by HTTP.

use std::sync::{Arc, mpsc as std_mpsc};
use std::time::Duration;

use tokio::sync::{Mutex, mpsc, oneshot};
use tracing::info;

use crate::accounting::Message;
use crate::reload::Reloader;
use crate::sampler::{self, ReleaseOutcome};
use crate::signals::{Request, Signals};

/// The time for which a signal, or a request without a time, releases the GPUs.
pub(crate) const RELEASE_TIME: Duration = Duration::from_secs(600);

/// A request to read the configuration again, with the receiver of the outcome.
type ReloadRequest = oneshot::Sender<Result<(), String>>;

/// The operations that clients may request. Once one of them returns, all that is published tells of it.
#[derive(Debug, Clone)]
pub struct Operations {
    sampler: sampler::Control,
    accounting: std_mpsc::Sender<Message>,
    reloads: mpsc::UnboundedSender<ReloadRequest>,
}

impl Operations {
    /// Reads the configuration again.
    ///
    /// # Errors
    ///
    /// The reason why the configuration in force stays.
    pub(crate) async fn reload(&self) -> Result<(), String> {
        let (reply, outcome) = oneshot::channel();
        let ends = || "the exporter is about to end".to_owned();
        self.reloads.send(reply).map_err(|_| ends())?;
        let outcome = outcome.await.unwrap_or_else(|_| Err(ends()));
        self.published().await;
        outcome
    }

    /// Releases all GPUs for a time. Returns `None` if another request ended the release.
    pub(crate) async fn release(&self, duration: Duration) -> Option<ReleaseOutcome> {
        let outcome = self.sampler.release(duration).await.ok();
        self.published().await;
        outcome
    }

    /// Ends a release.
    pub(crate) async fn resume(&self) {
        // The supervisor runs until the process ends.
        let _ = self.sampler.resume().await;
        self.published().await;
    }

    /// Waits until a snapshot with all messages that the accounting received before is published.
    async fn published(&self) {
        let (reply, answer) = oneshot::channel();
        // No one receives while the process ends.
        let _ = self.accounting.send(Message::Published(reply));
        let _ = answer.await;
    }
}

/// The receiver of all requests.
#[derive(Debug)]
pub(crate) struct Operator {
    signals: Signals,
    sampler: sampler::Control,
    reloads: mpsc::UnboundedReceiver<ReloadRequest>,
    reloader: Arc<Mutex<Reloader>>,
}

impl Operator {
    /// Creates the receiver, and the operations that clients may request of it.
    pub(crate) fn new(
        signals: Signals,
        sampler: sampler::Control,
        reloader: Reloader,
    ) -> (Operator, Operations) {
        let (sender, reloads) = mpsc::unbounded_channel();
        let accounting = reloader.accounting.clone();
        let operations = Operations { sampler: sampler.clone(), accounting, reloads: sender };
        let reloader = Arc::new(Mutex::new(reloader));
        (Operator { signals, sampler, reloads, reloader }, operations)
    }

    /// Handles requests until a signal ends the process.
    pub(crate) async fn run(mut self) {
        loop {
            tokio::select! {
                request = self.signals.next() => match request {
                    Request::End(signal) => return info!("received {signal}, shutting down"),
                    Request::Reload => self.reload(None),
                    Request::Release => {
                        // The outcome is logged.
                        drop(self.sampler.release(RELEASE_TIME));
                    }
                },
                Some(reply) = self.reloads.recv() => self.reload(Some(reply)),
            }
        }
    }

    /// Reads the configuration in a task of its own: a file system that does not answer delays no other request.
    fn reload(&self, reply: Option<ReloadRequest>) {
        let reloader = Arc::clone(&self.reloader);
        tokio::spawn(async move {
            let reloaded = reloader.lock().await.reload().await;
            if let Some(reply) = reply {
                // The client may have gone.
                let _ = reply.send(reloaded.map_err(|error| error.to_string()));
            }
        });
    }
}
