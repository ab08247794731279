//! The work of the thread that reads one GPU.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tracing::{info, warn};

use super::driver_session::DriverSession;
use super::event::{Event, PowerSampling};
use super::failure_log;
use super::listing::Listing;
use super::meters::{MeterReading, Meters};
use super::place::Place;
use super::schedule::Schedule;
use super::sleep::sleep_until;
use crate::backoff::Backoff;
use crate::clock;
use crate::logging::occurrences_to_log;
use crate::nvml::{DriverError, EnergyMethod, ErrorScope, IMPLAUSIBLE};

/// The first wait between attempts to find a GPU that does not answer.
const FIRST_RETRY: Duration = Duration::from_millis(500);

/// The longest such wait, which is less than the silence that counts as a hang.
const LONGEST_RETRY: Duration = Duration::from_secs(3);

/// The number of failures in a row that are tolerated before the GPU is looked up again.
const TOLERATED_FAILURES: u32 = 3;

/// Reads a GPU until `stop` is set. Errors are reported, and the reading is retried.
pub(super) fn run(session: &DriverSession, place: &Place, stop: &AtomicBool) {
    let index = place.index;
    let mut backoff = Backoff::new(FIRST_RETRY, LONGEST_RETRY);
    while let Err(error) = find_and_read(session, place, stop, &mut backoff) {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        session.report(Event::ReadFailed { index, kind: error.kind });
        session.report_error(index, error.clone());
        failure_log::log(index, &error, stop);
        sleep_until(clock::instant() + backoff.next_wait(), stop);
    }
}

/// Finds a GPU and reads it, until `stop` is set or an error occurs.
fn find_and_read(
    session: &DriverSession,
    place: &Place,
    stop: &AtomicBool,
    backoff: &mut Backoff,
) -> Result<(), DriverError> {
    let index = place.index;
    place.wait_while_suspended(session, place.runtime_power(None).as_mut(), None, stop);
    let Some((gpu, identity)) = place.open(session)? else { return Ok(()) };
    if stop.load(Ordering::Relaxed) {
        return Ok(()); // the call hung until another thread replaced this one
    }
    let (uuid, name) = (Arc::clone(&identity.uuid), identity.name.clone());
    let mut runtime_power = place.runtime_power(Some(&identity));
    let driver = Arc::clone(&session.driver);
    let power_sampling = PowerSampling::default();
    let requested = power_sampling.clone();
    session.report(Event::GpuFound { index, identity, driver, power_sampling });
    let mut listing = place.settings.divides.then(|| {
        let procfs = &place.settings.kernel.procfs;
        Listing::begin(session, &gpu, &uuid, procfs)
    });
    let mut meters = Meters::new(session, gpu, place);
    let mut schedule = Schedule::new(session, place);
    let mut failures = 0;
    let mut is_first = true;
    loop {
        place.wait_while_suspended(session, runtime_power.as_mut(), Some(&uuid), stop);
        match meters.read(schedule.is_counter_due()) {
            _ if stop.load(Ordering::Relaxed) => return Ok(()),
            Ok(read) => {
                let is_first = std::mem::take(&mut is_first);
                if is_first && session.names.record_reading(index, &uuid, read.method()) {
                    log_method(index, &uuid, &name, read.method());
                }
                if let Some(listing) = &mut listing {
                    listing.list_instances_if_due(session, meters.gpu());
                    listing.measure_if_due(session, meters.gpu());
                }
                let uuid = Arc::clone(&uuid);
                let is_unmetered = matches!(read, MeterReading::Unmetered);
                session.report(match read {
                    MeterReading::Read(reading) => Event::Reading { uuid, reading },
                    MeterReading::Unmetered => Event::Unmetered { uuid },
                });
                session.record_reading(index, is_first);
                failures = 0;
                backoff.reset();
                if let Some(listing) = &mut listing {
                    listing.list_if_due(session, meters.gpu());
                }
                if is_unmetered {
                    sleep_until(clock::instant() + LONGEST_RETRY, stop);
                    continue;
                }
            }
            Err(error) if error.scope == ErrorScope::Call && failures < TOLERATED_FAILURES => {
                session.report(match error.kind {
                    IMPLAUSIBLE => Event::ReadingRejected { index, kind: error.kind },
                    kind => Event::ReadFailed { index, kind },
                });
                failures += 1;
            }
            Err(error) => return Err(error),
        }
        let due = schedule.next(meters.has_counter(), requested.is_often());
        let late = listing.as_ref().and_then(Listing::late);
        sleep_until(late.map_or(due, |late| late.min(due)), stop);
    }
}

fn log_method(index: u32, uuid: &str, name: &str, method: EnergyMethod) {
    let method_name = method.name();
    if occurrences_to_log(Some(index), method_name).is_none() {
        return;
    }
    if method == EnergyMethod::None {
        warn!(
            gpu = index,
            uuid,
            name,
            energy_method = method_name,
            "the GPU has neither an energy counter nor a power reading: its energy is unknown"
        );
    } else {
        info!(gpu = index, uuid, name, energy_method = method_name, "reading the GPU");
    }
}
