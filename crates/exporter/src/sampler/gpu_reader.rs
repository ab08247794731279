//! Reads one GPU, on its own thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use gpu_carbon_core::Reading;
use tracing::{info, warn};

use super::Event;
use super::driver_session::DriverSession;
use super::sampling_clock::SamplingClock;
use crate::backoff::Backoff;
use crate::clock;
use crate::nvml::{DriverError, EnergyMethod, ErrorScope, Gpu, Identity, Meter};

/// Between attempts to find a GPU that does not answer; less than the silence that counts as a hang.
const BACKOFF: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(3)];

/// So many failures one after another, and the GPU is looked up anew.
const STRIKES: u32 = 3;

/// Reads a GPU until it is told to stop. What fails is told, and tried again.
pub(super) fn run(session: &DriverSession, index: u32, dismissed: &AtomicBool) {
    let [first, longest] = BACKOFF;
    let mut backoff = Backoff::new(first, longest);
    let mut said = None;
    while let Err(failure) = find_and_read(session, index, dismissed, &mut backoff) {
        if dismissed.load(Ordering::Relaxed) {
            return;
        }
        if said != Some(failure.kind) {
            warn!(gpu = index, error = failure.kind, reason = %failure, "the GPU does not answer");
            said = Some(failure.kind);
        }
        session.tell(Event::ReadFailed { index, kind: failure.kind });
        session.report(failure);
        sleep_until(clock::instant() + backoff.wait(), dismissed);
    }
}

/// `Ok` when told to stop, else what failed.
fn find_and_read(
    session: &DriverSession,
    index: u32,
    dismissed: &AtomicBool,
    backoff: &mut Backoff,
) -> Result<(), DriverError> {
    let (gpu, identity) = session.library.gpu(index)?;
    let method = gpu.energy_method()?;
    if dismissed.load(Ordering::Relaxed) {
        return Ok(()); // it hung until another reader took its place
    }
    let Identity { uuid, name, .. } = &identity;
    session.claim(uuid, index)?;
    info!(gpu = index, uuid = &**uuid, name, energy = method.name(), "reading");
    let uuid = Arc::clone(uuid);
    let driver = Arc::clone(&session.driver);
    session.tell(Event::GpuFound { index, identity, method, driver });
    let now = clock::instant();
    let mut pace = match method {
        EnergyMethod::Counter => {
            SamplingClock::of_counter(session.settings.counter_period, index, now)
        }
        EnergyMethod::Integrated => {
            SamplingClock::of_power(session.settings.power_period, index, now)
        }
    };
    let mut strikes = 0;
    loop {
        match read_once(&gpu, &uuid, method) {
            _ if dismissed.load(Ordering::Relaxed) => return Ok(()),
            Ok(event) => {
                session.tell(event);
                strikes = 0;
                backoff.reset();
            }
            Err(failure) if failure.scope == ErrorScope::Call && strikes < STRIKES => {
                session.tell(Event::ReadFailed { index, kind: failure.kind });
                strikes += 1;
            }
            Err(failure) => return Err(failure),
        }
        let now = clock::instant();
        let due = match method {
            EnergyMethod::Counter => {
                let period = session.settings.counter_period;
                pace.next_or(session.scrape_schedule.before_next_scrape(now, period), now)
            }
            EnergyMethod::Integrated => pace.next(now),
        };
        sleep_until(due, dismissed);
    }
}

fn read_once(gpu: &Gpu<'_>, uuid: &Arc<str>, method: EnergyMethod) -> Result<Event, DriverError> {
    let meter = gpu.read(method)?;
    let moment = clock::read(); // after the call: one that hung read the meter when it returned
    let (at, uptime) = (moment.wall, moment.uptime);
    let uuid = Arc::clone(uuid);
    Ok(match meter {
        Meter::Counter { millijoules, power } => {
            Event::Reading { uuid, reading: Reading::Counter { at, millijoules }, uptime, power }
        }
        Meter::Power(power) => Event::Reading {
            uuid,
            reading: Reading::Power { at, power },
            uptime,
            power: Some(power),
        },
    })
}

fn sleep_until(due: Instant, dismissed: &AtomicBool) {
    while !dismissed.load(Ordering::Relaxed) {
        let left = due.saturating_duration_since(clock::instant());
        if left.is_zero() {
            return;
        }
        thread::park_timeout(left);
    }
}
