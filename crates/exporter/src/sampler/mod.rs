//! Threads that read the GPUs: one that keeps the driver's library, and one for each GPU, so that a GPU
//! that hangs holds up nobody else.

mod gpu;
mod pace;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use gpu_carbon_core::{Power, Reading};
use tracing::{info, warn};

use crate::nvml::{EnergyMethod, Failure, Identity, Library, Scope};

/// How and how often to read.
#[derive(Debug, Clone)]
pub struct Settings {
    /// NVML's path or name.
    pub library: PathBuf,
    /// Between two readings of an energy counter.
    pub counter_period: Duration,
    /// Between two samples of power, where there is no counter.
    pub power_period: Duration,
    /// Between two looks for GPUs that came or went.
    pub rescan_period: Duration,
}

/// What the threads tell.
#[derive(Debug)]
pub enum Event {
    /// The library answers, and counts so many GPUs.
    Counted(u32),
    /// There is no library, or it does not answer: why.
    NoDriver(String),
    /// A GPU answers.
    Found {
        /// Its place in the library's order.
        index: u32,
        /// What it is called.
        identity: Identity,
        /// How its energy is read.
        method: EnergyMethod,
    },
    /// A reading.
    Read {
        /// The GPU's place.
        index: u32,
        /// Its meter.
        reading: Reading,
        /// The power to show.
        power: Option<Power>,
    },
    /// A reading, or the search for the GPU, failed.
    Failed {
        /// The GPU's place.
        index: u32,
        /// The kind of failure.
        kind: &'static str,
    },
    /// The library counts fewer GPUs than this place needs.
    Gone {
        /// The place.
        index: u32,
    },
}

/// Doubles from the first wait to the longest, and starts again.
#[derive(Debug)]
struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    fn new(first: Duration, longest: Duration) -> Backoff {
        Backoff { first, longest, next: first }
    }

    fn wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(self.longest);
        wait
    }

    fn reset(&mut self) {
        self.next = self.first;
    }
}

/// Between attempts to load the library.
const LIBRARY_BACKOFF: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(30)];

/// A lost GPU may answer again only to a library that is initialised anew: how long to wait for it first.
const LOST_BACKOFF: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(3600)];

/// How long to wait for the threads of a session to end, before a new one begins beside those that hang.
const PARTING: Duration = Duration::from_secs(2);

/// What the threads of one session share: from loading the library to its loss.
#[derive(Debug)]
struct Session {
    library: Library,
    settings: Settings,
    events: Sender<Event>,
    failures: Mutex<Sender<Failure>>,
}

impl Session {
    fn tell(&self, event: Event) {
        let _ = self.events.send(event); // nobody listens while the process ends
    }

    /// Tells the keeper of the library of a failure that reaches further than one call.
    fn report(&self, failure: Failure) {
        if failure.scope != Scope::Call {
            let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
            let _ = failures.send(failure);
        }
    }
}

/// Starts reading. The threads run until the process ends.
///
/// # Errors
///
/// When the system gives no thread.
pub fn start(settings: Settings, events: Sender<Event>) -> std::io::Result<()> {
    thread::Builder::new()
        .name("nvml".to_owned())
        .spawn(move || keep_library(&settings, &events))?;
    Ok(())
}

fn keep_library(settings: &Settings, events: &Sender<Event>) {
    let [first, longest] = LIBRARY_BACKOFF;
    let mut backoff = Backoff::new(first, longest);
    let [first, longest] = LOST_BACKOFF;
    let mut patience = Backoff::new(first, longest);
    let mut said = None;
    loop {
        match Library::open(&settings.library) {
            Ok(library) => {
                info!(driver = library.driver_version(), "NVML answers");
                (said, backoff.next) = (None, backoff.first);
                run_session(library, settings, events, &mut patience);
            }
            Err(failure) => {
                let why = format!("NVML ({}): {failure}", settings.library.display());
                if said.as_ref() != Some(&why) {
                    warn!(reason = why, "no GPU can be read; trying again until NVML answers");
                }
                let _ = events.send(Event::NoDriver(why.clone()));
                said = Some(why);
            }
        }
        thread::sleep(backoff.wait());
    }
}

/// Reads every GPU until the library must be loaded anew.
fn run_session(
    library: Library,
    settings: &Settings,
    events: &Sender<Event>,
    patience: &mut Backoff,
) {
    let (sender, failures) = channel();
    let session = Arc::new(Session {
        library,
        settings: settings.clone(),
        events: events.clone(),
        failures: Mutex::new(sender),
    });
    let mut readers = Readers::default();
    let mut lost_since = None;
    let reason = loop {
        match session.library.gpu_count() {
            Ok(count) => readers.set_count(&session, count),
            Err(failure) => break failure.reason,
        }
        match wait_for_trouble(&failures, settings.rescan_period) {
            Some(Failure { scope: Scope::Library, reason, .. }) => break reason,
            Some(_) => {
                let since: &mut Instant = lost_since.get_or_insert_with(Instant::now);
                if since.elapsed() > patience.next {
                    patience.wait();
                    break "a GPU stays lost; it may answer to a fresh start".to_owned();
                }
            }
            None => {
                if lost_since.take().is_some() {
                    patience.reset();
                }
            }
        }
    };
    warn!(reason, "NVML is loaded anew");
    readers.part();
}

/// Waits for a rescan to be due, and says the worst that was reported meanwhile. A lost library ends the
/// wait at once.
fn wait_for_trouble(failures: &Receiver<Failure>, period: Duration) -> Option<Failure> {
    let due = Instant::now() + period;
    let mut worst = None;
    loop {
        match failures.recv_timeout(due.saturating_duration_since(Instant::now())) {
            Ok(failure) if failure.scope == Scope::Library => return Some(failure),
            Ok(failure) => worst = Some(failure),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return worst,
        }
    }
}

/// The threads that read one GPU each, by its index.
#[derive(Debug, Default)]
struct Readers(Vec<Reader>);

#[derive(Debug)]
struct Reader {
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
        Ok(Reader { dismissed, thread })
    }

    fn dismiss(&self) {
        self.dismissed.store(true, Ordering::Relaxed);
        self.thread.thread().unpark();
    }
}

impl Readers {
    /// One reader for each of so many GPUs, and none for one that is gone.
    fn set_count(&mut self, session: &Arc<Session>, count: u32) {
        session.tell(Event::Counted(count));
        let wanted = count as usize;
        for (index, gone) in (count..).zip(self.0.drain(wanted.min(self.0.len())..)) {
            gone.dismiss();
            session.tell(Event::Gone { index });
        }
        for index in 0..count {
            let place = index as usize;
            if self.0.get(place).is_some_and(|reader| !reader.thread.is_finished()) {
                continue;
            }
            match Reader::start(session, index) {
                Ok(reader) if place < self.0.len() => self.0[place] = reader,
                Ok(reader) => self.0.push(reader),
                Err(error) => {
                    warn!(index, %error, "no thread for this GPU; trying again at the next look");
                    break;
                }
            }
        }
    }

    /// Ends all readers. The last to go shuts the library down; one that hangs keeps it until it returns,
    /// and is not waited for.
    fn part(self) {
        for reader in &self.0 {
            reader.dismiss();
        }
        let deadline = Instant::now() + PARTING;
        while Instant::now() < deadline && self.0.iter().any(|reader| !reader.thread.is_finished())
        {
            thread::sleep(Duration::from_millis(10));
        }
    }
}
