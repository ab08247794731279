//! The work of the thread that reads one GPU.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gpu_carbon_core::Reading;
use tracing::{info, warn};

use super::driver_session::DriverSession;
use super::event::Event;
use super::sampling_clock::SamplingClock;
use crate::backoff::Backoff;
use crate::clock::{self, ClockReading};
use crate::logging::occurrences_to_log;
use crate::nvml::{DriverError, EnergyMethod, ErrorScope, Gpu, IMPLAUSIBLE, Identity};

/// The first wait between attempts to find a GPU that does not answer.
const FIRST_RETRY: Duration = Duration::from_millis(500);

/// The longest such wait, which is less than the silence that counts as a hang.
const LONGEST_RETRY: Duration = Duration::from_secs(3);

/// The number of failures in a row that are tolerated before the GPU is looked up again.
const TOLERATED_FAILURES: u32 = 3;

/// Reads a GPU until `stop` is set. Errors are reported, and the reading is retried.
pub(super) fn run(session: &DriverSession, index: u32, stop: &AtomicBool) {
    let mut backoff = Backoff::new(FIRST_RETRY, LONGEST_RETRY);
    while let Err(error) = find_and_read(session, index, stop, &mut backoff) {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        if let Some(times) = occurrences_to_log(Some(index), error.kind) {
            warn!(gpu = index, times, error = error.kind, reason = %error, "the GPU does not answer");
        }
        session.report(Event::ReadFailed { index, kind: error.kind });
        session.report_error(index, error);
        sleep_until(clock::instant() + backoff.next_wait(), stop);
    }
}

/// Finds a GPU and reads it, until `stop` is set or an error occurs.
fn find_and_read(
    session: &DriverSession,
    index: u32,
    stop: &AtomicBool,
    backoff: &mut Backoff,
) -> Result<(), DriverError> {
    let (gpu, identity) = session.library.gpu(index)?;
    let method = gpu.energy_method()?;
    if stop.load(Ordering::Relaxed) {
        return Ok(()); // the call hung until another thread replaced this one
    }
    let Identity { uuid, name, .. } = &identity;
    session.claim(uuid, index)?;
    if occurrences_to_log(Some(index), method.name()).is_some() {
        info!(gpu = index, uuid = &**uuid, name, energy_method = method.name(), "reading the GPU");
    }
    let uuid = Arc::clone(uuid);
    let driver = Arc::clone(&session.driver);
    session.report(Event::GpuFound { index, identity, method, driver });
    let now = clock::instant();
    let settings = &session.settings;
    let mut sampling_clock = match method {
        EnergyMethod::Counter => SamplingClock::for_counter(settings.counter_period, index, now),
        EnergyMethod::Integrated => SamplingClock::for_power(settings.power_period, index, now),
    };
    let mut failures = 0;
    let mut is_first = true;
    loop {
        match read_once(session, &gpu, index, &uuid, method) {
            _ if stop.load(Ordering::Relaxed) => return Ok(()),
            Ok(event) => {
                session.report(event);
                session.record_reading(index, std::mem::take(&mut is_first));
                failures = 0;
                backoff.reset();
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
        let now = clock::instant();
        let due = match method {
            EnergyMethod::Counter => {
                let scrape_schedule = &session.scrape_schedule;
                let preferred = scrape_schedule.before_next_scrape(now, settings.counter_period);
                sampling_clock.next_or_preferred(preferred, now)
            }
            EnergyMethod::Integrated => sampling_clock.next(now),
        };
        sleep_until(due, stop);
    }
}

/// Reads the meter once. A power that cannot be true beside an energy counter is reported, and is not an error.
fn read_once(
    session: &DriverSession,
    gpu: &Gpu<'_>,
    index: u32,
    uuid: &Arc<str>,
    method: EnergyMethod,
) -> Result<Event, DriverError> {
    let power = gpu.power();
    let millijoules = match method {
        EnergyMethod::Counter => Some(gpu.millijoules()?),
        EnergyMethod::Integrated => None,
    };
    // After the call: one that hung has read the meter just before it returned.
    let ClockReading { wall: at, uptime, .. } = clock::read();
    let uuid = Arc::clone(uuid);
    let Some(millijoules) = millijoules else {
        let power = power?;
        let reading = Reading::Power { at, power };
        return Ok(Event::Reading { uuid, reading, uptime, power: Some(power) });
    };
    if let Err(DriverError { kind: kind @ IMPLAUSIBLE, .. }) = power {
        session.report(Event::ReadingRejected { index, kind });
    }
    let reading = Reading::Counter { at, millijoules };
    Ok(Event::Reading { uuid, reading, uptime, power: power.ok() })
}

fn sleep_until(due: Instant, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let left = due.saturating_duration_since(clock::instant());
        if left.is_zero() {
            return;
        }
        thread::park_timeout(left);
    }
}
