//! The thread that asks the kubelet, so that one that does not answer delays no other source.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use gpu_carbon_attribution::kubelet::{self, KubeletError, PodDevices};

use crate::clock::{self, ClockReading};
use crate::latest::Latest;

/// The time between an answer and the next question: a pod's start or end is known that soon.
const PERIOD: Duration = Duration::from_secs(1);

/// The time after which a question is given up.
const PATIENCE: Duration = Duration::from_secs(3);

/// An answer of the kubelet.
#[derive(Debug)]
pub(super) struct KubeletAnswer {
    /// The time of the answer.
    pub(super) at: ClockReading,
    /// The pods that hold GPUs; `None` before the first answer.
    pub(super) pods: Option<Result<Vec<PodDevices>, KubeletError>>,
}

/// Starts the thread, which runs as long as someone holds the latest answer.
///
/// # Errors
///
/// If the system provides no thread.
pub(super) fn start(socket: PathBuf) -> std::io::Result<Arc<Latest<KubeletAnswer>>> {
    let answers = Arc::new(Latest::new(KubeletAnswer { at: clock::read(), pods: None }));
    let published = Arc::downgrade(&answers);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ask = move || {
        while published.strong_count() > 0 {
            let pods = runtime.block_on(async {
                let listed = tokio::time::timeout(PATIENCE, kubelet::list(&socket, PATIENCE)).await;
                listed.unwrap_or_else(|_| Err(KubeletError::timeout(PATIENCE)))
            });
            let answer = KubeletAnswer { at: clock::read(), pods: Some(pods) };
            if let Some(answers) = published.upgrade() {
                answers.publish(answer);
            }
            // The tasks of the connection end meanwhile.
            runtime.block_on(async { tokio::time::sleep(PERIOD).await });
        }
    };
    thread::Builder::new().name("kubelet".to_owned()).spawn(ask)?;
    Ok(answers)
}
