//! A session of the driver's library, from its initialization to its loss, which the reading threads share.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::event::{Event, Listener};
use super::gpu_names::GpuNames;
use super::message::{Message, Report};
use crate::clock;
use crate::gpu_filter::KnownGpu;
use crate::nvml::{DriverError, ErrorScope, Library};
use crate::scrape_schedule::ScrapeSchedule;

/// The parts of the exporter that every session uses.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub(super) scrape_schedule: Arc<ScrapeSchedule>,
    pub(super) names: Arc<GpuNames>,
    pub(super) listener: Listener,
    pub(super) messages: Sender<Message>,
}

/// A session of the driver's library.
pub(super) struct DriverSession {
    pub(super) library: Library,
    /// The driver's version; empty if the driver does not report it.
    pub(super) driver: Arc<str>,
    pub(super) scrape_schedule: Arc<ScrapeSchedule>,
    pub(super) names: Arc<GpuNames>,
    number: u64,
    listener: Listener,
    messages: Sender<Message>,
    started: Instant,
    /// The time from the start to the last reading of any GPU, in milliseconds.
    last_read: AtomicU64,
    /// The GPUs that were seen, with all that the patterns of the configuration may match.
    seen: Mutex<BTreeSet<KnownGpu>>,
}

impl DriverSession {
    /// Creates a session of a library that was just initialized. Errors that concern more than one call, and
    /// their ends, are sent as messages with the number of the session.
    pub(super) fn new(library: Library, number: u64, surroundings: &Surroundings) -> DriverSession {
        let Surroundings { scrape_schedule, names, listener, messages } = surroundings.clone();
        DriverSession {
            driver: library.driver_version().unwrap_or_default().into(),
            library,
            scrape_schedule,
            names,
            number,
            listener,
            messages,
            started: clock::instant(),
            last_read: AtomicU64::new(0),
            seen: Mutex::default(),
        }
    }

    /// The number of the session in this process.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// The time at which the session began.
    pub(super) const fn started(&self) -> Instant {
        self.started
    }

    /// Reports an event to the listener.
    pub(super) fn report(&self, event: Event) {
        (self.listener)(event);
    }

    /// Reports an error to the supervisor if it concerns more than one call.
    pub(super) fn report_error(&self, index: u32, error: DriverError) {
        if error.scope != ErrorScope::Call {
            self.send(Report::Failed { index, error });
        }
    }

    /// Reports to the supervisor that the GPU at an index is excluded.
    pub(super) fn report_excluded(&self, index: u32) {
        self.send(Report::Excluded(index));
    }

    /// Records that a GPU was read, and reports it to the supervisor if it is the first time or follows an error.
    pub(super) fn record_reading(&self, index: u32, is_first: bool) {
        let millis = u64::try_from(self.age().as_millis()).unwrap_or(u64::MAX);
        self.last_read.store(millis, Ordering::Relaxed);
        if is_first {
            self.send(Report::Read(index));
        }
    }

    fn send(&self, report: Report) {
        // The process may be about to end.
        let _ = self.messages.send(Message::Report { session: self.number, report });
    }

    /// The time since the session began.
    pub(super) fn age(&self) -> Duration {
        clock::elapsed_since(self.started)
    }

    /// The time since the last reading of any GPU, or since the session began.
    pub(super) fn silence(&self) -> Duration {
        let last_read = Duration::from_millis(self.last_read.load(Ordering::Relaxed));
        self.age().saturating_sub(last_read)
    }

    /// Records that a GPU was seen.
    pub(super) fn record_seen(&self, gpu: KnownGpu) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(gpu);
    }

    /// The GPUs that were seen in this session.
    pub(super) fn seen(&self) -> BTreeSet<KnownGpu> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
