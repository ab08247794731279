//! The threads that read: who is there, who comes, who goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::warn;

use super::driver_session::DriverSession;
use super::{Event, gpu_reader};
use crate::clock;

/// How long to wait for the threads to end, before new ones begin beside those that hang.
const PARTING: Duration = Duration::from_secs(2);

/// The threads that read one GPU each.
#[derive(Debug, Default)]
pub(super) struct ReaderThreads {
    gpus: u32,
    running: Vec<ReaderThread>,
}

#[derive(Debug)]
struct ReaderThread {
    index: u32,
    dismissed: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl ReaderThread {
    fn start(session: &Arc<DriverSession>, index: u32) -> std::io::Result<ReaderThread> {
        let dismissed = Arc::new(AtomicBool::new(false));
        let (session, flag) = (Arc::clone(session), Arc::clone(&dismissed));
        let thread = thread::Builder::new()
            .name(format!("gpu{index}"))
            .spawn(move || gpu_reader::run(&session, index, &flag))?;
        Ok(ReaderThread { index, dismissed, thread })
    }

    fn dismiss(&self) {
        self.dismissed.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
    }
}

impl ReaderThreads {
    /// One reader for each of so many GPUs. When their number changes, all GPUs are looked up anew, since
    /// an index may mean another one by now.
    pub(super) fn set_count(&mut self, session: &Arc<DriverSession>, count: u32) {
        session.tell(Event::DeviceCount(count));
        if count != self.gpus {
            self.running.drain(..).for_each(|reader| reader.dismiss());
            session.forget_places();
            session.tell(Event::DevicesChanged);
            self.gpus = count;
        }
        self.running.retain(|reader| !reader.thread.is_finished());
        for index in 0..count {
            if self.running.iter().any(|reader| reader.index == index) {
                continue;
            }
            match ReaderThread::start(session, index) {
                Ok(reader) => self.running.push(reader),
                Err(error) => {
                    warn!(index, %error, "no thread for this GPU; trying again at the next look");
                    break;
                }
            }
        }
    }

    /// Ends all readers. The last to go shuts the library down; one that hangs keeps it until it returns,
    /// and is not waited for.
    pub(super) fn part(self) {
        for reader in &self.running {
            reader.dismiss();
        }
        let deadline = clock::instant() + PARTING;
        while clock::instant() < deadline
            && self.running.iter().any(|reader| !reader.thread.is_finished())
        {
            thread::sleep(Duration::from_millis(10));
        }
    }
}
