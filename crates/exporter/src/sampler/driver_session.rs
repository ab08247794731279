//! A session of the driver's library, from its initialization to its loss, which the reading threads share.

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::event::{Event, Listener};
use super::settings::Settings;
use crate::nvml::{DriverError, ErrorScope, Library};
use crate::scrape_schedule::ScrapeSchedule;

/// A session of the driver's library.
pub(super) struct DriverSession {
    pub(super) library: Library,
    /// The driver's version; empty if the driver does not report it.
    pub(super) driver: Arc<str>,
    pub(super) settings: Settings,
    pub(super) scrape_schedule: Arc<ScrapeSchedule>,
    listener: Listener,
    errors: Sender<DriverError>,
    /// The index at which each GPU is read, by UUID.
    indices: Mutex<BTreeMap<Arc<str>, u32>>,
}

impl DriverSession {
    /// Creates a session of a library that was just initialized. Errors that concern more than one call are sent
    /// to `errors`.
    pub(super) fn new(
        library: Library,
        settings: Settings,
        scrape_schedule: Arc<ScrapeSchedule>,
        listener: Listener,
        errors: Sender<DriverError>,
    ) -> DriverSession {
        DriverSession {
            driver: library.driver_version().unwrap_or_default().into(),
            library,
            settings,
            scrape_schedule,
            listener,
            errors,
            indices: Mutex::default(),
        }
    }

    /// Reports an event to the listener.
    pub(super) fn report(&self, event: Event) {
        (self.listener)(event);
    }

    /// Reports an error to the supervisor if it concerns more than one call.
    pub(super) fn report_error(&self, error: DriverError) {
        if error.scope != ErrorScope::Call {
            let _ = self.errors.send(error); // the supervisor may have begun another session
        }
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
        Err(DriverError { kind: "moved", scope: ErrorScope::Library, reason })
    }

    /// Forgets all claims, before all GPUs are looked up again.
    pub(super) fn clear_claims(&self) {
        self.indices().clear();
    }

    fn indices(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, u32>> {
        self.indices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
