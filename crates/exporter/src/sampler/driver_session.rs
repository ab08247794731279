//! A session of the driver's library, from its initialization to its loss, which the reading threads share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::event::{Event, Listener};
use super::settings::Settings;
use crate::clock;
use crate::nvml::{DriverError, ErrorScope, Library};
use crate::scrape_schedule::ScrapeSchedule;

/// A report of a reading thread to the supervisor.
#[derive(Debug)]
pub(super) enum Report {
    /// The GPU at an index was read, for the first time or after an error.
    Read(u32),
    /// An error of the GPU at an index that concerns more than one call.
    Failed {
        /// The GPU's index.
        index: u32,
        /// The error.
        error: DriverError,
    },
}

/// A session of the driver's library.
pub(super) struct DriverSession {
    pub(super) library: Library,
    /// The driver's version; empty if the driver does not report it.
    pub(super) driver: Arc<str>,
    pub(super) settings: Settings,
    pub(super) scrape_schedule: Arc<ScrapeSchedule>,
    listener: Listener,
    reports: Sender<Report>,
    started: Instant,
    /// The time from the start to the last reading of any GPU, in milliseconds.
    last_read: AtomicU64,
    /// The index at which each GPU is read, by UUID.
    indices: Mutex<BTreeMap<Arc<str>, u32>>,
}

impl DriverSession {
    /// Creates a session of a library that was just initialized. Errors that concern more than one call, and
    /// their ends, are sent to `reports`.
    pub(super) fn new(
        library: Library,
        settings: Settings,
        scrape_schedule: Arc<ScrapeSchedule>,
        listener: Listener,
        reports: Sender<Report>,
    ) -> DriverSession {
        DriverSession {
            driver: library.driver_version().unwrap_or_default().into(),
            library,
            settings,
            scrape_schedule,
            listener,
            reports,
            started: clock::instant(),
            last_read: AtomicU64::new(0),
            indices: Mutex::default(),
        }
    }

    /// Reports an event to the listener.
    pub(super) fn report(&self, event: Event) {
        (self.listener)(event);
    }

    /// Reports an error to the supervisor if it concerns more than one call.
    pub(super) fn report_error(&self, index: u32, error: DriverError) {
        if error.scope != ErrorScope::Call {
            // The supervisor may have begun another session.
            let _ = self.reports.send(Report::Failed { index, error });
        }
    }

    /// Records that a GPU was read, and reports it to the supervisor if it is the first time or follows an error.
    pub(super) fn record_reading(&self, index: u32, is_first: bool) {
        let millis = u64::try_from(self.age().as_millis()).unwrap_or(u64::MAX);
        self.last_read.store(millis, Ordering::Relaxed);
        if is_first {
            let _ = self.reports.send(Report::Read(index)); // as above
        }
    }

    /// The time since the session began.
    pub(super) fn age(&self) -> Duration {
        clock::instant().saturating_duration_since(self.started)
    }

    /// The time since the last reading of any GPU, or since the session began.
    pub(super) fn silence(&self) -> Duration {
        let last_read = Duration::from_millis(self.last_read.load(Ordering::Relaxed));
        self.age().saturating_sub(last_read)
    }

    /// Claims a GPU for the thread that reads an index.
    ///
    /// # Errors
    ///
    /// If it is read at another index: the indices have changed, and all GPUs must be looked up again.
    pub(super) fn claim(&self, uuid: &Arc<str>, index: u32) -> Result<(), DriverError> {
        let claimed = *self.indices().entry(Arc::clone(uuid)).or_insert(index);
        if claimed == index {
            return Ok(());
        }
        let reason = format!("GPU {uuid} moved from index {claimed} to {index}");
        Err(DriverError { kind: "moved", scope: ErrorScope::Order, reason })
    }

    /// Forgets all claims, before all GPUs are looked up again.
    pub(super) fn clear_claims(&self) {
        self.indices().clear();
    }

    fn indices(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, u32>> {
        self.indices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
