//! The threads that read, one for each GPU.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::warn;

use super::driver_session::DriverSession;
use super::event::Event;
use super::gpu_reader;
use crate::clock;

/// The time to wait for the threads to end, before new ones begin beside those that hang.
const STOP_TIMEOUT: Duration = Duration::from_secs(2);

/// The threads of a session.
#[derive(Debug, Default)]
pub(super) struct ReaderThreads {
    gpu_count: u32,
    running: Vec<ReaderThread>,
}

#[derive(Debug)]
struct ReaderThread {
    index: u32,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl ReaderThread {
    fn start(session: &Arc<DriverSession>, index: u32) -> std::io::Result<ReaderThread> {
        let stop = Arc::new(AtomicBool::new(false));
        let (session, flag) = (Arc::clone(session), Arc::clone(&stop));
        let thread = thread::Builder::new()
            .name(format!("gpu{index}"))
            .spawn(move || gpu_reader::run(&session, index, &flag))?;
        Ok(ReaderThread { index, stop, thread })
    }

    /// Asks the thread to end.
    fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
    }
}

impl ReaderThreads {
    /// Runs one thread for each GPU. If their number has changed, all GPUs are looked up again, since an index may
    /// belong to another one.
    pub(super) fn set_count(&mut self, session: &Arc<DriverSession>, count: u32) {
        session.report(Event::DeviceCount(count));
        if count != self.gpu_count {
            self.look_up_again(session);
            self.gpu_count = count;
        }
        self.running.retain(|reader| !reader.thread.is_finished());
        for index in 0..count {
            if self.running.iter().any(|reader| reader.index == index) {
                continue;
            }
            match ReaderThread::start(session, index) {
                Ok(reader) => self.running.push(reader),
                Err(error) => {
                    warn!(gpu = index, %error, "the system provides no thread for this GPU; retrying at the next scan");
                    break;
                }
            }
        }
    }

    /// Ends the threads, whose places new ones take at the next scan, and forgets which GPU is at which index.
    pub(super) fn look_up_again(&mut self, session: &DriverSession) {
        self.running.drain(..).for_each(|reader| reader.stop());
        session.clear_claims();
        session.report(Event::DevicesChanged);
    }

    /// Stops all threads. The last one to end shuts the library down. One that hangs keeps the library until its
    /// call returns, and is not waited for.
    pub(super) fn stop(self) {
        for reader in &self.running {
            reader.stop();
        }
        let deadline = clock::instant() + STOP_TIMEOUT;
        while clock::instant() < deadline
            && self.running.iter().any(|reader| !reader.thread.is_finished())
        {
            thread::sleep(Duration::from_millis(10));
        }
    }
}
