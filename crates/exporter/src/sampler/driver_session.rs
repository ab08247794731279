//! What the reading threads share from loading the driver's library to its loss.

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Event, Listener, Settings};
use crate::nvml::{DriverError, ErrorScope, Library};
use crate::scrape_schedule::ScrapeSchedule;

/// What the threads share from loading the library to its loss.
pub(super) struct DriverSession {
    pub(super) library: Library,
    /// The driver's version; empty where it does not say.
    pub(super) driver: Arc<str>,
    pub(super) settings: Settings,
    pub(super) scrape_schedule: Arc<ScrapeSchedule>,
    listener: Listener,
    failures: Sender<DriverError>,
    /// Which GPU is read at which place.
    places: Mutex<BTreeMap<Arc<str>, u32>>,
}

impl DriverSession {
    /// With a library that was just loaded. What reaches further than one call is told to `failures`.
    pub(super) fn new(
        library: Library,
        settings: Settings,
        scrape_schedule: Arc<ScrapeSchedule>,
        listener: Listener,
        failures: Sender<DriverError>,
    ) -> DriverSession {
        let driver = library.driver_version().unwrap_or_default().into();
        DriverSession {
            library,
            driver,
            settings,
            scrape_schedule,
            listener,
            failures,
            places: Mutex::default(),
        }
    }

    pub(super) fn tell(&self, event: Event) {
        (self.listener)(event);
    }

    /// Tells the keeper of the library of a failure that reaches further than one call.
    pub(super) fn report(&self, failure: DriverError) {
        if failure.scope != ErrorScope::Call {
            let _ = self.failures.send(failure);
        }
    }

    /// Takes a GPU for the reader at a place.
    ///
    /// # Errors
    ///
    /// When it is read at another place: the GPUs have changed places under their readers, and all must
    /// be looked up anew.
    pub(super) fn claim(&self, uuid: &Arc<str>, index: u32) -> Result<(), DriverError> {
        let place = *self.places().entry(Arc::clone(uuid)).or_insert(index);
        if place == index {
            return Ok(());
        }
        let reason = format!("GPU {uuid} moved from place {place} to {index}");
        Err(DriverError { kind: "moved", scope: ErrorScope::Library, reason })
    }

    /// Forgets who is read where, before all are looked up anew.
    pub(super) fn forget_places(&self) {
        self.places().clear();
    }

    fn places(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, u32>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
