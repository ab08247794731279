//! The threads that read: who is there, who comes, who goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tracing::warn;

use super::session::Session;
use super::{Event, gpu};

/// How long to wait for the threads to end, before new ones begin beside those that hang.
const PARTING: Duration = Duration::from_secs(2);

/// The threads that read one GPU each.
#[derive(Debug, Default)]
pub(super) struct Readers {
    gpus: u32,
    running: Vec<Reader>,
}

#[derive(Debug)]
struct Reader {
    index: u32,
    dismissed: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Reader {
    fn start(session: &Arc<Session>, index: u32) -> std::io::Result<Reader> {
        let dismissed = Arc::new(AtomicBool::new(false));
        let (session, flag) = (Arc::clone(session), Arc::clone(&dismissed));
        let thread = thread::Builder::new()
            .name(format!("gpu{index}"))
            .spawn(move || gpu::read(&session, index, &flag))?;
        Ok(Reader { index, dismissed, thread })
    }

    fn dismiss(&self) {
        self.dismissed.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
    }
}

impl Readers {
    /// One reader for each of so many GPUs. When their number changes, all GPUs are looked up anew, since
    /// an index may mean another one by now.
    pub(super) fn set_count(&mut self, session: &Arc<Session>, count: u32) {
        session.tell(Event::Counted(count));
        if count != self.gpus {
            self.running.drain(..).for_each(|reader| reader.dismiss());
            session.forget_places();
            session.tell(Event::Moved);
            self.gpus = count;
        }
        self.running.retain(|reader| !reader.thread.is_finished());
        for index in 0..count {
            if self.running.iter().any(|reader| reader.index == index) {
                continue;
            }
            match Reader::start(session, index) {
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
        let deadline = Instant::now() + PARTING;
        while Instant::now() < deadline
            && self.running.iter().any(|reader| !reader.thread.is_finished())
        {
            thread::sleep(Duration::from_millis(10));
        }
    }
}
